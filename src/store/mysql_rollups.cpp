#include "store/mysql_rollups.hpp"

#include <array>

#include "store/daemon_state.hpp"
#include "store/mysql_statement.hpp"
#include "store/rollup_rows.hpp"
#include "store/sql_text.hpp"
#include "store/store_error.hpp"

namespace streamstats::store {
namespace {

constexpr std::array<std::string_view, 6> counters{"sessions_started", "sessions_closed", "watch_time_seconds",
                                                   "peak_concurrent",  "unique_users",    "total_bytes"};

std::string literal(std::string_view text) {
    std::string made;
    append_quoted(made, text);
    return made;
}

// "'2026-11-21 12:34:00'"; rows of a minute follow each other, so the last one is kept.
class minute_text {
public:
    const std::string& of(minute m) {
        if (text_.empty() || m != last_) text_ = "'" + to_sql_text(m) + "'";
        last_ = m;
        return text_;
    }

private:
    minute last_{};
    std::string text_;
};

std::string insert_head(const rollup_table& table) {
    std::string head = "INSERT INTO " + std::string(table.name) + " (minute";
    if (!table.value_column.empty()) head.append(", ").append(table.value_column);
    for (const std::string_view counter : counters) head.append(", ").append(counter);
    return head + ", bandwidth_bps) VALUES ";
}

std::string replace_tail() {
    std::string tail = " ON DUPLICATE KEY UPDATE bandwidth_bps = VALUES(bandwidth_bps)";
    for (const std::string_view counter : counters) {
        tail.append(", ").append(counter).append(" = VALUES(").append(counter).append(")");
    }
    return tail;
}

// Assignments happen from left to right: bandwidth_bps comes first, while total_bytes still is the stored one.
std::string add_tail() {
    std::string tail = " ON DUPLICATE KEY UPDATE bandwidth_bps = FLOOR((total_bytes + VALUES(total_bytes)) / 60)";
    for (const std::string_view counter : counters) {
        tail.append(", ").append(counter).append(" = ").append(counter);
        tail.append(" + VALUES(").append(counter).append(")");
    }
    return tail;
}

void append_row(std::string& to, const minute_row& row, minute_text& minutes) {
    to.append("(").append(minutes.of(row.at));
    if (row.dim != dimension::global) append_quoted(to += ',', row.value);
    append_number(to += ',', row.numbers.sessions_started);
    append_number(to += ',', row.numbers.sessions_closed);
    append_seconds(to += ',', row.numbers.watch_time_ms);
    append_number(to += ',', row.numbers.peak_concurrent);
    append_number(to += ',', row.numbers.unique_users);
    append_number(to += ',', row.numbers.total_bytes);
    append_number(to += ',', bytes_per_second(row.numbers.total_bytes));
    to += ')';
}

void insert_rows(mysql_connection& connection, const row_run& run, std::string_view tail) {
    const std::string head = insert_head(table_of(run.dim));
    mysql_statement statement(connection, head, ",", tail);
    minute_text minutes;
    std::string text;
    for (const minute_row* row : run.rows) {
        text.clear();
        append_row(text, *row, minutes);
        statement.add(text);
    }
    statement.send();
}

// The rows of one minute at a time: a list of values within a minute is a search in the primary key, while MariaDB
// takes the longer for each range the more of them are joined by OR.
void delete_rows(mysql_connection& connection, const row_run& run, std::string_view condition) {
    const rollup_table table = table_of(run.dim);
    minute_text minutes;
    for (auto row = run.rows.begin(); row != run.rows.end();) {
        const minute at = (*row)->at;
        std::string head = "DELETE FROM " + std::string(table.name) + " WHERE minute = " + minutes.of(at) + " AND ";
        head.append(table.value_column).append(" IN (");
        const std::string tail = ")" + std::string(condition);
        mysql_statement statement(connection, head, ",", tail);
        for (; row != run.rows.end() && (*row)->at == at; ++row) statement.add(literal((*row)->value));
        statement.send();
    }
}

std::string all_zero_condition() {
    std::string condition;
    for (const std::string_view counter : counters) condition.append(" AND ").append(counter).append(" = 0");
    return condition;
}

void apply(mysql_connection& connection, const row_run& run) {
    switch (run.action) {
        case row_action::put:
            insert_rows(connection, run, replace_tail());
            return;
        case row_action::remove:
            delete_rows(connection, run, {});
            return;
        case row_action::add:
            insert_rows(connection, run, add_tail());
            if (run.dim != dimension::global) delete_rows(connection, run, all_zero_condition());
            return;
    }
}

void clear(mysql_connection& connection, minute at) {
    minute_text minutes;
    for (const dimension d : all_dimensions) {
        connection.execute("DELETE FROM " + std::string(table_of(d).name) + " WHERE minute = " + minutes.of(at));
    }
}

// Locks the number until the transaction ends.
std::uint64_t lock_flush_number(mysql_connection& connection) {
    const auto value =
        connection.value("SELECT value FROM daemon_state WHERE name = " + literal(flush_number_name) + " FOR UPDATE");
    store_position position;
    if (value) take_state(position, flush_number_name, *value);
    return position.flush_number;
}

}  // namespace

// Waits for a transaction that is under way: the server goes on with the COMMIT of a daemon that was killed, and the
// number that it leaves must not be given to another flush.
store_position read_position(mysql_connection& connection) {
    store_position position;
    connection.query("SELECT name, value FROM daemon_state LOCK IN SHARE MODE",
                     [&](const mysql_row& row) { take_state(position, row.text(1), row.text(2)); });
    return position;
}

void put_state(mysql_connection& connection, std::string_view name, std::string_view value) {
    connection.execute("INSERT INTO daemon_state (name, value) VALUES (" + literal(name) + ", " + literal(value) +
                       ") ON DUPLICATE KEY UPDATE value = VALUES(value)");
}

void write_flush(mysql_connection& connection, const flush& what) {
    mysql_transaction transaction(connection);
    if (!is_next_flush(lock_flush_number(connection), what.number)) return;
    for (const minute at : what.cleared) clear(connection, at);
    for (const row_run& run : runs_of(what.rows)) apply(connection, run);
    put_state(connection, flush_number_name, std::to_string(what.number));
    put_state(connection, written_before_name, to_sql_text(what.written_before));
    transaction.commit();
}

}  // namespace streamstats::store
