// Which migrations a database lacks. Pure: knows texts and numbers, no database.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "streamstats/store/open_store.hpp"

namespace streamstats::store {

// A row of schema_migrations.
struct applied_migration {
    int number = 0;
    std::string checksum;
};

// What a database says about itself.
struct schema_state {
    std::vector<applied_migration> applied;
    std::set<std::string> tables;  // those that are there
};

// The statements of a migration, without comment lines and semicolons.
std::vector<std::string> statements_of(const migration& what);

// A column, and the table that it is in.
struct table_column {
    std::string table;
    std::string column;
};

// What "ALTER TABLE table ADD COLUMN column …" adds; nothing for any other statement. Whoever applies a migration skips
// such a statement if the column is there: neither MySQL nor SQLite can be told to do so.
std::optional<table_column> column_added_by(std::string_view statement);

// 16 hex digits that change when a statement does; comments and white space do not count.
std::string checksum_of(const migration& what);

// The tables that the migrations create.
std::set<std::string> tables_of(const std::vector<migration>& all);

// The migrations to apply, in order: those that are not recorded, and those that mention a table that is gone
// (restored or emptied by hand), which are safe to run again. A schema that a newer program made, or whose recorded
// migrations differ from ours, is refused.
result<std::vector<migration>, store_failure> plan_migrations(const std::vector<migration>& all,
                                                              const schema_state& database);

}  // namespace streamstats::store
