#include "pipeline/conductor.hpp"

#include <algorithm>
#include <utility>

#include "pipeline/flush_schedule.hpp"
#include "streamstats/telemetry/log.hpp"

namespace streamstats::pipeline {
namespace {

using telemetry::counter;
using telemetry::gauge;
using telemetry::log;
using telemetry::log_level;

constexpr milliseconds heartbeat_interval{1'000};
constexpr milliseconds drain_retry_wait{250};
constexpr seconds growing_below{60};

intake_answer refusal(std::string reason) {
    intake_answer answer;
    answer.reason = std::move(reason);
    answer.retry_after = seconds{5};
    return answer;
}

double seconds_of(milliseconds length) {
    return std::chrono::duration<double>(length).count();
}

}  // namespace

conductor::conductor(const pipeline_options& options, const pipeline_secret& secret, const pipeline_parts& parts,
                     stage& stage, intake& intake, health_board& board, conductor_hooks hooks)
    : options_(options),
      secret_(secret),
      parts_(parts),
      stage_(stage),
      intake_(intake),
      board_(board),
      hooks_(std::move(hooks)),
      flusher_(options, parts, stage,
               {.contacted = [this](const store_position& position) { contacted(position); },
                .contact_failed = [this](const store_failure& trouble) { contact_failed(trouble); },
                .progressed = [this] { flusher_progressed(); }}),
      side_(options, parts, stage, [this](const std::optional<store_failure>& trouble) { side_answered(trouble); }) {}

void conductor::begin() {
    started_ = parts_.clock.system_now();
    now_ = started_;
    revisions_taken_ = parts_.clock.steady_now();
    parts_.metrics.set(gauge::start_timestamp_seconds, seconds_of(started_.time_since_epoch()));
    stage_.set_alarm(alarm::start, options_.start_wait);
    heartbeat();
    flusher_.hurry(true);
    flusher_.connect();
}

void conductor::ring(alarm which) {
    if (phase_ == phase::drained) return;
    switch (which) {
        case alarm::flush:
            return flush_due();
        case alarm::sessions:
            return sessions_due();
        case alarm::heartbeat:
            return heartbeat();
        case alarm::retry:
            return flusher_.retry();
        case alarm::start:
            return start_overdue();
        case alarm::give_up:
            return give_up();
    }
}

void conductor::take() {
    intake::group group = intake_.take_all();
    for (taken_batch& batch : group.batches) {
        const auto events = batch.events;
        const instant received = batch.received;
        const std::uint64_t ticket = next_ticket_++;
        in_journal_.emplace(ticket, std::move(batch));
        parts_.journal.append(events, received, [this, ticket](bool safe) {
            stage_.on_engine([this, ticket, safe] { journalled(ticket, safe); });
        });
    }
    for (const intake::question& question : group.questions) question();
    check_drained();
}

void conductor::journalled(std::uint64_t ticket, bool safe) {
    auto node = in_journal_.extract(ticket);
    if (node.empty()) return;  // answered when the drain gave up
    const taken_batch& batch = node.mapped();
    intake_answer answer = safe ? apply(batch) : refusal("the events could not be made durable");
    intake_.release(batch.weight);
    batch.done(std::move(answer));
    check_drained();
}

intake_answer conductor::apply(const taken_batch& batch) {
    advance(batch.received);
    intake_answer answer;
    answer.taken = true;
    instant newest = batch.received;
    for (const play_event& event : batch.events->events) {
        if (engine_->apply(event, batch.received) == verdict::accepted) {
            ++answer.accepted;
            newest = event.time.value_or(batch.received);
        } else {
            ++answer.duplicate;
        }
    }
    if (answer.accepted > 0) parts_.metrics.set(gauge::event_lag_seconds, seconds_of(batch.received - newest));
    parts_.metrics.add(counter::events_accepted, answer.accepted);
    parts_.metrics.add(counter::events_duplicate, answer.duplicate);
    parts_.metrics.add(counter::events_ignored, batch.events->ignored);
    parts_.metrics.add(counter::events_rejected, batch.events->rejections.size());
    queue_rejections(batch);
    show_active_sessions();
    return answer;
}

// Totals are not free where there are many dimension values: at most a twentieth of the time goes into them.
void conductor::show_active_sessions() {
    constexpr int share = 20;
    const auto begun = parts_.clock.steady_now();
    if (begun < totals_due_) return;
    board_.set_active_sessions(engine_->totals().open_sessions);
    const auto done = parts_.clock.steady_now();
    totals_due_ = done + (share - 1) * (done - begun);
}

void conductor::queue_rejections(const taken_batch& batch) {
    for (const wire::rejection& rejection : batch.events->rejections) {
        side_.add_rejection({.received = batch.received,
                             .field = rejection.field,
                             .message = rejection.message,
                             .json = rejection.json});
    }
    if (!batch.events->rejections.empty()) write_lesser();
}

void conductor::advance(instant now) {
    now_ = std::max(now_, now);
    engine_->advance(now_);
}

void conductor::flush_due() {
    if (phase_ != phase::running) return;
    const instant now = parts_.clock.system_now();
    stage_.set_alarm(alarm::flush, until_next_flush(now, options_.aggregation_interval));
    advance(now);
    const auto since_revisions = parts_.clock.steady_now() - revisions_taken_;
    hand_out_rows(options_.aggregation_interval < growing_below, since_revisions >= options_.revision_interval);
    flusher_.pump();
    write_lesser();
}

// Whole rows first: a revision adds to the last whole row of its minute.
void conductor::hand_out_rows(bool growing, bool revisions) {
    flusher_.add(engine_->take_changed(growing), minute_of(now_));
    flusher_.finish_before(engine_->first_mutable());
    if (!revisions) return;
    revisions_taken_ = parts_.clock.steady_now();
    flusher_.add(engine_->take_revisions(), minute_of(now_));
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
    syncing_ = !changes.open.empty() || !changes.gone.empty();
    side_.sync_sessions({.open = std::move(changes.open), .gone = std::move(changes.gone)});
}

void conductor::flusher_progressed() {
    post_health();
    if (phase_ == phase::draining) return push_rest();
    write_lesser();
}

void conductor::side_answered(const std::optional<store_failure>& trouble) {
    if (trouble) {
        if (side_.wants_sessions()) syncing_ = false;  // until the next alarm
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

void conductor::drain(milliseconds deadline) {
    if (phase_ == phase::draining || phase_ == phase::drained) return;
    intake_.set(intake_state::closed);
    if (phase_ == phase::starting) {
        hooks_.started(outcome_);
        return finish(true);
    }
    phase_ = phase::draining;
    stage_.set_alarm(alarm::give_up, deadline);
    post_health();
    take();
}

void conductor::check_drained() {
    if (phase_ != phase::draining || !in_journal_.empty() || !intake_.idle()) return;
    if (!std::exchange(rest_handed_out_, true)) return hand_out_rest();
    if (flusher_.idle() && side_.idle()) finish(true);
}

// The growing minute is written as it stands at its end if nothing else happens; the next run adds what does. So what
// the sessions that closed in it have contributed is not lost with the memory of them.
void conductor::hand_out_rest() {
    advance(parts_.clock.system_now());
    advance(end_of(minute_of(now_)));
    hand_out_rows(false, true);
    engine::table_changes changes = engine_->take_session_changes();
    side_.add_sessions({.open = std::move(changes.open), .gone = std::move(changes.gone)});
    flusher_.pump();
    flusher_.hurry(true);
    push_rest();
}

void conductor::push_rest() {
    if (flusher_.up() && rest_handed_out_) {
        if (!acquainted_) list_earlier_sessions();
        if (side_.wants_sessions()) side_.sync_sessions({});
        write_lesser();
    }
    check_drained();
}

void conductor::give_up() {
    if (phase_ != phase::draining) return;
    log(log_level::error, "stopped before everything was written",
        {{"rows", std::to_string(flusher_.status().pending_rows)},
         {"sessions", std::to_string(side_.pending_sessions_count())},
         {"batches", std::to_string(in_journal_.size())},
         {"store", parts_.store.description()}});
    for (auto& [ticket, batch] : std::exchange(in_journal_, {})) {
        batch.done(refusal("shutting down"));
    }
    finish(false);
}

void conductor::finish(bool complete) {
    phase_ = phase::drained;
    update_totals();
    post_health();
    hooks_.drained(complete);
}

void conductor::heartbeat() {
    stage_.set_alarm(alarm::heartbeat, heartbeat_interval);
    update_totals();
    post_health();
}

void conductor::update_totals() {
    if (!engine_) return;
    const engine_totals totals = engine_->totals();
    telemetry::metrics& metrics = parts_.metrics;
    metrics.set_total(counter::events_late, totals.late_events);
    metrics.set_total(counter::clock_anomalies, totals.clock_anomalies);
    metrics.set_total(counter::inferred_closes, totals.inferred_closes);
    metrics.set_total(counter::reopened_sessions, totals.reopened_sessions);
    metrics.set_total(counter::dropped_samples, totals.dropped_samples);
    metrics.set_total(counter::other_values, totals.other_values);
    metrics.set(gauge::open_sessions, static_cast<double>(totals.open_sessions));
    metrics.set(gauge::known_sessions, static_cast<double>(totals.known_sessions));
    metrics.set(gauge::engine_memory_bytes, static_cast<double>(totals.memory_bytes));
}

void conductor::post_health() {
    const flusher_status store = flusher_.status();
    health_facts facts;
    facts.state = phase_ == phase::starting  ? running_state::starting
                  : phase_ == phase::running ? running_state::running
                                             : running_state::stopping;
    facts.started = started_;
    facts.active_sessions = engine_ ? engine_->totals().open_sessions : 0;
    facts.database = parts_.store.description();
    facts.store_up = store.up;
    facts.store_away_since = store.away_since;
    facts.trouble = store.trouble;
    facts.last_flush = store.last_flush;
    facts.rows_waiting_since = store.rows_waiting_since;
    facts.pending_rows = store.pending_rows;
    facts.rejections_left_out = side_.rejections_left_out();
    facts.aggregation_interval = options_.aggregation_interval;
    facts.pending_rows_notable = options_.pending_rows_notable;
    board_.post(std::move(facts));
}

}  // namespace streamstats::pipeline
