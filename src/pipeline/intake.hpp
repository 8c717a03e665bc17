// The way from the threads of the edge to the engine thread: batches and questions, bounded. Any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "streamstats/base/time.hpp"
#include "streamstats/pipeline/service.hpp"
#include "streamstats/wire/decode.hpp"

namespace streamstats::pipeline {

struct intake_limits {
    std::size_t events_max = 0;
    std::size_t bytes_max = 0;
};

// What a batch weighs while it waits.
struct batch_weight {
    std::size_t events = 0;
    std::size_t bytes = 0;  // approximately
};
batch_weight weight_of(const wire::batch& events);

struct taken_batch {
    std::shared_ptr<const wire::batch> events;
    instant received{};  // set by whoever takes it
    std::function<void(intake_answer)> done;
    batch_weight weight;
};

enum class intake_state : std::uint8_t { not_started, open, closed };

class intake {
public:
    using question = std::function<void()>;
    struct group {
        std::vector<taken_batch> batches;
        std::vector<question> questions;
    };
    enum class offer_outcome : std::uint8_t { taken, overloaded, not_started, closed };

    // `wake` is called when something waits after nothing did: whoever takes has to be told. On the offering thread.
    intake(const intake_limits& limits, std::function<void()> wake);

    // Leaves `batch` alone unless it is taken.
    offer_outcome offer(taken_batch& batch);
    // False: nobody answers any more (or yet).
    bool ask(question what);
    // Everything that waits, in the order offered.
    group take_all();
    // A taken batch was answered: it weighs no more.
    void release(const batch_weight& weight);
    // From now on nothing more is taken (closed) or everything is (open).
    void set(intake_state state);
    [[nodiscard]] intake_state state() const;
    // Nothing more fits. Cheap: asked for each request.
    [[nodiscard]] bool full() const { return full_.load(std::memory_order_relaxed); }
    // No batch is taken and unanswered.
    [[nodiscard]] bool idle() const;

private:
    // With the mutex held.
    bool must_wake();
    void weigh();

    const intake_limits limits_;
    const std::function<void()> wake_;
    mutable std::mutex mutex_;  // guards all below
    intake_state state_ = intake_state::not_started;
    bool woken_ = false;
    group waiting_;
    std::size_t batches_ = 0;
    batch_weight weight_;
    std::atomic<bool> full_{false};
};

}  // namespace streamstats::pipeline
