// Rows of a flush, sorted by the table they go to and by what is done with them there. The same for every database.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "streamstats/base/minute_row.hpp"

namespace streamstats::store {

struct rollup_table {
    std::string_view name;
    std::string_view value_column;  // empty for stats_global
};
rollup_table table_of(dimension d);

enum class row_action : std::uint8_t {
    put,     // the row as it is, whatever is stored
    remove,  // a whole row of zeros, outside of stats_global
    add,     // a revision
};
row_action action_of(const minute_row& row);

// Rows of one table with one action.
struct row_run {
    dimension dim = dimension::global;
    row_action action = row_action::put;
    std::vector<const minute_row*> rows;
};

// The rows by table; within one table in the order given, because a later row for a key replaces an earlier one.
std::vector<row_run> runs_of(std::span<const minute_row> rows);

// bandwidth_bps: rounded down, also below zero.
constexpr std::int64_t bytes_per_second(std::int64_t total_bytes) {
    return total_bytes / 60 - (total_bytes % 60 < 0 ? 1 : 0);
}

}  // namespace streamstats::store
