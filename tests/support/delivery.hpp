// How a history reaches the daemon: in which order, how late, how often, in which requests, and with which flushes and
// clock steps in between.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/history.hpp"
#include "support/random_source.hpp"

namespace streamstats::testing {

enum class step_kind : std::uint8_t {
    request,  // events received together
    flush,    // changed rows are taken
    revise,   // changed rows, then revisions are taken
    tick,     // the clock moves, nothing else
};

struct step {
    step_kind kind{};
    instant at{};
    std::vector<std::size_t> events{};  // of a request: their places in the history
};

struct delivery_style {
    milliseconds delay_max{0};      // 0: every event as early as it can come, in order
    bool shuffled = false;          // within a request
    unsigned repeated_percent = 0;  // events that come again, once or more
    milliseconds batch{0};          // requests are this far apart; 0: a request for each instant
    milliseconds flush_every{minute_length};
    instant end{};  // of everything; there is a `revise` at it
};

// Steps in the order of time; ends with a revise at `style.end`. Every event is delivered, none after the end, if there
// is delay_max + batch between its earliest time and the end.
std::vector<step> plan_delivery(random_source& random, const std::vector<history_event>& history,
                                const delivery_style& style);

}  // namespace streamstats::testing
