// Instants as events carry them (SEMANTICS 1). What lies outside [1970, 10000) is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "streamstats/base/time.hpp"

namespace streamstats::wire {

inline constexpr std::uint64_t seconds_end = 100'000'000'000;  // numbers from here on are milliseconds

// A JSON number of milliseconds since 1970; of seconds, if it is below 10^11. Fractions of a millisecond are dropped.
std::optional<instant> instant_from_number(std::string_view json_number);

// The same for a number that was read, and has no fraction.
inline std::optional<instant> instant_from_whole(std::uint64_t number) {
    constexpr auto ms_max = static_cast<std::uint64_t>(instant_max.time_since_epoch().count());
    const std::uint64_t ms = number < seconds_end ? number * 1'000 : number;
    if (ms > ms_max) return std::nullopt;
    return instant{milliseconds{ms}};
}

// ISO 8601, whole and with a zone: "2026-11-21T12:34:56.789Z", "2026-11-21 13:34:56+01:00", "…+0100". At most nine
// digits of a second's fraction, cut to milliseconds. A leap second is the first second of the next minute.
std::optional<instant> instant_from_iso(std::string_view text);

}  // namespace streamstats::wire
