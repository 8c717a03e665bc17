#include "pipeline/conductor.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "pipeline/errand.hpp"
#include "pipeline/flush_schedule.hpp"
#include "streamstats/base/mutant.hpp"
#include "streamstats/telemetry/log.hpp"
#include "streamstats/wire/event_codec.hpp"

namespace streamstats::pipeline {
namespace {

using journal::append_outcome;
using telemetry::counter;
using telemetry::gauge;
using telemetry::log;
using telemetry::log_level;

constexpr milliseconds heartbeat_interval{1'000};
constexpr milliseconds drain_retry_wait{250};
constexpr seconds growing_below{60};
constexpr std::uint64_t closes_beyond = 4;  // a quarter more than allowed
// So that a piece of what is asked takes less than a millisecond.
constexpr std::size_t values_at_once = 5'000;
constexpr std::size_t search_work_at_once = 32'768;
// Whoever waits for several answers of a group is woken once, and nobody waits for a long group to end.
constexpr std::size_t answered_at_once = 16;

double seconds_of(milliseconds length) {
    return std::chrono::duration<double>(length).count();
}

const char* reason_of(append_outcome outcome) {
    switch (outcome) {
        case append_outcome::no_room:
            return "the disk is full: the events cannot be made durable";
        case append_outcome::overloaded:
            return "overloaded: the disk does not keep up";
        case append_outcome::failed:
        case append_outcome::durable:
            break;
    }
    return "the events could not be made durable";
}

// The clock does not run ahead of a batch that is still to be applied.
instant not_beyond(const std::deque<taken_batch>& in_journal, instant now) {
    return in_journal.empty() ? now : std::min(now, in_journal.front().received);
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
                .progressed = [this] { flusher_progressed(); },
                .recorded = [this](journal::lsn number) { applied_ = std::max(applied_, number); },
                .strange = [this] { store_is_strange(); }}),
      side_(options, parts, stage, [this](const std::optional<store_failure>& trouble) { side_answered(trouble); }) {
    if (parts.journal_files == nullptr) return;
    checkpoints_ = std::make_unique<checkpointer>(
        *parts.journal_files, stage, [this](const checkpoint_outcome& outcome) { checkpoint_ended(outcome); });
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
        case alarm::checkpoint:
            return phase_ == phase::draining ? store_has_had_its_time() : checkpoint_due();
        case alarm::give_up:
            return give_up();
    }
}

bool conductor::growing() const {
    return options_.aggregation_interval < growing_below;
}

// ---- batches

void conductor::take() {
    intake::group group = intake_.take_all();
    const instant received = parts_.clock.system_now();
    for (taken_batch& batch : group.batches) {
        batch.received = received;
        if (broken_) {
            refuse(batch, "the journal has failed", counter::refused_journal);
        } else if (auto reason = too_many_sessions(batch)) {
            refuse(batch, *std::move(reason), counter::refused_sessions);
        } else {
            append(std::move(batch));
        }
    }
    for (const intake::question& question : group.questions) question();
    check_drained();
}

// Closes are taken when nothing else of new sessions is: they are what makes room. But one of a session that nobody has
// heard of is its start as well, so a flood of those ends somewhere, too.
std::optional<std::string> conductor::too_many_sessions(const taken_batch& batch) const {
    const std::uint64_t known = engine_->known_sessions();
    if (options_.sessions_max == 0 || known < options_.sessions_max) return std::nullopt;
    const bool closes_too = known - options_.sessions_max > options_.sessions_max / closes_beyond;
    const auto is_one_too_many = [&](const play_event& event) {
        return (closes_too || event.kind != event_kind::play_closed) && !engine_->knows(event);
    };
    if (std::ranges::none_of(batch.events->events, is_one_too_many)) return std::nullopt;
    return "too many sessions: " + std::to_string(options_.sessions_max) + " are known, the most allowed";
}

// What holds no event leaves nothing to be made durable.
void conductor::append(taken_batch batch) {
    if (log_ == nullptr || batch.events->events.empty() || mutant::breaks("events_go_through_the_journal")) {
        intake_answer answer = apply(batch);
        intake_.release(batch.weight);
        return batch.done(std::move(answer));
    }
    record_bytes bytes = std::move(batch.record);
    wire::stamp_receipt(bytes, batch.received);
    checkpoint_.journal_bytes += journal::frame_bytes(bytes.size());
    in_journal_.push_back(std::move(batch));
    log_->append(journal::frame_kind::batch, std::move(bytes), [this](append_outcome outcome, journal::lsn number) {
        answer_arrived({outcome, number});
    });
}

// On the journal's thread. One call of the engine thread takes a whole group of answers.
void conductor::answer_arrived(journal_answer answer) {
    {
        const std::lock_guard lock(answers_mutex_);
        answers_.push_back(answer);
        if (answers_.size() > 1) return;
    }
    stage_.on_engine([this] { take_answers(); });
}

void conductor::take_answers() {
    std::vector<journal_answer> answers;
    {
        const std::lock_guard lock(answers_mutex_);
        answers.swap(answers_);
    }
    for (const journal_answer& answer : answers) {
        journalled(answer);
        if (answered_.size() == answered_at_once) tell_answered();
    }
    tell_answered();
    flush_if_caught_up();
    check_drained();
}

void conductor::tell_answered() {
    for (const auto& [done, answer] : answered_) done(answer);
    answered_.clear();
}

void conductor::journalled(const journal_answer& answer) {
    const auto& [outcome, number] = answer;
    if (in_journal_.empty()) return;  // answered when the drain gave up or the journal failed
    taken_batch batch = std::move(in_journal_.front());
    in_journal_.pop_front();
    if (outcome != append_outcome::durable && !mutant::breaks("only_what_is_durable_is_taken")) {
        refuse(batch, reason_of(outcome),
               outcome == append_outcome::overloaded ? counter::refused_overloaded : counter::refused_journal);
        if (outcome == append_outcome::failed) break_down(journal_failure());
        if (outcome == append_outcome::no_room) update_journal();
        return;
    }
    applied_ = std::max(applied_, number);
    answered_.emplace_back(std::move(batch.done), apply(batch));
    intake_.release(batch.weight);
}

void conductor::refuse(const taken_batch& batch, std::string reason, counter counted_as) {
    parts_.metrics.add(counted_as);
    intake_.release(batch.weight);
    intake_answer answer;
    answer.reason = std::move(reason);
    answer.retry_after = seconds{5};
    batch.done(std::move(answer));
}

// One without events does not wait for the journal, so it must not move the clock past those that do.
intake_answer conductor::apply(const taken_batch& batch) {
    if (!batch.events->events.empty()) advance(batch.received);
    intake_answer answer;
    answer.taken = true;
    instant newest = batch.received;
    const std::vector<play_event>& events = batch.events->events;
    const std::span<const verdict> verdicts = engine_->apply(events, batch.who, batch.received);
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (verdicts[i] == verdict::accepted) {
            ++answer.accepted;
            newest = events[i].time.value_or(batch.received);
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
    board_.set_active_sessions(engine_->open_sessions());
    return answer;
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

// ---- rows and sessions

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
    const bool caught_up = in_journal_.empty() || in_journal_.front().received >= *flush_waiting_;
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
    syncing_ = !changes.open.empty() || !changes.gone.empty();
    const bool all = changes.open.size() + changes.gone.size() < options_.sessions_per_sync_max;
    side_.sync_sessions({.open = std::move(changes.open),
                         .gone = std::move(changes.gone),
                         .as_of = all ? std::optional(now_) : std::nullopt});
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

// ---- what the world is told

bool conductor::count(std::optional<tally>& counts) {
    if (!engine_) return counts.emplace(), false;
    if (!counts) {
        advance(not_beyond(in_journal_, parts_.clock.system_now()));
        counts = engine_->count();
    }
    return engine_->name_values(*counts, values_at_once);
}

std::optional<session_page> conductor::search(session_search& so_far) {
    if (!engine_) return session_page{};
    if (so_far.next_place == 0) advance(not_beyond(in_journal_, parts_.clock.system_now()));
    if (engine_->search(so_far, search_work_at_once)) return std::nullopt;
    return engine_->page_of(so_far);
}

void conductor::heartbeat() {
    stage_.set_alarm(alarm::heartbeat, heartbeat_interval);
    update_totals();
    update_journal();
    checkpoint_due();
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

void conductor::update_journal() {
    if (log_ == nullptr) return;
    const journal::writer_status status = log_->status();
    if (status.failed && !mutant::breaks("process_ends_when_the_journal_has_failed"))
        break_down(journal_failure());  // no batch need be there to tell
    telemetry::metrics& metrics = parts_.metrics;
    const bool had_room = metrics.value(gauge::journal_no_room) == 0;
    if (status.no_room && had_room) {
        log(log_level::error, "no room for the journal: events are refused until there is", {{"what", status.trouble}});
    } else if (!status.no_room && !had_room) {
        log(log_level::info, "there is room for the journal again, events are taken");
    }
    metrics.set(gauge::journal_no_room, status.no_room ? 1 : 0);
    metrics.set(gauge::journal_bytes, static_cast<double>(status.bytes));
    metrics.set(gauge::journal_segments, static_cast<double>(status.segments));
    metrics.set(gauge::journal_sync_seconds, status.last_sync_seconds);
    metrics.set(gauge::journal_gaps, static_cast<double>(frames_lost_));
    const auto age = std::chrono::duration_cast<milliseconds>(parts_.clock.steady_now() - checkpoint_.taken);
    metrics.set(gauge::checkpoint_age_seconds, seconds_of(age));
    board_.set_no_room(status.no_room);
}

void conductor::post_health() {
    const flusher_status store = flusher_.status();
    health_facts facts;
    facts.state = broken_                     ? running_state::broken
                  : phase_ == phase::starting ? running_state::starting
                  : phase_ == phase::running  ? running_state::running
                                              : running_state::stopping;
    facts.started = started_;
    facts.active_sessions = engine_ ? engine_->open_sessions() : 0;
    facts.sessions_full = engine_ && options_.sessions_max != 0 && engine_->known_sessions() >= options_.sessions_max;
    facts.store_up = store.up;
    facts.store_away_since = store.away_since;
    facts.trouble = store.trouble;
    facts.last_flush = store.last_flush;
    facts.rows_waiting_since = store.rows_waiting_since;
    facts.pending_rows = store.pending_rows;
    facts.rejections_left_out = side_.rejections_left_out();
    facts.findings = findings_;
    facts.checkpoint_trouble = checkpoint_.trouble;
    facts.clock_behind = now_ - parts_.clock.system_now();
    facts.no_room = log_ != nullptr && log_->status().no_room;
    facts.aggregation_interval = options_.aggregation_interval;
    facts.pending_rows_notable = options_.pending_rows_notable;
    board_.post(std::move(facts));
}

}  // namespace streamstats::pipeline
