// The way from the threads of the edge to the engine thread: batches and questions, bounded. Most batches take the
// express way, into the journal; they count here until they are answered. Any thread.
//
// What can be worked out of a batch alone is worked out by whoever offers it: there its texts are in the cache still,
// and there are several of those threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "streamstats/base/time.hpp"
#include "streamstats/engine/identity.hpp"
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
    instant received{};  // set when it is taken
    std::function<void(intake_answer)> done;
    batch_weight weight;
    std::vector<event_identity> who;  // of each event; filled by offer()
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

    // Takes a batch at once, on the offering thread; false: it has to wait for whoever takes. Throws as offer() does.
    using express = std::function<bool(taken_batch& batch)>;

    // `wake` is called when something waits after nothing did: whoever takes has to be told. On the offering thread.
    intake(const intake_limits& limits, std::function<void()> wake);
    // Before it is opened: a way past the waiting.
    void offer_first_to(express way) { express_ = std::move(way); }

    // From now on everything is taken, under this secret.
    void open(const identity_secret& secret);
    // From now on nothing more is.
    void close();
    // Leaves `batch` alone unless it is taken. Throws if there is no memory: then nothing is promised, and what it
    // holds may still be taken.
    offer_outcome offer(taken_batch& batch);
    // False: nobody answers any more (or yet).
    bool ask(question what);
    // Everything that waits, in the order offered.
    group take_all();
    // A taken batch was answered: it weighs no more, and another one gets the room of its `who`.
    void release(taken_batch& answered);
    [[nodiscard]] intake_state state() const;
    // Nothing more fits. Cheap: asked for each request.
    [[nodiscard]] bool full() const { return full_.load(std::memory_order_relaxed); }
    // No batch is taken and unanswered.
    [[nodiscard]] bool idle() const;

private:
    static constexpr std::size_t spare_max = 256;  // as many batches as are under way at once, usually
    static constexpr std::size_t spare_bytes_max = 1UL << 20U;

    std::optional<offer_outcome> reserve(taken_batch& batch);
    void identify(taken_batch& batch) const;
    void ring();
    // With the mutex held.
    bool must_wake();
    void weigh();
    void lend_room(taken_batch& batch);
    void take_room_back(taken_batch& batch);

    const intake_limits limits_;
    const std::function<void()> wake_;
    express express_;
    std::optional<identity_secret> secret_;  // does not change once it is open
    mutable std::mutex mutex_;               // guards all below
    intake_state state_ = intake_state::not_started;
    bool woken_ = false;
    group waiting_;
    std::size_t batches_ = 0;
    batch_weight weight_;
    std::atomic<bool> full_{false};
    std::vector<std::vector<event_identity>> spare_;  // empty ones, that no thread has to free what another allocated
    std::size_t spare_bytes_ = 0;
};

}  // namespace streamstats::pipeline
