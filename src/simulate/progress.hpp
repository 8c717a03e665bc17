// The lines that tell a person, or a log, how the simulation goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "streamstats/base/time.hpp"

namespace streamstats::simulate {

struct progress_numbers {
    instant now{};
    seconds behind{0};  // audience time against the clock
    std::size_t viewers = 0;
    std::uint64_t events_sent = 0;  // in batches that were taken
    std::uint64_t events_per_second = 0;
    std::uint64_t requests_per_second = 0;
    std::uint64_t accepted = 0;
    std::uint64_t duplicate = 0;
    std::uint64_t rejected = 0;
    std::size_t batches_waiting = 0;
    std::string error;  // newest of the last few seconds; empty: none
};

// Without a line break.
std::string progress_line(const progress_numbers& numbers);

}  // namespace streamstats::simulate
