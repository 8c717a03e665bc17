// What goes to the store: rows in pieces, corrections, active_sessions.
#include <algorithm>
#include <utility>

#include "pipeline/conductor.hpp"
#include "pipeline/errand.hpp"
#include "pipeline/flush_schedule.hpp"
#include "streamstats/base/mutant.hpp"

namespace streamstats::pipeline {
namespace {

constexpr milliseconds drain_retry_wait{250};
constexpr seconds growing_below{60};

}  // namespace

bool conductor::growing() const {
    return options_.aggregation_interval < growing_below;
}

void conductor::advance(instant now) {
    now_ = std::max(now_, now);
    engine_->advance(now_);
}

void conductor::flush_due() {
    if (phase_ != phase::running) return;
    const instant now = parts_.clock.system_now();
    stage_.set_alarm(alarm::flush, until_next_flush(now, options_.aggregation_interval));
    flush_waiting_ = now;
    flush_if_caught_up();
}

// Not before the batches that came before, and not in the middle of another one: it would begin anew, and where values
// are many and flushes frequent the last ones would never have their turn.
void conductor::flush_if_caught_up() {
    if (!flush_waiting_ || flushing_) return;
    const auto oldest = in_journal_.oldest();
    const bool caught_up = !oldest || *oldest >= *flush_waiting_;
    if (caught_up || mutant::breaks("flush_waits_for_the_journal"))
        flush_at(*std::exchange(flush_waiting_, std::nullopt));
}

// A minute of many values, or of many openings and closes, keeps the engine thread for a while, so its rows are made
// ready and made in pieces. If a drain begins before that is done, it hands out what is left.
void conductor::flush_at(instant now) {
    advance(now);
    flushing_ = true;
    run_errand(
        intake_, [this] { return engine_->prepare_changed(growing(), options_.edges_per_piece); },
        [this](bool all) {
            if (all) hand_out_changed();
        });
}

void conductor::hand_out_changed() {
    const bool revisions = parts_.clock.steady_now() - revisions_taken_ >= options_.revision_interval;
    engine_->begin_changed(growing());
    run_errand(
        intake_, [this] { return hand_out_piece(); },
        [this, revisions, until = minute_of(now_)](bool all) {
            if (!all) return;
            flusher_.add({}, until);
            if (revisions) begin_revisions();
            flusher_.pump();
            write_lesser();
            flushing_ = false;
            flush_if_caught_up();
        });
}

bool conductor::hand_out_piece() {
    auto rows = engine_->take_changed_piece(options_.values_per_piece);
    if (!rows) return false;
    flusher_.add(*std::move(rows), minute{});
    return true;
}

// Whole rows first: a revision adds to the last whole row of its minute.
void conductor::hand_out_rows() {
    flusher_.add(engine_->take_changed(growing()), minute_of(now_));
    begin_revisions();
}

void conductor::begin_revisions() {
    revisions_taken_ = parts_.clock.steady_now();
    engine_->begin_revisions();
    revising_ = true;
    hand_out_revisions();
}

// As rows they would take a multiple of the memory: so many at a time as go into a flush, and the next ones when it is
// on its way. So the flusher is not idle as long as there are more.
void conductor::hand_out_revisions() {
    while (revising_ && flusher_.room() > 0) {
        std::vector<minute_row> rows = engine_->take_revisions(flusher_.room());
        revising_ = !rows.empty();
        flusher_.add(std::move(rows), minute{});
    }
}

void conductor::sessions_due() {
    if (phase_ == phase::draining) return push_rest();
    stage_.set_alarm(alarm::sessions, options_.session_sync_interval);
    if (!flusher_.up()) return;
    if (!acquainted_) return list_earlier_sessions();
    sync_next_sessions();
}

// A piece at a time, so that neither a transaction nor the engine's answer grows with the number of sessions.
void conductor::sync_next_sessions() {
    if (!side_.wants_sessions()) return;
    engine::table_changes changes = engine_->take_session_changes(options_.sessions_per_sync_max);
    while (changes.empty() && changes.more) {
        syncing_ = true;
        const auto go_on = [this] {
            syncing_ = flusher_.up();  // otherwise until the next alarm
            if (syncing_) sync_next_sessions();
        };
        if (intake_.ask(go_on)) return;
        changes = engine_->take_session_changes(options_.sessions_per_sync_max);  // nobody waits in a drain
    }
    syncing_ = changes.more || !changes.empty();
    side_.sync_sessions({.open = std::move(changes.open),
                         .gone = std::move(changes.gone),
                         .as_of = changes.more ? std::nullopt : std::optional(now_)});
}

void conductor::flusher_progressed() {
    post_health();
    hand_out_revisions();
    flusher_.pump();
    if (phase_ == phase::draining) return push_rest();
    write_lesser();
}

void conductor::side_answered(const std::optional<store_failure>& trouble) {
    if (trouble) {
        if (phase_ != phase::draining && side_.wants_sessions()) syncing_ = false;  // until the next alarm
        flusher_.note_failure(*trouble);
        if (phase_ == phase::draining) stage_.set_alarm(alarm::sessions, drain_retry_wait);
        return;
    }
    if (phase_ == phase::draining) return push_rest();
    if (syncing_ && flusher_.up()) sync_next_sessions();
    write_lesser();
}

void conductor::write_lesser() {
    if (flusher_.up() && flusher_.idle()) side_.pump();
}

}  // namespace streamstats::pipeline
