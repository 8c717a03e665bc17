// One row of a rollup table (SEMANTICS 3), between the engine that computes it and the store that keeps it.
#pragma once

#include <cstdint>
#include <string>

#include "streamstats/base/dimension.hpp"
#include "streamstats/base/time.hpp"

namespace streamstats {

// The numbers of one minute and one dimension value.
struct minute_numbers {
    std::int64_t sessions_started = 0;
    std::int64_t sessions_closed = 0;
    std::int64_t watch_time_ms = 0;
    std::int64_t peak_concurrent = 0;
    std::int64_t unique_users = 0;
    std::int64_t total_bytes = 0;

    friend bool operator==(const minute_numbers&, const minute_numbers&) = default;
    [[nodiscard]] bool all_zero() const { return *this == minute_numbers{}; }
};

enum class row_kind : std::uint8_t {
    // The whole row, which replaces the stored one. All zero: the row is removed, except in stats_global.
    whole,
    // Differences (possibly negative) to add to the stored row of a final minute; peak_concurrent and unique_users
    // are 0 in it and stay as stored. A missing row is created; one that becomes all zero is removed, except in
    // stats_global.
    revision,
};

struct minute_row {
    minute at{};
    dimension dim = dimension::global;
    std::string value;  // empty for dimension::global
    row_kind kind = row_kind::whole;
    minute_numbers numbers;

    friend bool operator==(const minute_row&, const minute_row&) = default;
};

}  // namespace streamstats
