// active_sessions and rejected_events in MySQL and MariaDB. Functions throw store_error.
#pragma once

#include <functional>
#include <span>

#include "store/mysql_connection.hpp"
#include "streamstats/pipeline/rollup_store.hpp"

namespace streamstats::store {

void change_sessions(mysql_connection& connection, const session_changes& changes);

// Hands out the sessions whose key follows `after` (all, if there is none), smallest key first, at most a page of
// them. Returns the last key, or nothing when there are no more.
std::optional<session_key> read_session_page(mysql_connection& connection, const std::optional<session_key>& after,
                                             const std::function<void(const session_row&)>& each);

void add_rejected(mysql_connection& connection, std::span<const rejected_event> events);

}  // namespace streamstats::store
