// Where the pipeline reads time, so that tests and simulations can bring their own.
// Any thread.
#pragma once

#include <chrono>

#include "streamstats/base/time.hpp"

namespace streamstats::pipeline {

class clock_source {
public:
    using steady_point = std::chrono::steady_clock::time_point;

    virtual ~clock_source() = default;
    // UTC, rounded down; may step.
    [[nodiscard]] virtual instant system_now() const = 0;
    // Never goes back; for durations.
    [[nodiscard]] virtual steady_point steady_now() const = 0;
};

// The clocks of the machine.
const clock_source& machine_clock();

}  // namespace streamstats::pipeline
