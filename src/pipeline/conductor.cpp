// What is done when; and the way of a batch: into the journal, into the engine, back to who asked.
#include "pipeline/conductor.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "streamstats/base/mutant.hpp"

namespace streamstats::pipeline {
namespace {

using journal::append_outcome;
using telemetry::counter;
using telemetry::gauge;

constexpr std::uint64_t closes_beyond = 4;  // a quarter more than allowed
// Whoever waits for several answers of a group is woken once, and nobody waits for a long group to end.
constexpr std::size_t answered_at_once = 16;

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
      side_(options, parts, stage, [this](const std::optional<store_failure>& trouble) { side_answered(trouble); }),
      in_journal_(parts.clock, [this](const journal_line::answer& answer) { answer_arrived(answer); }) {
    if (parts.journal_files == nullptr) return;
    intake_.offer_first_to([this](taken_batch& batch) { return append_at_once(batch); });
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

void conductor::take() {
    intake::group group = intake_.take_all();
    for (taken_batch& batch : group.batches) {
        if (broken_) {
            refuse(batch, "the journal has failed", counter::refused_journal);
        } else if (auto reason = too_many_sessions(batch)) {
            refuse(batch, *std::move(reason), counter::refused_sessions);
        } else if (!goes_through_journal(batch)) {
            apply_at_once(std::move(batch));
        } else if (!in_journal_.append(batch)) {
            refuse(batch, "shutting down", counter::refused_not_running);
        }
    }
    for (const intake::question& question : group.questions) question();
    check_drained();
}

// What holds no event leaves nothing to be made durable. Any thread.
bool conductor::goes_through_journal(const taken_batch& batch) const {
    const bool journalled = parts_.journal_files != nullptr && !mutant::breaks("events_go_through_the_journal");
    return journalled && !batch.events->events.empty();
}

// On the thread of whoever offers it.
bool conductor::append_at_once(taken_batch& batch) {
    return express_.load(std::memory_order_relaxed) && goes_through_journal(batch) && in_journal_.append(batch);
}

void conductor::update_express() {
    express_.store(log_ != nullptr && !broken_ && !sessions_full(), std::memory_order_relaxed);
}

bool conductor::sessions_full() const {
    return engine_ && options_.sessions_max != 0 && engine_->known_sessions() >= options_.sessions_max;
}

// Closes are taken when nothing else of new sessions is: they are what makes room. But one of a session that nobody has
// heard of is its start as well, so a flood of those ends somewhere, too.
std::optional<std::string> conductor::too_many_sessions(const taken_batch& batch) const {
    if (!sessions_full()) return std::nullopt;
    const bool closes_too = engine_->known_sessions() - options_.sessions_max > options_.sessions_max / closes_beyond;
    const auto is_one_too_many = [&](const play_event& event) {
        return (closes_too || event.kind != event_kind::play_closed) && !engine_->knows(event);
    };
    if (std::ranges::none_of(batch.events->events, is_one_too_many)) return std::nullopt;
    return "too many sessions: " + std::to_string(options_.sessions_max) + " are known, the most allowed";
}

void conductor::apply_at_once(taken_batch batch) {
    batch.received = parts_.clock.system_now();
    intake_answer answer = apply(batch);
    intake_.release(batch);
    batch.done(std::move(answer));
}

// On the journal's thread. One call of the engine thread takes a whole group of answers.
void conductor::answer_arrived(const journal_line::answer& answer) {
    {
        const std::lock_guard lock(answers_mutex_);
        answers_.push_back(answer);
        if (answers_.size() > 1) return;
    }
    stage_.on_engine([this] { take_answers(); });
}

void conductor::take_answers() {
    std::vector<journal_line::answer> answers;
    {
        const std::lock_guard lock(answers_mutex_);
        answers.swap(answers_);
    }
    for (const journal_line::answer& answer : answers) {
        journalled(answer);
        if (answered_.size() == answered_at_once) tell_answered();
    }
    tell_answered();
    update_express();
    flush_if_caught_up();
    check_drained();
}

void conductor::tell_answered() {
    for (const auto& [done, answer] : answered_) done(answer);
    answered_.clear();
}

void conductor::journalled(const journal_line::answer& answer) {
    auto taken = in_journal_.take(answer);
    if (!taken) return;
    taken_batch& batch = *taken;
    const append_outcome outcome = answer.outcome;
    if (outcome != append_outcome::durable && !mutant::breaks("only_what_is_durable_is_taken")) {
        refuse(batch, reason_of(outcome),
               outcome == append_outcome::overloaded ? counter::refused_overloaded : counter::refused_journal);
        if (outcome == append_outcome::failed) break_down(journal_failure());
        if (outcome == append_outcome::no_room) update_journal();
        return;
    }
    applied_ = std::max(applied_, answer.number);
    intake_answer applied = apply(batch);
    answered_.emplace_back(std::move(batch.done), std::move(applied));
    intake_.release(batch);
}

void conductor::refuse(taken_batch& batch, std::string reason, counter counted_as) {
    parts_.metrics.add(counted_as);
    intake_.release(batch);
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

}  // namespace streamstats::pipeline
