// The order of things: a batch is taken, journalled, applied and answered; minutes are flushed, sessions are synced.
//
// Two threads. The engine thread is the only one that touches the engine; it never blocks. The store thread makes all
// calls to the store, one after another; at most one flush and one session sync are under way. Everybody else hands
// things over through a bounded queue.
//
// What the store holds when the daemon starts:
//   - It answers within `start_wait`: its open sessions are put back, and minutes before its `written_before` are final
//     from the beginning. Loading is not cut short.
//   - It does not: a fresh engine goes on without it. When the store comes back, its rows of earlier minutes are kept
//     and what the engine has for them is added to them (peaks and distinct users stay). Its open sessions cannot be
//     put back any more: they are counted in the log, and the next session sync replaces them by ours. The close of
//     such a session, when it comes, is counted as a session of its own.
//   - It keeps another secret than ours: a secret that was made for this start gives way (see adopted_secret). One that
//     was here before does not: sessions are loaded under our keys, the table is rewritten, then the secret is kept.
//
// At the end the minute that still grows is written as it stands at its end if nothing else happens, and counts as
// written: the next run adds to it what happens otherwise, so that the additive columns stay exact over a restart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "streamstats/base/time.hpp"
#include "streamstats/engine/engine.hpp"
#include "streamstats/engine/identity.hpp"
#include "streamstats/pipeline/clock_source.hpp"
#include "streamstats/pipeline/event_journal.hpp"
#include "streamstats/pipeline/rollup_store.hpp"
#include "streamstats/pipeline/service.hpp"
#include "streamstats/telemetry/metrics.hpp"

namespace streamstats::pipeline {

struct pipeline_options {
    engine_limits limits;
    seconds aggregation_interval{60};  // below 60: the growing minute is flushed, too
    seconds session_sync_interval{30};
    seconds revision_interval{300};
    milliseconds start_wait{5'000};  // for the store; events are refused until then

    // Batches taken and not yet answered; over it they are refused, except that one batch alone always fits.
    std::size_t queue_events_max = 1'000'000;
    std::size_t queue_bytes_max = std::size_t{256} << 20;
    std::size_t rows_per_flush_max = 20'000;  // keeps a transaction short; a flush of a tick may take several
    std::size_t sessions_per_sync_max = 20'000;
    std::size_t rejections_pending_max = rejected_rows_max;  // more would push each other out of the table
    std::uint64_t pending_rows_notable = 1'000'000;          // about 200 MB; from here on health says so
};

struct pipeline_secret {
    identity_secret value;
    bool just_made = false;  // nothing was kept under it yet
};

// What the pipeline works with; all of it outlives the pipeline.
struct pipeline_parts {
    rollup_store& store;
    telemetry::metrics& metrics;
    event_journal& journal;
    const clock_source& clock;
};

struct start_outcome {
    bool store_up = false;                      // false: went on without it
    std::optional<store_failure> trouble;       // why it is not up, as far as is known
    std::optional<std::string> adopted_secret;  // hex; the caller has to keep it in place of the one it passed
    std::uint64_t restored_sessions = 0;
};

class pipeline final : public service {
public:
    pipeline(const pipeline_options& options, const pipeline_secret& secret, const pipeline_parts& parts);
    // Stops as stop() does, with 8 s. Then waits for the store call that is under way, if any.
    ~pipeline() override;
    pipeline(const pipeline&) = delete;
    pipeline& operator=(const pipeline&) = delete;

    // Once. Starts the threads and returns when events can be taken: as soon as the store has answered, after
    // `start_wait` at the latest, and after as long as it takes to load the open sessions.
    start_outcome start();
    // Drains: takes nothing more, applies and answers what was taken, writes the rest, stops the engine thread. Not on
    // a thread of the pipeline. True: everything is in the store. False: gave up at the deadline; the log says what is
    // missing, and the store thread may still be in a call (a process that has to end leaves it by std::_Exit). Again:
    // the same answer at once.
    bool stop(milliseconds deadline);

    // Any thread, like health(). Before start() and after stop(), nothing is taken and nobody is active.
    void submit(std::shared_ptr<const wire::batch> events, instant received,
                std::function<void(intake_answer)> done) override;
    void active(std::size_t limit, std::function<void(audience)> done) override;
    [[nodiscard]] health_report health() const override;
    // For a watchdog: whether the engine thread has come round within the last `within` (it ticks every second).
    [[nodiscard]] bool alive(milliseconds within) const;

private:
    struct threads;
    std::unique_ptr<threads> threads_;
};

}  // namespace streamstats::pipeline
