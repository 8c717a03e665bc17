// What series need of a place that keeps rollups; store/ implements it for MySQL/MariaDB and SQLite.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "streamstats/pipeline/rollup_store.hpp"
#include "streamstats/pipeline/series.hpp"

namespace streamstats {

// Some minutes of one step, put together.
struct series_part {
    std::optional<std::string_view> value;  // nothing: of stats_global
    minute step{};                          // its start
    std::int64_t minutes = 0;               // how many have a row
    // The largest one of a metric that is a maximum; otherwise the sum of what the metric is made of (see basis_of).
    std::int64_t number = 0;
};

// The columns that the metrics are made of.
enum class series_basis : std::uint8_t {
    sessions_started,
    sessions_closed,
    watch_time_milliseconds,
    peak_concurrent,
    unique_users,
    total_bytes
};

constexpr series_basis basis_of(series_metric metric) {
    switch (metric) {
        case series_metric::sessions_started:
            return series_basis::sessions_started;
        case series_metric::sessions_closed:
            return series_basis::sessions_closed;
        case series_metric::watch_time_seconds:
        case series_metric::average_concurrent:
            return series_basis::watch_time_milliseconds;
        case series_metric::peak_concurrent:
            return series_basis::peak_concurrent;
        case series_metric::unique_users:
            return series_basis::unique_users;
        case series_metric::total_bytes:
        case series_metric::bandwidth_bps:
        case series_metric::bandwidth_mbps:
            break;
    }
    return series_basis::total_bytes;
}

// One thread at a time. Does not throw.
class series_source {
public:
    virtual ~series_source() = default;

    // Hands out the rows of stats_global and of the values asked for between `from` and `to`, in any order and in parts
    // of any size. Blocks, but no longer than `series_read_time_max` and the time that the network takes; longer is
    // store_trouble::busy. What was handed out before a failure is of no use.
    virtual std::optional<store_failure> read(const series_question& question,
                                              const std::function<void(const series_part&)>& each) = 0;
};

inline constexpr seconds series_read_time_max{10};

}  // namespace streamstats
