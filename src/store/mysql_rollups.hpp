// Flushes and the daemon's state in MySQL and MariaDB. Functions throw store_error.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/mysql_connection.hpp"
#include "streamstats/pipeline/rollup_store.hpp"

namespace streamstats::store {

store_position read_position(mysql_connection& connection);
void put_state(mysql_connection& connection, std::string_view name, std::string_view value);

// One transaction; does nothing if the flush's number is the stored one.
void write_flush(mysql_connection& connection, const flush& what);

}  // namespace streamstats::store
