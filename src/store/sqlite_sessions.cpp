#include "store/sqlite_sessions.hpp"

#include <algorithm>

#include "store/daemon_state.hpp"
#include "store/people_text.hpp"
#include "store/session_names.hpp"
#include "store/sql_text.hpp"
#include "store/sqlite_rollups.hpp"
#include "store/store_error.hpp"

namespace streamstats::store {
namespace {

std::optional<std::string> optional_text(const std::optional<instant>& t) {
    if (!t) return std::nullopt;
    return to_sql_text(*t);
}

void bind_optional(sqlite_statement& statement, int parameter, const std::optional<std::string>& text) {
    if (text) {
        statement.bind(parameter, *text);
    } else {
        statement.bind_null(parameter);
    }
}

void put_session(sqlite_statement& put, const session_row& row) {
    const std::string user = clean_text(row.user, user_bytes_max);
    const std::string opened = to_sql_text(row.opened);
    const auto sampled = optional_text(row.sampled);
    const auto updated = optional_text(row.updated);
    put.bind(1, std::span<const std::uint8_t>(row.key));
    put.bind(2, row.server);
    put.bind(3, row.id);
    put.bind(4, static_cast<std::int64_t>(row.user_key));
    put.bind(5, user);
    put.bind(6, row.channel);
    put.bind(7, row.country);
    put.bind(8, row.protocol);
    put.bind(9, streamstats::name_of(row.agent_class));
    put.bind(10, opened);
    put.bind(11, name_of(row.source));
    put.bind(12, std::int64_t{row.started_seen});
    put.bind(13, static_cast<std::int64_t>(row.bytes));
    bind_optional(put, 14, sampled);
    bind_optional(put, 15, updated);
    put.run();
}

instant instant_at(const sqlite_statement& row, int column) {
    const std::string text = row.text(column);
    if (const auto t = instant_of(text)) return *t;
    throw store_error(store_trouble::refused, "a time in active_sessions cannot be read: " + text);
}

std::optional<instant> optional_instant_at(const sqlite_statement& row, int column) {
    if (row.is_null(column)) return std::nullopt;
    return instant_at(row, column);
}

session_row session_of(const sqlite_statement& row) {
    session_row session;
    const std::string key = row.text(0);
    std::copy_n(key.begin(), std::min(key.size(), session.key.size()), session.key.begin());
    session.server = row.text(1);
    session.id = row.text(2);
    session.user_key = static_cast<std::uint64_t>(row.number(3));
    session.user = row.text(4);
    session.channel = row.text(5);
    session.country = row.text(6);
    session.protocol = row.text(7);
    session.agent_class = user_agent_class_of(row.text(8));
    session.opened = instant_at(row, 9);
    session.source = opened_source_of(row.text(10));
    session.started_seen = row.number(11) != 0;
    session.bytes = static_cast<std::uint64_t>(row.number(12));
    session.sampled = optional_instant_at(row, 13);
    session.updated = optional_instant_at(row, 14);
    return session;
}

void trim_rejected(sqlite_database& database) {
    sqlite_statement trim(database,
                          "DELETE FROM rejected_events WHERE id <= "
                          "(SELECT id FROM rejected_events ORDER BY id DESC LIMIT 1 OFFSET ?)");
    trim.bind(1, static_cast<std::int64_t>(rejected_rows_max));
    trim.run();
}

}  // namespace

void change_sessions(sqlite_database& database, const session_changes& changes) {
    sqlite_transaction transaction(database);
    sqlite_statement remove(database, "DELETE FROM active_sessions WHERE session_key = ?");
    for (const session_key& key : changes.gone) {
        remove.bind(1, std::span<const std::uint8_t>(key));
        remove.run();
    }
    sqlite_statement put(database, "INSERT OR REPLACE INTO active_sessions (" + std::string(session_columns) +
                                       ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    for (const session_row& row : changes.open) put_session(put, row);
    if (changes.as_of) put_state(database, sessions_synced_name, to_sql_text(*changes.as_of));
    transaction.commit();
}

std::vector<session_row> read_session_page(sqlite_database& database, const std::optional<session_key>& after) {
    const std::string condition = after ? " WHERE session_key > ?2" : "";
    sqlite_statement rows(database, "SELECT " + std::string(session_columns) + " FROM active_sessions" + condition +
                                        " ORDER BY session_key LIMIT ?1");
    rows.bind(1, static_cast<std::int64_t>(session_page_rows));
    if (after) rows.bind(2, std::span<const std::uint8_t>(*after));
    std::vector<session_row> page;
    while (rows.next()) page.push_back(session_of(rows));
    return page;
}

void add_rejected(sqlite_database& database, std::span<const rejected_event> events) {
    sqlite_transaction transaction(database);
    sqlite_statement insert(database, "INSERT INTO rejected_events (received, field, message, json) VALUES (?,?,?,?)");
    for (const rejected_event& event : newest_of(events)) {
        const std::string received = to_sql_text(event.received);
        const std::string field = clean_text(event.field, field_bytes_max);
        const std::string message = clean_text(event.message, message_bytes_max);
        const std::string json = clean_text(event.json, json_bytes_max);
        insert.bind(1, received);
        insert.bind(2, field);
        insert.bind(3, message);
        insert.bind(4, json);
        insert.run();
    }
    trim_rejected(database);
    transaction.commit();
}

}  // namespace streamstats::store
