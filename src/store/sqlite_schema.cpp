#include "store/sqlite_schema.hpp"

#include "store/schema_plan.hpp"
#include "store/store_error.hpp"

namespace streamstats::store {
namespace {

schema_state state_of(sqlite_database& database) {
    schema_state state;
    sqlite_statement tables(database, "SELECT name FROM sqlite_schema WHERE type = 'table'");
    while (tables.next()) state.tables.insert(tables.text(0));
    if (state.tables.contains("schema_migrations")) {
        sqlite_statement applied(database, "SELECT number, checksum FROM schema_migrations");
        while (applied.next()) state.applied.push_back({static_cast<int>(applied.number(0)), applied.text(1)});
    }
    return state;
}

bool has_column(sqlite_database& database, const table_column& what) {
    sqlite_statement columns(database, "SELECT 1 FROM pragma_table_xinfo(?) WHERE name = ?");
    columns.bind(1, what.table);
    columns.bind(2, what.column);
    return columns.next();
}

void apply(sqlite_database& database, const migration& what) {
    sqlite_transaction transaction(database);
    for (const std::string& statement : statements_of(what)) {
        const auto added = column_added_by(statement);
        if (!added || !has_column(database, *added)) database.execute(statement);
    }
    const std::string checksum = checksum_of(what);
    sqlite_statement record(database,
                            "INSERT OR REPLACE INTO schema_migrations (number, name, checksum, applied_at) "
                            "VALUES (?, ?, ?, datetime('now'))");
    record.bind(1, std::int64_t{what.number});
    record.bind(2, what.name);
    record.bind(3, checksum);
    record.run();
    transaction.commit();
}

}  // namespace

std::vector<migration> lacking_migrations(sqlite_database& database) {
    auto plan = plan_migrations(migrations(sql_dialect::sqlite), state_of(database));
    if (!plan) throw store_error(plan.error());
    return std::move(plan.value());
}

void bring_up_to_date(sqlite_database& database) {
    for (const migration& each : lacking_migrations(database)) apply(database, each);
}

}  // namespace streamstats::store
