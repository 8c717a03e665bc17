// The order of things: a batch is taken, journalled, applied and answered; minutes are flushed, sessions are synced.
//
// Three threads besides the journal's own. The engine thread is the only one that touches the engine; it never blocks.
// The store thread makes all calls to the store, one after another; at most one flush and one session sync are under
// way. The disk thread writes checkpoints. Whoever submits a batch appends it to the journal itself, within a bound;
// the engine thread gets it when it is durable, or before, where something has to be asked of the engine first.
//
// A start goes on from the checkpoint and the journal, and does not wait for the store. Where there are none (the
// first start, or a disk that was lost), it goes on from what the store has:
//   - It answers within `start_wait`: its open sessions are put back, and minutes before its `written_before` are final
//     from the beginning. Loading is not cut short.
//   - It does not: a fresh engine goes on without it, and only adds to rows of minutes up to the present one. The open
//     sessions of the store cannot be put back any more; the next session sync replaces them by ours.
//   - It keeps another secret than ours: a secret that was made for this start gives way (see adopted_secret). One that
//     was here before does not: sessions are loaded under our keys, the table is rewritten, then the secret is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "streamstats/base/time.hpp"
#include "streamstats/engine/engine.hpp"
#include "streamstats/engine/identity.hpp"
#include "streamstats/journal/journal.hpp"
#include "streamstats/pipeline/clock_source.hpp"
#include "streamstats/pipeline/rollup_store.hpp"
#include "streamstats/pipeline/series_desk.hpp"
#include "streamstats/pipeline/service.hpp"
#include "streamstats/telemetry/metrics.hpp"

namespace streamstats::pipeline {

struct pipeline_options {
    engine_limits limits;
    seconds aggregation_interval{60};  // below 60: the growing minute is flushed, too
    seconds session_sync_interval{30};
    seconds revision_interval{300};
    milliseconds start_wait{5'000};  // for the store, if there is nothing to recover; events are refused until then
    journal::writer_limits journal;
    // A checkpoint is written when so much journal has gathered, or as much as the last checkpoint took if that is
    // more, and this long after the last one.
    std::uint64_t checkpoint_journal_bytes = std::uint64_t{256} << 20;
    seconds checkpoint_interval{300};
    bool write_all_again = false;    // what was recovered, whatever the store has: for a database that was emptied
    std::uint64_t sessions_max = 0;  // known at once; beyond it batches that open some are refused; 0: no limit

    // Batches taken and not yet answered; over it they are refused, except that one batch alone always fits.
    std::size_t queue_events_max = 1'000'000;
    std::size_t queue_bytes_max = std::size_t{256} << 20;
    std::size_t rows_per_flush_max = 20'000;    // keeps a transaction short; a flush of a tick may take several
    std::size_t sessions_per_sync_max = 2'000;  // the engine thread takes and gives back so many in a few milliseconds
    // Rows are made in pieces between batches, each below a millisecond: of so many values, and openings and closes.
    std::size_t values_per_piece = 500;
    std::size_t edges_per_piece = 5'000;
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
    const clock_source& clock;
    journal::file_system* journal_files;  // null: no journal; what is acknowledged does not outlive the process
    series_desk* series = nullptr;        // null: no series are answered
};

struct start_outcome {
    bool store_up = false;                      // false: went on without it
    bool abandoned = false;                     // as was asked for: nothing is running, nothing was changed
    std::optional<store_failure> trouble;       // why it is not up, as far as is known
    std::optional<std::string> adopted_secret;  // hex; the caller has to keep it in place of the one it passed
    std::uint64_t restored_sessions = 0;        // from the store
    std::uint64_t recovered_sessions = 0;       // from the checkpoint and the journal
    std::optional<failure> broken;              // cannot go on: why, and nothing is running
};

enum class stop_outcome : std::uint8_t {
    everything_stored,
    kept_for_next_start,  // the journal has what the store lacks; a call to the store may still be under way
    incomplete,           // something is lost, the log says what; likewise
};

class pipeline final : public service {
public:
    pipeline(const pipeline_options& options, const pipeline_secret& secret, const pipeline_parts& parts);
    // Stops as stop() does, with 8 s. Then waits for the store call that is under way, if any.
    ~pipeline() override;
    pipeline(const pipeline&) = delete;
    pipeline& operator=(const pipeline&) = delete;

    // Told, on some thread, when the journal fails while running: nothing can be acknowledged any more, and the process
    // has to end. Before start().
    void on_broken(std::function<void(const std::string& reason)> listener);
    // Whether that has happened. Any thread.
    [[nodiscard]] bool broken() const;
    // Once. Recovers, starts the threads and returns when events can be taken: at once if something was recovered, else
    // as soon as the store has answered, after `start_wait` at the latest, and after as long as it takes to load the
    // open sessions. `progress` is told how far the recovery is: bytes done and in all. `abandon` is
    // asked while it reads: true gives it up, with checkpoint and journal as they were. Both may be empty.
    start_outcome start(const std::function<void(std::uint64_t, std::uint64_t)>& progress = {},
                        const std::function<bool()>& abandon = {});
    // Drains: takes nothing more, applies and answers what was taken, writes the rest, stops the engine thread. Not on
    // a thread of the pipeline. Where the outcome is not everything_stored, the store thread may still be in a call (a
    // process that has to end leaves it by std::_Exit). Again: the same answer at once.
    stop_outcome stop(milliseconds deadline);

    // Any thread, like health(). Before start() and after stop(), nothing is taken and nobody is active.
    void submit(std::shared_ptr<const wire::batch> events, std::function<void(intake_answer)> done) override;
    [[nodiscard]] std::optional<intake_refusal> refuses_now() const override;
    void active(std::size_t limit, std::function<void(audience)> done) override;
    void series(series_question question, series_callback done) override;
    void count(std::function<void(tally)> done) override;
    void find_sessions(session_query asked, std::function<void(session_answer)> done) override;
    [[nodiscard]] health_report health() const override;
    // For a watchdog: whether the engine thread has come round within the last `within` (it ticks every second).
    [[nodiscard]] bool alive(milliseconds within) const;

private:
    struct threads;
    std::unique_ptr<threads> threads_;
};

}  // namespace streamstats::pipeline
