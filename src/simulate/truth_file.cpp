#include "simulate/truth_file.hpp"

#include <array>
#include <cstdio>
#include <ostream>
#include <string_view>

namespace streamstats::simulate {
namespace {

constexpr std::string_view header =
    "table\tminute\tvalue\tsessions_started\tsessions_closed\twatch_time_seconds\tpeak_concurrent\tunique_users\t"
    "total_bytes\tbandwidth_bps\n";

constexpr std::array<std::string_view, dimension_count> tables{"stats_global",      "stats_by_server",
                                                               "stats_by_channel",  "stats_by_country",
                                                               "stats_by_protocol", "stats_by_user_agent"};

std::string seconds_text(std::int64_t in_milliseconds) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%lld.%03lld", static_cast<long long>(in_milliseconds / 1'000),
                  static_cast<long long>(in_milliseconds % 1'000));
    return text.data();
}

}  // namespace

void write_rows(std::ostream& to, const std::vector<minute_row>& rows) {
    to << header;
    for (const minute_row& row : rows) {
        const minute_numbers& n = row.numbers;
        to << tables[index_of(row.dim)] << '\t' << to_sql_text(row.at) << '\t' << row.value << '\t'
           << n.sessions_started << '\t' << n.sessions_closed << '\t' << seconds_text(n.watch_time_ms) << '\t'
           << n.peak_concurrent << '\t' << n.unique_users << '\t' << n.total_bytes << '\t' << n.total_bytes / 60
           << '\n';
    }
}

}  // namespace streamstats::simulate
