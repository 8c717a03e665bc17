#include "store/mysql_schema.hpp"

#include "store/rollup_rows.hpp"
#include "store/schema_plan.hpp"
#include "store/sql_text.hpp"
#include "store/store_error.hpp"

namespace streamstats::store {
namespace {

schema_state state_of(mysql_connection& connection) {
    schema_state state;
    connection.query("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()",
                     [&](const mysql_row& row) { state.tables.insert(row.text(1)); });
    if (state.tables.contains("schema_migrations")) {
        connection.query("SELECT number, checksum FROM schema_migrations", [&](const mysql_row& row) {
            state.applied.push_back({static_cast<int>(row.number(1)), row.text(2)});
        });
    }
    return state;
}

bool has_column(mysql_connection& connection, const table_column& what) {
    std::string query = "SELECT 1 FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ";
    append_quoted(query, what.table);
    append_quoted(query += " AND column_name = ", what.column);
    return connection.value(query).has_value();
}

void apply(mysql_connection& connection, const migration& what) {
    for (const std::string& statement : statements_of(what)) {
        const auto added = column_added_by(statement);
        if (!added || !has_column(connection, *added)) connection.execute(statement);
    }
    std::string record = "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (";
    append_number(record, std::int64_t{what.number});
    record += ", ";
    append_quoted(record, what.name);
    record += ", ";
    append_quoted(record, checksum_of(what));
    record += ", UTC_TIMESTAMP()) ON DUPLICATE KEY UPDATE applied_at = VALUES(applied_at)";
    connection.execute(record);
}

// A table made by hand, or converted, may fold case or trailing spaces and so merge channels.
void check_key_columns(mysql_connection& connection) {
    std::string query =
        "SELECT CONCAT(table_name, '.', column_name, ' ', collation_name) FROM information_schema.columns WHERE "
        "table_schema = DATABASE() AND collation_name NOT IN ('utf8mb4_nopad_bin', 'utf8mb4_0900_bin') AND "
        "(table_name, column_name) IN (";
    for (const dimension d : all_dimensions) {
        if (d == dimension::global) continue;
        const rollup_table table = table_of(d);
        if (query.back() == ')') query += ", ";
        append_quoted(query += '(', table.name);
        append_quoted(query += ", ", table.value_column);
        query += ')';
    }
    const auto wrong = connection.value(query + ") LIMIT 1");
    if (!wrong) return;
    throw store_error(store_trouble::refused, "a key column does not compare byte by byte: " + *wrong,
                      "convert it to utf8mb4_nopad_bin (MariaDB) or utf8mb4_0900_bin (MySQL)");
}

}  // namespace

std::vector<migration> lacking_migrations(mysql_connection& connection) {
    auto plan = plan_migrations(migrations(sql_dialect::mysql), state_of(connection));
    if (!plan) throw store_error(plan.error());
    return std::move(plan.value());
}

void bring_up_to_date(mysql_connection& connection) {
    for (const migration& each : lacking_migrations(connection)) apply(connection, each);
    check_key_columns(connection);
}

}  // namespace streamstats::store
