// How long the texts for people may get. They are cut rather than refused, and made valid UTF-8 first: an event may be
// rejected exactly because it is not.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "streamstats/pipeline/rollup_store.hpp"

namespace streamstats::store {

inline constexpr std::size_t field_bytes_max = 255;
inline constexpr std::size_t message_bytes_max = 1'024;
inline constexpr std::size_t json_bytes_max = 65'535;
inline constexpr std::size_t user_bytes_max = 255;  // `user` in active_sessions

// Those that would be trimmed at once are not written at all.
inline std::span<const rejected_event> newest_of(std::span<const rejected_event> events) {
    return events.last(std::min<std::size_t>(events.size(), rejected_rows_max));
}

}  // namespace streamstats::store
