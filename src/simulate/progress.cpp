#include "simulate/progress.hpp"

namespace streamstats::simulate {

std::string progress_line(const progress_numbers& numbers) {
    constexpr std::size_t clock_at = 11;  // in 2026-11-21T12:34:56.789Z
    constexpr std::size_t clock_length = 8;
    const auto text = [](std::uint64_t number) { return std::to_string(number); };
    std::string line = to_iso_text(numbers.now).substr(clock_at, clock_length) + "Z";
    line += "  viewers " + text(numbers.viewers);
    line += "  events " + text(numbers.events_sent) + " (" + text(numbers.events_per_second) + "/s)";
    line += "  accepted " + text(numbers.accepted) + "  duplicate " + text(numbers.duplicate);
    line += "  rejected " + text(numbers.rejected);
    line += "  requests " + text(numbers.requests_per_second) + "/s";
    line += "  waiting " + text(numbers.batches_waiting);
    if (numbers.behind.count() > 0)
        line += "  behind " + text(static_cast<std::uint64_t>(numbers.behind.count())) + " s";
    if (!numbers.error.empty()) line += "  last error: " + numbers.error;
    return line;
}

}  // namespace streamstats::simulate
