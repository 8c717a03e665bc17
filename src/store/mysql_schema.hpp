// The schema in MySQL and MariaDB. Functions throw store_error.
#pragma once

#include <vector>

#include "store/mysql_connection.hpp"
#include "streamstats/store/open_store.hpp"

namespace streamstats::store {

// The migrations that the database lacks, in order; changes nothing.
std::vector<migration> lacking_migrations(mysql_connection& connection);

// Applies what is lacking, and makes sure that key columns compare byte by byte.
void bring_up_to_date(mysql_connection& connection);

}  // namespace streamstats::store
