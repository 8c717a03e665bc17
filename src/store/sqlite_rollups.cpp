#include "store/sqlite_rollups.hpp"

#include "store/daemon_state.hpp"
#include "store/rollup_rows.hpp"

namespace streamstats::store {
namespace {

// ?1 minute, ?2 value (unused in stats_global), ?3–?8 the counters, ?9 bandwidth_bps; watch time in milliseconds.
std::string insert_text(const rollup_table& table) {
    const bool global = table.value_column.empty();
    std::string text = "INSERT INTO " + std::string(table.name) + " (minute, ";
    if (!global) text.append(table.value_column).append(", ");
    text +=
        "sessions_started, sessions_closed, watch_time_seconds, peak_concurrent, unique_users, total_bytes, "
        "bandwidth_bps) VALUES (?1, ";
    if (!global) text += "?2, ";
    text += "?3, ?4, ?5 / 1000.0, ?6, ?7, ?8, ?9) ON CONFLICT (minute";
    if (!global) text.append(", ").append(table.value_column);
    return text + ") DO UPDATE SET ";
}

constexpr std::string_view replace_text =
    "sessions_started = excluded.sessions_started, sessions_closed = excluded.sessions_closed, "
    "watch_time_seconds = excluded.watch_time_seconds, peak_concurrent = excluded.peak_concurrent, "
    "unique_users = excluded.unique_users, total_bytes = excluded.total_bytes, bandwidth_bps = excluded.bandwidth_bps";

// Watch time is added in whole milliseconds, so that no rounding gathers. The last line divides by 60 and rounds down.
constexpr std::string_view add_text =
    "sessions_started = sessions_started + ?3, sessions_closed = sessions_closed + ?4, "
    "watch_time_seconds = (CAST(round(watch_time_seconds * 1000) AS INTEGER) + ?5) / 1000.0, "
    "peak_concurrent = peak_concurrent + ?6, unique_users = unique_users + ?7, total_bytes = total_bytes + ?8, "
    "bandwidth_bps = (total_bytes + ?8 - (((total_bytes + ?8) % 60) + 60) % 60) / 60";

void bind_key(sqlite_statement& statement, const minute_row& row, const std::string& minute_text) {
    statement.bind(1, minute_text);
    if (row.dim != dimension::global) statement.bind(2, row.value);
}

void bind_numbers(sqlite_statement& statement, const minute_numbers& numbers) {
    statement.bind(3, numbers.sessions_started);
    statement.bind(4, numbers.sessions_closed);
    statement.bind(5, numbers.watch_time_ms);
    statement.bind(6, numbers.peak_concurrent);
    statement.bind(7, numbers.unique_users);
    statement.bind(8, numbers.total_bytes);
    statement.bind(9, bytes_per_second(numbers.total_bytes));
}

void insert_rows(sqlite_database& database, const row_run& run, std::string_view on_conflict) {
    sqlite_statement insert(database, insert_text(table_of(run.dim)).append(on_conflict));
    for (const minute_row* row : run.rows) {
        const std::string minute_text = to_sql_text(row->at);
        bind_key(insert, *row, minute_text);
        bind_numbers(insert, row->numbers);
        insert.run();
    }
}

void delete_rows(sqlite_database& database, const row_run& run, std::string_view condition) {
    const rollup_table table = table_of(run.dim);
    std::string text = "DELETE FROM " + std::string(table.name) + " WHERE minute = ?1 AND ";
    text.append(table.value_column).append(" = ?2").append(condition);
    sqlite_statement remove(database, text);
    for (const minute_row* row : run.rows) {
        const std::string minute_text = to_sql_text(row->at);
        bind_key(remove, *row, minute_text);
        remove.run();
    }
}

constexpr std::string_view all_zero =
    " AND sessions_started = 0 AND sessions_closed = 0 AND watch_time_seconds = 0 AND peak_concurrent = 0 AND "
    "unique_users = 0 AND total_bytes = 0";

void apply(sqlite_database& database, const row_run& run) {
    switch (run.action) {
        case row_action::put:
            insert_rows(database, run, replace_text);
            return;
        case row_action::remove:
            delete_rows(database, run, {});
            return;
        case row_action::add:
            insert_rows(database, run, add_text);
            if (run.dim != dimension::global) delete_rows(database, run, all_zero);
            return;
    }
}

void clear(sqlite_database& database, minute at) {
    const std::string minute_text = to_sql_text(at);
    for (const dimension d : all_dimensions) {
        sqlite_statement remove(database, "DELETE FROM " + std::string(table_of(d).name) + " WHERE minute = ?");
        remove.bind(1, minute_text);
        remove.run();
    }
}

}  // namespace

store_position read_position(sqlite_database& database) {
    store_position position;
    sqlite_statement rows(database, "SELECT name, value FROM daemon_state");
    while (rows.next()) take_state(position, rows.text(0), rows.text(1));
    return position;
}

void put_state(sqlite_database& database, std::string_view name, std::string_view value) {
    sqlite_statement put(database, "INSERT OR REPLACE INTO daemon_state (name, value) VALUES (?, ?)");
    put.bind(1, name);
    put.bind(2, value);
    put.run();
}

void write_flush(sqlite_database& database, const flush& what) {
    sqlite_transaction transaction(database);
    if (!is_next_flush(read_position(database).flush_number, what.number)) return;
    for (const minute at : what.cleared) clear(database, at);
    for (const row_run& run : runs_of(what.rows)) apply(database, run);
    put_state(database, flush_number_name, std::to_string(what.number));
    put_state(database, written_before_name, to_sql_text(what.written_before));
    transaction.commit();
}

}  // namespace streamstats::store
