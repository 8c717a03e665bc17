#include "rate_limit.hpp"

#include <utility>

namespace streamstats::telemetry {

rate_limit::allowance& rate_limit::of(std::string_view sentence, time_point now) {
    const std::string_view key = allowances_.size() < sentences_max ? sentence : std::string_view{};
    auto found = allowances_.find(sentence);
    if (found == allowances_.end()) found = allowances_.try_emplace(std::string(key), allowance{now, 0, 0}).first;
    return found->second;
}

std::optional<std::uint64_t> rate_limit::admit(std::string_view sentence, time_point now) {
    allowance& mine = of(sentence, now);
    if (now - mine.since >= window) {
        mine.since = now;
        mine.lines = 0;
    }
    if (mine.lines == lines_max) {
        ++mine.left_out;
        return std::nullopt;
    }
    ++mine.lines;
    return std::exchange(mine.left_out, 0);
}

}  // namespace streamstats::telemetry
