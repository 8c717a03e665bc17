#include "store/mysql_sessions.hpp"

#include <algorithm>

#include "store/daemon_state.hpp"
#include "store/mysql_rollups.hpp"
#include "store/mysql_statement.hpp"
#include "store/people_text.hpp"
#include "store/session_names.hpp"
#include "store/sql_text.hpp"
#include "store/store_error.hpp"

namespace streamstats::store {
namespace {

constexpr std::size_t page_rows = 10'000;

std::string replace_tail() {
    std::string tail = " ON DUPLICATE KEY UPDATE ";
    for (std::string_view rest = session_columns; !rest.empty();) {
        const std::string column{rest.substr(0, rest.find(','))};
        rest.remove_prefix(std::min(rest.size(), column.size() + 2));
        tail.append(column).append(" = VALUES(").append(column).append(")");
        if (!rest.empty()) tail += ", ";
    }
    return tail;
}

void append_instant(std::string& to, const std::optional<instant>& t) {
    to += t ? "'" + to_sql_text(*t) + "'" : "NULL";
}

void append_session(std::string& to, const session_row& row) {
    append_binary(to += '(', row.key);
    append_quoted(to += ',', row.server);
    append_quoted(to += ',', row.id);
    append_number(to += ',', row.user_key);
    append_quoted(to += ',', clean_text(row.user, user_bytes_max));
    append_quoted(to += ',', row.channel);
    append_quoted(to += ',', row.country);
    append_quoted(to += ',', row.protocol);
    append_quoted(to += ',', streamstats::name_of(row.agent_class));
    append_instant(to += ',', row.opened);
    append_quoted(to += ',', name_of(row.source));
    to += row.started_seen ? ",1" : ",0";
    append_number(to += ',', row.bytes);
    append_instant(to += ',', row.sampled);
    append_instant(to += ',', row.updated);
    to += ')';
}

instant instant_at(const mysql_row& row, std::uint32_t column) {
    const std::string text = row.text(column);
    if (const auto t = instant_of(text)) return *t;
    throw store_error(store_trouble::refused, "a time in active_sessions cannot be read: " + text);
}

std::optional<instant> optional_instant_at(const mysql_row& row, std::uint32_t column) {
    if (row.is_null(column)) return std::nullopt;
    return instant_at(row, column);
}

session_row session_of(const mysql_row& row) {
    session_row session;
    const std::string key = row.text(1);
    std::copy_n(key.begin(), std::min(key.size(), session.key.size()), session.key.begin());
    session.server = row.text(2);
    session.id = row.text(3);
    session.user_key = row.unsigned_number(4);
    session.user = row.text(5);
    session.channel = row.text(6);
    session.country = row.text(7);
    session.protocol = row.text(8);
    session.agent_class = user_agent_class_of(row.text(9));
    session.opened = instant_at(row, 10);
    session.source = opened_source_of(row.text(11));
    session.started_seen = row.number(12) != 0;
    session.bytes = row.unsigned_number(13);
    session.sampled = optional_instant_at(row, 14);
    session.updated = optional_instant_at(row, 15);
    return session;
}

void trim_rejected(mysql_connection& connection) {
    const auto newest_to_go = connection.value("SELECT id FROM rejected_events ORDER BY id DESC LIMIT 1 OFFSET " +
                                               std::to_string(rejected_rows_max));
    if (newest_to_go) connection.execute("DELETE FROM rejected_events WHERE id <= " + *newest_to_go);
}

}  // namespace

void change_sessions(mysql_connection& connection, const session_changes& changes) {
    mysql_transaction transaction(connection);
    std::string text;
    mysql_statement remove(connection, "DELETE FROM active_sessions WHERE session_key IN (", ",", ")");
    for (const session_key& key : changes.gone) {
        text.clear();
        append_binary(text, key);
        remove.add(text);
    }
    remove.send();
    const std::string head = "INSERT INTO active_sessions (" + std::string(session_columns) + ") VALUES ";
    const std::string tail = replace_tail();
    mysql_statement insert(connection, head, ",", tail);
    for (const session_row& row : changes.open) {
        text.clear();
        append_session(text, row);
        insert.add(text);
    }
    insert.send();
    if (changes.as_of) put_state(connection, sessions_synced_name, to_sql_text(*changes.as_of));
    transaction.commit();
}

std::optional<session_key> read_session_page(mysql_connection& connection, const std::optional<session_key>& after,
                                             const std::function<void(const session_row&)>& each) {
    std::string query = "SELECT " + std::string(session_columns) + " FROM active_sessions";
    if (after) append_binary(query += " WHERE session_key > ", *after);
    query += " ORDER BY session_key LIMIT " + std::to_string(page_rows);
    std::optional<session_key> last;
    std::size_t rows = 0;
    connection.query(query, [&](const mysql_row& row) {
        const session_row session = session_of(row);
        last = session.key;
        ++rows;
        each(session);
    });
    return rows < page_rows ? std::nullopt : last;
}

void add_rejected(mysql_connection& connection, std::span<const rejected_event> events) {
    mysql_transaction transaction(connection);
    mysql_statement insert(connection, "INSERT INTO rejected_events (received, field, message, json) VALUES ", ",", {});
    for (const rejected_event& event : newest_of(events)) {
        std::string text = "('" + to_sql_text(event.received) + "'";
        append_quoted(text += ',', clean_text(event.field, field_bytes_max));
        append_quoted(text += ',', clean_text(event.message, message_bytes_max));
        append_quoted(text += ',', clean_text(event.json, json_bytes_max));
        insert.add(text += ')');
    }
    insert.send();
    trim_rejected(connection);
    transaction.commit();
}

}  // namespace streamstats::store
