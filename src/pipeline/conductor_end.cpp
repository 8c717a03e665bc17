// Checkpoints, the drain, and the end that nobody wished for.
#include <algorithm>
#include <utility>

#include "pipeline/conductor.hpp"
#include "streamstats/base/mutant.hpp"
#include "streamstats/telemetry/log.hpp"

namespace streamstats::pipeline {
namespace {

using telemetry::counter;
using telemetry::log;
using telemetry::log_level;

constexpr milliseconds checkpoint_retry_wait{5'000};

}  // namespace

// ---- checkpoints

// The more a checkpoint costs, the more journal may gather before the next: writing stays below a small multiple of
// what comes in, and replay below a few seconds.
void conductor::checkpoint_due() {
    if (phase_ == phase::draining || !checkpoints_ || !engine_ || broken_ || checkpoints_->under_way()) return;
    const auto age = parts_.clock.steady_now() - checkpoint_.taken;
    if (checkpoint_.trouble && age < checkpoint_retry_wait) return;
    checkpoint_.journal_bytes += in_journal_.take_bytes();
    const std::uint64_t enough = std::max(options_.checkpoint_journal_bytes, checkpoint_.bytes);
    const bool large = checkpoint_.journal_bytes >= enough;
    const bool old = checkpoint_.journal_bytes > 0 && age >= options_.checkpoint_interval;
    const bool full = log_->status().no_room && age >= checkpoint_retry_wait;
    const bool first = phase_ == phase::starting && !recovered_;
    if (large || old || full || first) begin_checkpoint();
}

void conductor::begin_checkpoint() {
    if (!checkpoints_ || checkpoints_->under_way()) return;
    const minute rows_before = engine_->first_mutable();
    flusher_memory store = flusher_.memory(rows_before);
    checkpoint_head head;
    head.applied = mutant::breaks("checkpoint_counts_what_was_applied") ? log_->status().durable : applied_;
    head.secret = secret_.value.to_hex();
    head.flush_number = store.flush_number;
    head.written_before = store.written_before;
    head.complete_before = store.complete_before;
    // Only of the last one: after another, minutes go on growing in the store without a frame that tells of it.
    head.rows_stored = (rest_handed_out_ || mutant::breaks("only_a_stop_vouches_for_rows")) && flusher_.idle();
    head.sessions_stored =
        (rest_handed_out_ && sessions_synced()) || mutant::breaks("only_a_stop_vouches_for_sessions");
    if (!mutant::breaks("checkpoint_has_the_flush_in_hand")) head.in_hand = std::move(store.in_hand);
    for (const minute at : store.rows.cleared()) {
        if (at < rows_before) head.cleared.push_back(at);
    }
    std::vector<minute_row> rows;
    store.rows.for_each([&](minute_row row) { rows.push_back(std::move(row)); });
    if (mutant::breaks("checkpoint_has_the_rows_that_wait")) rows.clear();
    in_journal_.take_bytes();
    checkpoint_.journal_bytes = 0;
    checkpoint_.taken = parts_.clock.steady_now();
    if (mutant::breaks("checkpoint_is_durable_before_a_trim")) log_->trim(applied_);
    checkpoints_->begin(*engine_, std::move(head), std::move(rows));
}

void conductor::checkpoint_ended(const checkpoint_outcome& outcome) {
    if (outcome.trouble) {
        if (mutant::breaks("failed_checkpoint_trims_nothing")) log_->trim(outcome.applied);
        parts_.metrics.add(counter::checkpoints_failed);
        log(log_level::error, "checkpoint was not written, the journal grows until one is",
            {{"what", outcome.trouble->what}, {"hint", outcome.trouble->hint}});
        checkpoint_.trouble = outcome.trouble->what;
        checkpoint_.journal_bytes = options_.checkpoint_journal_bytes;  // soon again
        // Trimmed again, the journal gives its spare segments back.
        if (outcome.trouble->trouble == journal::file_trouble::no_room) log_->trim(checkpoint_.trimmed);
        if (phase_ == phase::starting) stage_.set_alarm(alarm::checkpoint, checkpoint_retry_wait);
    } else {
        parts_.metrics.add(counter::checkpoints_written);
        checkpoint_.trouble.reset();
        checkpoint_.bytes = outcome.bytes;
        checkpoint_.trimmed = outcome.applied;
        if (!mutant::breaks("checkpoint_frees_the_journal")) log_->trim(checkpoint_.trimmed);
        if (phase_ == phase::starting && !recovered_) open();
    }
    if (phase_ == phase::draining) check_drained();
}

// ---- the drain

void conductor::drain(milliseconds deadline) {
    if (phase_ == phase::draining || phase_ == phase::drained) return;
    intake_.close();
    if (phase_ == phase::starting) {
        hooks_.started(outcome_);
        return finish(stop_outcome::everything_stored);
    }
    phase_ = phase::draining;
    stage_.set_alarm(alarm::give_up, deadline);
    stage_.set_alarm(alarm::checkpoint, checkpoints_ ? deadline / 2 : deadline);
    post_health();
    take();
}

// First what was taken is answered, then the store gets what it can take in its time, then a checkpoint keeps the rest.
void conductor::check_drained() {
    const bool answered = intake_.idle() || mutant::breaks("stop_waits_for_the_journal");
    if (phase_ != phase::draining || !answered) return;
    if (!std::exchange(rest_handed_out_, true)) return hand_out_rest();
    const bool stored = flusher_.idle() && side_.idle() && sessions_synced();
    if (!checkpoints_) {
        if (stored) finish(stop_outcome::everything_stored);
        return;
    }
    if ((!stored && flusher_.may_be_up() && !store_has_had_its_time_) || checkpoints_->under_way()) return;
    if (!std::exchange(last_checkpoint_begun_, true)) return begin_checkpoint();
    finish(stored ? stop_outcome::everything_stored : stop_outcome::kept_for_next_start);
}

void conductor::store_has_had_its_time() {
    store_has_had_its_time_ = true;
    check_drained();
}

void conductor::hand_out_rest() {
    advance(parts_.clock.system_now());
    hand_out_rows();
    syncing_ = true;
    flusher_.hurry(true);
    flusher_.pump();
    push_rest();
}

void conductor::push_rest() {
    if (flusher_.up() && rest_handed_out_) {
        if (!acquainted_) list_earlier_sessions();
        if (acquainted_ && !sessions_synced()) sync_next_sessions();
        write_lesser();
    }
    check_drained();
}

bool conductor::sessions_synced() const {
    return acquainted_ && !syncing_ && side_.sessions_idle();
}

void conductor::give_up() {
    if (phase_ != phase::draining) return;
    auto unanswered = in_journal_.give_up();
    const bool kept = checkpoints_ && unanswered.empty();
    log(kept ? log_level::info : log_level::error, "stopped before everything was written",
        {{"rows", std::to_string(flusher_.status().pending_rows)},
         {"corrections", revising_ ? "some are left" : "none are left"},
         {"sessions", std::to_string(side_.pending_sessions_count())},
         {"batches", std::to_string(unanswered.size())},
         {"store", parts_.store.description()}});
    for (taken_batch& batch : unanswered) {
        refuse(batch, "shutting down", counter::refused_not_running);
    }
    finish(checkpoints_ ? stop_outcome::kept_for_next_start : stop_outcome::incomplete);
}

void conductor::finish(stop_outcome outcome) {
    phase_ = phase::drained;
    update_totals();
    post_health();
    hooks_.drained(outcome);
}

// ---- the end that nobody wished for

failure conductor::journal_failure() const {
    return {"the journal has failed: " + log_->status().trouble, "look at the disk of STREAM_DATA_DIR"};
}

// Of a journal nothing is tried again: what a failed write or sync left behind is found out by the next start
// (RELIABILITY, rule 5).
void conductor::break_down(const failure& why) {
    if (std::exchange(broken_, true)) return;
    log(log_level::error, "nothing more can be acknowledged", {{"what", why.what}, {"hint", why.hint}});
    intake_.close();
    update_express();
    for (taken_batch& batch : in_journal_.give_up()) {
        refuse(batch, "ending: " + why.what, counter::refused_journal);
    }
    post_health();
    if (phase_ == phase::starting) {
        outcome_.broken = why;
        hooks_.started(outcome_);
    }
    hooks_.broken(why.what);
}

}  // namespace streamstats::pipeline
