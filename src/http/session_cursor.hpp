// Where a page of sessions ended, as the text that the next request brings back. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "streamstats/engine/session_search.hpp"

namespace streamstats::http {

// For the query that the page answered.
std::string to_cursor(const session_position& end, const session_query& asked);
// Nothing: it is no cursor, or one of another query. (The limit may be another one.)
std::optional<session_position> from_cursor(std::string_view text, const session_query& asked);

}  // namespace streamstats::http
