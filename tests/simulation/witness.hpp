// What the world outside knows: which batches were acknowledged, which were refused, and of which nobody can tell.
//
// The tables must be those of the frames in the journal, in their order: a batch that was acknowledged is one of them;
// one that was refused for good is not; of one whose answer is missing the next start decides. So the witness reads the
// journal after each start, with the received times of the frames: the expectation is exact, also for events that get
// their time from their receipt, and for the minutes that were final by then.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "../engine/expectation.hpp"
#include "support/memory_disk.hpp"

namespace streamstats::simulation {

using payload = std::vector<std::byte>;

// A batch that was handed to the daemon.
struct attempt {
    std::size_t request = 0;
    std::vector<testing::sent_event> events;
    std::optional<instant> received;  // as the daemon put it into the frame; none: it was not taken up yet
};

class witness {
public:
    explicit witness(const engine_limits& limits) : limits_(limits) {}

    // A daemon that found nothing on its disk, and has no reason to.
    void first_start(instant started, std::string& complaint);
    // A run began that goes on from what was there. `first_mutable`: as recovered. Which minutes were final by then
    // depends on whether a checkpoint saw it, within limits.
    void run_began(instant started, minute first_mutable, std::string& complaint);
    // The process ended, and the system's clock has shown this at most.
    void process_ended(instant now) { ended_ = std::max(ended_, now); }
    void acknowledged(const attempt& what);
    // 503 of a process that lives on: nothing of it was or will be taken.
    void refused(const attempt& what);
    // The process ended before there was an answer that counts.
    void unanswered(attempt what);
    // After a start whose tail is durable.
    void look_at(const testing::memory_disk& disk, std::string& complaint);

    // As of `now`, by the system's clock.
    const testing::expectation& as_of(instant now);
    [[nodiscard]] std::size_t batches() const { return kept_.size(); }

private:
    void receive(const attempt& what);
    void look_at_batch(const payload& bytes, std::string& complaint);

    engine_limits limits_;
    std::optional<testing::expectation> expected_;
    instant now_{};
    std::set<payload> kept_;
    std::set<payload> never_;  // refused, or not there when a start looked
    instant ended_{};          // the last process
    std::vector<attempt> undecided_;
};

}  // namespace streamstats::simulation
