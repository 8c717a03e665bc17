// The order of things, on the engine thread: start, take, journal, apply, answer, hand out, drain. No thread or timer
// of its own (see stage), so tests and simulations run it by hand.
//
// Usually a batch comes here when it is in the journal: whoever offers it to the intake appends it on its own thread.
// Only where something has to be asked of the engine first, batches wait to be taken.
//
// The engine's clock never runs ahead of a batch that is in the journal and not yet applied: so a replay of the frames
// alone, without the ticks in between, comes to the same rows.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "pipeline/checkpointer.hpp"
#include "pipeline/earlier_run.hpp"
#include "pipeline/flusher.hpp"
#include "pipeline/health_board.hpp"
#include "pipeline/intake.hpp"
#include "pipeline/journal_line.hpp"
#include "pipeline/recovery.hpp"
#include "pipeline/side_writer.hpp"
#include "pipeline/stage.hpp"
#include "streamstats/pipeline/pipeline.hpp"

namespace streamstats::pipeline {

struct conductor_hooks {
    std::function<void(const start_outcome&)> started;      // once
    std::function<void(stop_outcome)> drained;              // once
    std::function<void(const std::string& reason)> broken;  // at most once: nothing can be acknowledged any more
};

// Everything is called on the engine thread.
class conductor {
public:
    conductor(const pipeline_options& options, const pipeline_secret& secret, const pipeline_parts& parts, stage& stage,
              intake& intake, health_board& board, conductor_hooks hooks);

    // Goes on with what was recovered, if anything was. Otherwise asks the store what an earlier run left; events are
    // taken when that is settled. `log` is null exactly if the parts name no place for a journal; it outlives all
    // calls.
    void begin(recovered_run found, journal::writer* log);
    void ring(alarm which);
    // Something waits in the intake.
    void take();
    // Takes nothing more and writes what there is; gives up after `deadline`.
    void drain(milliseconds deadline);
    // The journal is about to go. On any thread, once the engine thread has ended.
    void leave_journal() { in_journal_.close(); }
    // A piece of who is there now, the first one as of now. False: that is all.
    bool count(std::optional<tally>& counts);
    // A piece of the search; with the last one, the page.
    std::optional<session_page> search(session_search& so_far);

private:
    enum class phase : std::uint8_t { starting, running, draining, drained };

    // Start, and the store that comes late: conductor_start.cpp.
    void contacted(const store_position& position);
    void contact_failed(const store_failure& trouble);
    void settle_secret(const store_position& position);
    void restore(const store_position& position);
    void restored(restored_engine answer);
    void start_overdue();
    void begin_with(std::unique_ptr<engine> made);
    void continue_with(recovered_run found);
    void record_run();
    void run_recorded(journal::append_outcome outcome, journal::lsn number);
    void open();
    void list_earlier_sessions();
    void earlier_sessions_listed(const result<std::vector<session_key>, store_failure>& answer);
    void store_is_strange();
    void write_all_again();
    [[nodiscard]] engine_settings settings() const;

    // The way of a batch: conductor.cpp.
    [[nodiscard]] std::optional<std::string> too_many_sessions(const taken_batch& batch) const;
    [[nodiscard]] bool goes_through_journal(const taken_batch& batch) const;
    bool append_at_once(taken_batch& batch);
    void update_express();
    [[nodiscard]] bool sessions_full() const;
    void apply_at_once(taken_batch batch);
    void answer_arrived(const journal_line::answer& answer);
    void take_answers();
    void journalled(const journal_line::answer& answer);
    void tell_answered();
    void refuse(taken_batch& batch, std::string reason, telemetry::counter counted_as);
    intake_answer apply(const taken_batch& batch);
    void queue_rejections(const taken_batch& batch);

    // What goes to the store: conductor_flush.cpp.
    [[nodiscard]] bool growing() const;
    void advance(instant now);
    void flush_due();
    void flush_if_caught_up();
    void flush_at(instant now);
    void hand_out_changed();
    bool hand_out_piece();
    void hand_out_rows();
    void begin_revisions();
    void hand_out_revisions();
    void sessions_due();
    void sync_next_sessions();
    void flusher_progressed();
    void side_answered(const std::optional<store_failure>& trouble);
    void write_lesser();

    // Checkpoints and the end: conductor_end.cpp.
    void checkpoint_due();
    void begin_checkpoint();
    void checkpoint_ended(const checkpoint_outcome& outcome);
    void store_has_had_its_time();
    void hand_out_rest();
    void push_rest();
    void check_drained();
    [[nodiscard]] bool sessions_synced() const;
    void give_up();
    void finish(stop_outcome outcome);
    [[nodiscard]] failure journal_failure() const;
    void break_down(const failure& why);

    // What the world is told: conductor_tell.cpp, with count and search.
    void heartbeat();
    void update_totals();
    void update_journal();
    void post_health();

    const pipeline_options options_;
    pipeline_secret secret_;
    pipeline_parts parts_;
    stage& stage_;
    intake& intake_;
    health_board& board_;
    conductor_hooks hooks_;

    phase phase_ = phase::starting;
    instant started_{};
    instant now_{};  // the engine's clock, which never goes back
    std::unique_ptr<engine> engine_;
    flusher flusher_;
    side_writer side_;
    clock_source::steady_point revisions_taken_{};
    std::optional<instant> flush_waiting_;  // a flush was due then, and waits for batches that came before

    journal_line in_journal_;
    journal::writer* log_ = nullptr;
    journal::lsn applied_ = 0;
    bool broken_ = false;
    std::mutex answers_mutex_;  // guards the next
    std::vector<journal_line::answer> answers_;
    std::vector<std::pair<std::function<void(intake_answer)>, intake_answer>> answered_;  // applied, not yet told

    std::unique_ptr<checkpointer> checkpoints_;  // none: there is no journal
    struct {
        std::uint64_t journal_bytes = 0;  // appended since it was begun
        std::uint64_t bytes = 0;
        journal::lsn trimmed = 0;
        clock_source::steady_point taken{};
        std::optional<std::string> trouble;
    } checkpoint_;
    std::vector<std::string> findings_;  // of the recovery, for people
    std::uint64_t frames_lost_ = 0;

    start_outcome outcome_;
    std::optional<minute> take_over_;   // of the store's position, once it is known
    std::atomic<bool> express_{false};  // batches may be appended without being looked at here
    bool recovered_ = false;            // from the files, and not from the store
    bool rekey_ = false;                // the store's sessions are under another secret
    bool restoring_ = false;
    bool listing_ = false;
    bool syncing_ = false;     // the engine may have more changes of sessions
    bool flushing_ = false;    // rows are being made, in pieces
    bool revising_ = false;    // revisions wait in the engine for room among the rows of the flusher
    bool acquainted_ = false;  // it is settled what becomes of the sessions in the store
    bool overdue_ = false;
    bool rest_handed_out_ = false;
    bool store_has_had_its_time_ = false;  // in the drain
    bool last_checkpoint_begun_ = false;
};

}  // namespace streamstats::pipeline
