// A history, the limits it meets, and how it is delivered: all of it from one seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/delivery.hpp"
#include "support/history.hpp"
#include "support/reference.hpp"

namespace streamstats::testing {

struct scenario {
    engine_limits limits;
    instant started{};
    bool growing = false;  // flushes take the current minute too
    // Whether byte samples may come out of order after their minutes are final. Of those minutes only the newest sample
    // is remembered, so the bytes of such a session are less exact, and not compared once a minute is final.
    bool late_samples = false;
    std::vector<history_event> history;
    std::vector<step> steps;
};

// Everything arrives before a minute becomes final.
scenario timely_scenario(std::uint64_t seed);
// Small late windows, long delays, a daemon that has been up for long, or for a moment, or that was away.
scenario late_scenario(std::uint64_t seed);
// The same with servers that behave and whose updates are prompt: only starts, closes and copies are late.
scenario late_close_scenario(std::uint64_t seed);
// Flushes every few seconds that also take the minute that grows.
scenario growing_scenario(std::uint64_t seed);
// Hours after the last event, with a small window for repeated events: sessions are forgotten.
scenario forgetful_scenario(std::uint64_t seed);

// Another delivery of the same history to a daemon with the same limits, ending at the same instant.
scenario delivered_otherwise(scenario original, std::uint64_t seed);

// Every step on a line, with what was sent.
std::string story_of(const scenario& s);

}  // namespace streamstats::testing
