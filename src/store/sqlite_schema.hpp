// The schema in SQLite. Functions throw store_error.
#pragma once

#include <vector>

#include "store/sqlite_database.hpp"
#include "streamstats/store/open_store.hpp"

namespace streamstats::store {

// The migrations that the database lacks, in order; changes nothing.
std::vector<migration> lacking_migrations(sqlite_database& database);

// Applies what is lacking.
void bring_up_to_date(sqlite_database& database);

}  // namespace streamstats::store
