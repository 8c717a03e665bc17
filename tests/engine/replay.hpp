// Drives a real engine through a scenario and compares it with what is expected at every flush.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "expectation.hpp"
#include "scenario.hpp"
#include "streamstats/engine/engine.hpp"
#include "support/rows.hpp"

namespace streamstats::testing {

class replay {
public:
    explicit replay(const scenario& s);

    // Takes every step.
    void run();
    // Then delivers everything once more: nothing of it may change anything.
    void deliver_again();

    // What went wrong first; empty: nothing.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    // The tables that the engine made, without the rows that may be missing.
    [[nodiscard]] rows comparable_table() const;
    // After nothing has happened for so long.
    [[nodiscard]] engine_totals totals_after(seconds silence) {
        engine_.advance(now_ + silence);
        return engine_.totals();
    }

private:
    void take(const step& next);
    void receive(const step& next);
    void check_verdict(verdict got, const receipt& r, std::size_t place);
    void check_flush();
    void check_finality();
    void check_everything();
    void check_end();
    [[nodiscard]] rows expected_table() const;
    [[nodiscard]] rows compared(rows all) const;
    void note(const std::string& trouble);

    const scenario& scenario_;
    engine engine_;
    expectation expected_;
    table table_;
    std::set<std::size_t> received_;
    instant now_;
    std::size_t flushes_ = 0;
    std::string problem_;
};

// Whatever fails in the scenario; empty: nothing.
std::string problem_of(const scenario& s);

}  // namespace streamstats::testing
