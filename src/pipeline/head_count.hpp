// Who is there now, for any number of people who ask at the same time: those who wait when a look begins share it.
// It is taken in pieces, so that batches are taken in between. Any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "pipeline/intake.hpp"
#include "streamstats/engine/engine.hpp"

namespace streamstats::pipeline {

class head_count {
public:
    // `piece` counts, the first time as of then, as conductor::count does; on the engine thread, by way of `way`.
    head_count(intake& way, std::function<bool(std::optional<tally>&)> piece) : way_(way), piece_(std::move(piece)) {}

    // `done` is told of a moment after this call, on the engine thread; or of nobody, once nobody answers.
    void ask(std::size_t limit, std::function<void(audience)> done);

private:
    struct question {
        std::size_t limit = 0;
        std::function<void(audience)> done;
    };
    struct shared_look {
        std::vector<question> asked;
        std::optional<tally> counts;
    };

    void look();
    void end(const shared_look& its, bool answered);
    std::vector<question> take_waiting();

    intake& way_;
    const std::function<bool(std::optional<tally>&)> piece_;
    std::mutex mutex_;  // guards all below
    std::vector<question> waiting_;
    bool looking_ = false;
};

}  // namespace streamstats::pipeline
