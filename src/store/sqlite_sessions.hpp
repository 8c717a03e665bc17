// active_sessions and rejected_events in SQLite. Functions throw store_error.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "store/sqlite_database.hpp"
#include "streamstats/pipeline/rollup_store.hpp"

namespace streamstats::store {

void change_sessions(sqlite_database& database, const session_changes& changes);

// The sessions whose key follows `after` (all, if there is none), smallest key first, at most a page of them.
std::vector<session_row> read_session_page(sqlite_database& database, const std::optional<session_key>& after);
inline constexpr std::size_t session_page_rows = 10'000;

void add_rejected(sqlite_database& database, std::span<const rejected_event> events);

}  // namespace streamstats::store
