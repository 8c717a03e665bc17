// The names under which a session's enumerations are stored in active_sessions.
#pragma once

#include <string_view>

#include "streamstats/base/session_row.hpp"

namespace streamstats::store {

std::string_view name_of(opened_source source);
// An unknown name is the weakest source, and the class `other`.
opened_source opened_source_of(std::string_view name);
user_agent_class user_agent_class_of(std::string_view name);

// The columns of active_sessions, in the order in which both stores write and read them.
inline constexpr std::string_view session_columns =
    "session_key, server, session_id, user_key, user, channel, country, protocol, user_agent_class, opened, "
    "opened_source, started_seen, bytes, sampled, updated";

}  // namespace streamstats::store
