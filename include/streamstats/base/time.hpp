// Instants, minutes and durations. All of them are UTC and integer; rounding is always spelled out.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <type_traits>

namespace streamstats {

// Milliseconds since 1970-01-01T00:00:00Z.
using instant = std::chrono::sys_time<std::chrono::milliseconds>;
// The start of a minute: [m, m + 60 s).
using minute = std::chrono::sys_time<std::chrono::duration<std::int64_t, std::ratio<60>>>;
using std::chrono::milliseconds;
using std::chrono::seconds;
using minutes = minute::duration;

inline constexpr milliseconds minute_length{60'000};

// Instants outside [0, 9999-12-31T23:59:59.999Z] are refused at the edge: DATETIME ends there.
inline constexpr instant instant_max{milliseconds{253'402'300'799'999}};

constexpr minute minute_of(instant t) {
    return std::chrono::floor<minutes>(t);
}
constexpr instant start_of(minute m) {
    return instant{m};
}
constexpr instant end_of(minute m) {
    return instant{m} + minute_length;
}
constexpr std::int64_t ms_between(instant from, instant to) {
    return (to - from).count();
}
// With their fraction, for metrics.
constexpr double seconds_of(milliseconds length) {
    return std::chrono::duration<double>(length).count();
}

static_assert(!std::is_convertible_v<instant, minute>, "rounding is spelled minute_of()");

// "2026-11-21 12:34:00", the form of the `minute` columns.
std::string to_sql_text(minute m);
// "2026-11-21T12:34:56.789Z", for people and JSON.
std::string to_iso_text(instant t);

}  // namespace streamstats
