// The order of things, on the engine thread: start, take, journal, apply, answer, hand out, drain. No thread or timer
// of its own (see stage), so tests and simulations run it by hand.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

#include "pipeline/earlier_run.hpp"
#include "pipeline/flusher.hpp"
#include "pipeline/health_board.hpp"
#include "pipeline/intake.hpp"
#include "pipeline/side_writer.hpp"
#include "pipeline/stage.hpp"
#include "streamstats/pipeline/pipeline.hpp"

namespace streamstats::pipeline {

struct conductor_hooks {
    std::function<void(const start_outcome&)> started;  // once
    std::function<void(bool complete)> drained;         // once
};

// Everything is called on the engine thread.
class conductor {
public:
    conductor(const pipeline_options& options, const pipeline_secret& secret, const pipeline_parts& parts, stage& stage,
              intake& intake, health_board& board, conductor_hooks hooks);

    // Asks the store what an earlier run left; events are taken when that is settled.
    void begin();
    void ring(alarm which);
    // Something waits in the intake.
    void take();
    // Takes nothing more and writes what there is; gives up after `deadline`.
    void drain(milliseconds deadline);
    [[nodiscard]] audience active(std::size_t limit) const { return engine_ ? engine_->active(limit) : audience{}; }

private:
    enum class phase : std::uint8_t { starting, running, draining, drained };

    // Start, and the store that comes late.
    void contacted(const store_position& position);
    void contact_failed(const store_failure& trouble);
    void settle_secret(const store_position& position);
    void restore(const store_position& position);
    void restored(restored_engine answer);
    void start_overdue();
    void run(std::unique_ptr<engine> made);
    void list_earlier_sessions();
    void earlier_sessions_listed(const result<std::vector<session_key>, store_failure>& answer);
    [[nodiscard]] engine_settings settings() const;

    // Batches.
    void journalled(std::uint64_t ticket, bool safe);
    intake_answer apply(const taken_batch& batch);
    void show_active_sessions();
    void queue_rejections(const taken_batch& batch);

    // Rows and sessions.
    void advance(instant now);
    void flush_due();
    void hand_out_rows(bool growing, bool revisions);
    void sessions_due();
    void sync_next_sessions();
    void flusher_progressed();
    void side_answered(const std::optional<store_failure>& trouble);
    void write_lesser();

    // The end.
    void hand_out_rest();
    void push_rest();
    void check_drained();
    void give_up();
    void finish(bool complete);

    void heartbeat();
    void update_totals();
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
    clock_source::steady_point totals_due_{};

    // Batches on their way through the journal, by the order of their appending.
    std::unordered_map<std::uint64_t, taken_batch> in_journal_;
    std::uint64_t next_ticket_ = 0;

    start_outcome outcome_;
    std::optional<minute> take_over_;  // of the store's position, once it is known
    bool rekey_ = false;               // the store's sessions are under another secret
    bool restoring_ = false;
    bool listing_ = false;
    bool syncing_ = false;     // the engine may have more changes of sessions
    bool acquainted_ = false;  // it is settled what becomes of the sessions in the store
    bool overdue_ = false;
    bool rest_handed_out_ = false;
};

}  // namespace streamstats::pipeline
