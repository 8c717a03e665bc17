#include "store/rollup_rows.hpp"

#include <array>

namespace streamstats::store {

rollup_table table_of(dimension d) {
    constexpr std::array<std::string_view, dimension_count> names{"stats_global",      "stats_by_server",
                                                                  "stats_by_channel",  "stats_by_country",
                                                                  "stats_by_protocol", "stats_by_user_agent"};
    return {names[index_of(d)], d == dimension::global ? std::string_view{} : name_of(d)};
}

row_action action_of(const minute_row& row) {
    if (row.kind == row_kind::revision) return row_action::add;
    const bool gone = row.numbers.all_zero() && row.dim != dimension::global;
    return gone ? row_action::remove : row_action::put;
}

std::vector<row_run> runs_of(std::span<const minute_row> rows) {
    std::array<std::vector<row_run>, dimension_count> by_table;
    for (const minute_row& row : rows) {
        auto& runs = by_table[index_of(row.dim)];
        const row_action action = action_of(row);
        if (runs.empty() || runs.back().action != action) runs.push_back({row.dim, action, {}});
        runs.back().rows.push_back(&row);
    }
    std::vector<row_run> all;
    for (auto& runs : by_table) {
        for (row_run& run : runs) all.push_back(std::move(run));
    }
    return all;
}

}  // namespace streamstats::store
