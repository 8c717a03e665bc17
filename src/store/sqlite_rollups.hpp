// Flushes and the daemon's state in SQLite. Functions throw store_error.
#pragma once

#include <string_view>

#include "store/sqlite_database.hpp"
#include "streamstats/pipeline/rollup_store.hpp"

namespace streamstats::store {

store_position read_position(sqlite_database& database);
void put_state(sqlite_database& database, std::string_view name, std::string_view value);

// One transaction; does nothing if the flush's number is the stored one.
void write_flush(sqlite_database& database, const flush& what);

}  // namespace streamstats::store
