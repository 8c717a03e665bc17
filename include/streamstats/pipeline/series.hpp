// A series: one metric of one or several values of a dimension over time, minutes put together into steps.
//
// What a step gives (SEMANTICS 3 says what the numbers of a minute mean):
//   - A minute counts as known if stats_global has a row for it. A step without a known minute gives nothing.
//   - A known minute without a row for the value counts as 0.
//   - Sums and peaks of a step of which only a part is known are those of that part. Bandwidth and average concurrency
//     are over the length of the known minutes alone, so that neither an outage nor the future makes them smaller.
//   - The minute that is going on counts, with what the store has of it, once it has a row: while it grows if flushes
//     are less than a minute apart, else from its end on. It counts as a whole minute.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "streamstats/base/dimension.hpp"
#include "streamstats/base/failure.hpp"
#include "streamstats/base/time.hpp"

namespace streamstats {

enum class series_metric : std::uint8_t {
    sessions_started,
    sessions_closed,
    watch_time_seconds,
    peak_concurrent,
    unique_users,
    total_bytes,
    bandwidth_bps,
    bandwidth_mbps,
    average_concurrent,  // watch time over length
};

// How the minutes of a step become one number.
enum class combination : std::uint8_t {
    sum,
    maximum,
    mean,  // over the length of the step
    none,  // cannot be: a step is one minute
};

struct metric_facts {
    series_metric metric;
    std::string_view name;
    std::string_view unit;
    combination combined;
    std::string_view combined_name;
};

inline constexpr std::array<metric_facts, 9> series_metrics{{
    {series_metric::sessions_started, "sessions_started", "sessions", combination::sum, "sum"},
    {series_metric::sessions_closed, "sessions_closed", "sessions", combination::sum, "sum"},
    {series_metric::watch_time_seconds, "watch_time_seconds", "seconds", combination::sum, "sum"},
    {series_metric::peak_concurrent, "peak_concurrent", "sessions", combination::maximum, "max"},
    {series_metric::unique_users, "unique_users", "users", combination::none, "none"},
    {series_metric::total_bytes, "total_bytes", "bytes", combination::sum, "sum"},
    {series_metric::bandwidth_bps, "bandwidth_bps", "bytes/s", combination::mean, "mean"},
    {series_metric::bandwidth_mbps, "bandwidth_mbps", "Mbit/s", combination::mean, "mean"},
    {series_metric::average_concurrent, "average_concurrent", "sessions", combination::mean, "mean"},
}};

constexpr const metric_facts& facts_of(series_metric metric) {
    return series_metrics[static_cast<std::size_t>(metric)];
}
static_assert(facts_of(series_metric::average_concurrent).metric == series_metric::average_concurrent);

inline constexpr seconds series_step_max{604'800};
inline constexpr std::size_t series_values_max = 50;
inline constexpr std::size_t series_steps_max = 2'000;
inline constexpr std::size_t series_points_max = 20'000;  // steps × values

struct series_question {
    dimension dim = dimension::global;
    std::vector<std::string> values;  // distinct; none for dimension::global
    series_metric metric = series_metric::peak_concurrent;
    seconds step{60};  // whole minutes
    minute from{};     // multiples of `step` since 1970
    minute to{};       // excluded, after `from`
};

constexpr std::size_t steps_of(const series_question& question) {
    return static_cast<std::size_t>((question.to - question.from) / question.step);
}

// A point for each step; nothing where nothing is known.
using series_points = std::vector<std::optional<double>>;

// Why there is no answer now.
struct series_refusal {
    std::string reason;  // in words for whoever asks
    seconds retry_after{1};
};

// A line for each value that was asked for, in that order; one for dimension::global.
using series_answer = result<std::vector<series_points>, series_refusal>;

// What the edge asks of the inside.
using series_callback = std::function<void(series_answer)>;

}  // namespace streamstats
