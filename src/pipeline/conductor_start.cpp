// The beginning: from what was recovered, or else from what an earlier run left in the store, whether it answers in
// time, late or never.
#include <algorithm>
#include <utility>

#include "pipeline/conductor.hpp"
#include "pipeline/flush_schedule.hpp"
#include "streamstats/base/mutant.hpp"
#include "streamstats/telemetry/log.hpp"

namespace streamstats::pipeline {
namespace {

using telemetry::gauge;
using telemetry::log;
using telemetry::log_level;

constexpr milliseconds record_wait{1'000};

std::string seconds_since(instant then, instant now) {
    return std::to_string(std::chrono::duration_cast<seconds>(now - then).count());
}

std::string text_of(const journal::gap& lost) {
    return "frames " + std::to_string(lost.first) + " to " + std::to_string(lost.last) +
           " of the journal were acknowledged and cannot be read (" + lost.where + ")";
}

}  // namespace

void conductor::begin(recovered_run found, journal::writer* to) {
    log_ = to;
    if (log_ != nullptr) {
        flusher_.record_in(*log_);
        in_journal_.lead_to(*log_);
    }
    started_ = parts_.clock.system_now();
    now_ = started_;
    revisions_taken_ = parts_.clock.steady_now();
    checkpoint_.taken = parts_.clock.steady_now();
    parts_.metrics.set(gauge::start_timestamp_seconds, seconds_of(started_.time_since_epoch()));
    heartbeat();
    if (found.made) return continue_with(std::move(found));
    stage_.set_alarm(alarm::start, options_.start_wait);
    flusher_.hurry(true);
    flusher_.connect();
}

// ---- from the files

void conductor::continue_with(recovered_run found) {
    if (found.damage) findings_.push_back(*found.damage);
    for (const journal::gap& lost : found.journal.gaps) {
        findings_.push_back(text_of(lost));
        frames_lost_ += lost.last - lost.first + 1;
    }
    for (const journal::lsn number : found.set_aside) {
        findings_.push_back("frame " + std::to_string(number) +
                            " of the journal ended the start twice and was set aside in a file of its own");
    }
    for (const std::string& finding : findings_) log(log_level::error, "journal is damaged", {{"what", finding}});
    outcome_.recovered_sessions = found.made->open_sessions();
    applied_ = std::max(found.journal.last, found.head.applied);
    checkpoint_.journal_bytes = found.journal_bytes;  // a daemon that is killed often needs checkpoints, too
    checkpoint_.bytes = found.checkpoint_bytes;
    checkpoint_.trimmed = found.head.applied;

    log(log_level::info, "recovered from checkpoint and journal",
        {{"sessions", std::to_string(found.made->known_sessions())},
         {"frames", std::to_string(found.journal.frames)},
         {"events", std::to_string(found.events)},
         {"torn_bytes", std::to_string(found.journal.torn_bytes)},
         {"flush", std::to_string(found.head.flush_number)}});
    engine_ = std::move(found.made);
    recovered_ = true;
    acquainted_ = found.head.sessions_stored && found.journal.frames == 0;
    if (acquainted_) side_.allow_sessions({});
    flusher_.resume({.flush_number = found.head.flush_number,
                     .written_before = found.head.written_before,
                     .complete_before = found.head.complete_before,
                     .in_hand = std::move(found.in_hand),
                     .rows = std::move(found.rows)});
    const bool cleared = found.unsure_from && !mutant::breaks("mutable_minutes_are_cleared");
    if (cleared) flusher_.clear_first(*found.unsure_from, minute_of(started_));
    if (options_.write_all_again) write_all_again();
    begin_revisions();  // with the whole rows that they add to
    flusher_.connect();
    record_run();
}

// What comes from here on comes to a daemon that is up since `started_`.
void conductor::record_run() {
    if (mutant::breaks("run_is_recorded")) return run_recorded(journal::append_outcome::durable, applied_);
    log_->append(journal::frame_kind::restart, to_payload(run_record{started_}),
                 [this](journal::append_outcome outcome, journal::lsn number) {
                     stage_.on_engine([this, outcome, number] { run_recorded(outcome, number); });
                 });
}

void conductor::run_recorded(journal::append_outcome outcome, journal::lsn number) {
    if (phase_ != phase::starting) return;
    switch (outcome) {
        case journal::append_outcome::failed:
            return break_down(journal_failure());
        case journal::append_outcome::no_room:
        case journal::append_outcome::overloaded:
            log(log_level::error, "no room for the journal: events are refused until there is");
            begin_checkpoint();
            return stage_.set_alarm(alarm::start, record_wait);
        case journal::append_outcome::durable:
            break;
    }
    applied_ = std::max(applied_, number);
    engine_->begin_run(started_);
    advance(started_);
    open();
}

void conductor::open() {
    phase_ = phase::running;
    advance(parts_.clock.system_now());
    flusher_.hurry(false);
    stage_.set_alarm(alarm::flush, until_next_flush(parts_.clock.system_now(), options_.aggregation_interval));
    stage_.set_alarm(alarm::sessions, options_.session_sync_interval);
    update_express();
    intake_.open(secret_.value);
    update_totals();
    post_health();
    hooks_.started(outcome_);
}

// ---- from the store

void conductor::contacted(const store_position& position) {
    outcome_.store_up = true;
    if (acquainted_ || restoring_) return;
    settle_secret(position);
    if (!engine_) {
        take_over_ = take_over_at(position, parts_.clock.system_now());
        return restore(position);
    }
    if (position.written_before) flusher_.continue_from(*position.written_before);
    list_earlier_sessions();
}

void conductor::contact_failed(const store_failure& trouble) {
    if (phase_ == phase::starting) outcome_.trouble = trouble;
    // Whoever starts from the store is told by start(); here it is running already.
    // A second daemon has to end. One whose password is wrong can go on taking events.
    const bool hopeless = trouble.trouble == store_trouble::not_ours && recovered_ && !outcome_.store_up;
    if (hopeless) {
        break_down({"the store is not ours: " + trouble.what, trouble.hint});
    } else {
        post_health();
    }
    check_drained();
}

void conductor::settle_secret(const store_position& position) {
    const secret_decision decision = decide_secret(position.secret, secret_, engine_ != nullptr);
    rekey_ = decision == secret_decision::override;
    switch (decision) {
        case secret_decision::same:
            return;
        case secret_decision::give:
            return side_.owe_secret(secret_.value.to_hex(), side_writer::secret_time::now);
        case secret_decision::adopt:
            log(log_level::info, "secret of the installation was taken from the store");
            secret_.value = *identity_secret::from_hex(position.secret);
            outcome_.adopted_secret = position.secret;
            return;
        case secret_decision::override:
            log(log_level::warning, "store was kept under another secret, which is replaced by the local one");
            return side_.owe_secret(secret_.value.to_hex(), side_writer::secret_time::after_sessions);
    }
}

// Of what a store that is away holds we know nothing: to be on the safe side, rows of minutes up to this one are only
// added to.
engine_settings conductor::settings() const {
    const bool unknown = overdue_ && !take_over_;
    const std::optional<minute> first_mutable = unknown ? minute_of(started_) + minutes{1} : take_over_;
    return {.limits = options_.limits, .secret = secret_.value, .started = started_, .first_mutable = first_mutable};
}

void conductor::restore(const store_position& position) {
    restoring_ = true;
    log(log_level::info, "no journal here: loading open sessions from the store",
        {{"synced", position.sessions_synced ? to_iso_text(*position.sessions_synced) : "never"},
         {"age_seconds", position.sessions_synced ? seconds_since(*position.sessions_synced, started_) : "-"},
         {"minutes_written_before", position.written_before ? to_sql_text(*position.written_before) : "never"}});
    auto answer = std::make_shared<restored_engine>();
    stage_.on_store(
        [this, answer, with = settings(), rekey = rekey_] { *answer = restore_engine(parts_.store, with, rekey); },
        [this, answer] { restored(std::move(*answer)); });
}

void conductor::restored(restored_engine answer) {
    restoring_ = false;
    if (phase_ != phase::starting || engine_) return;
    if (answer.trouble) {
        outcome_.store_up = false;
        outcome_.trouble = answer.trouble;
        flusher_.lose_contact(*answer.trouble);
        if (overdue_) start_overdue();
        return;
    }
    log(log_level::info, "open sessions were put back from the store", {{"sessions", std::to_string(answer.sessions)}});
    acquainted_ = true;
    outcome_.trouble.reset();
    outcome_.restored_sessions = answer.sessions;
    if (take_over_) flusher_.continue_from(*take_over_);
    side_.allow_sessions(answer.rekeyed);
    begin_with(std::move(answer.made));
}

void conductor::start_overdue() {
    if (phase_ != phase::starting) return;
    if (recovered_) return record_run();
    overdue_ = true;
    if (restoring_ || engine_) return;
    log(log_level::warning, "store did not answer in time, going on without it",
        {{"store", parts_.store.description()}, {"what", outcome_.trouble ? outcome_.trouble->what : "no answer yet"}});
    begin_with(make_engine(settings()));
}

// With a journal nothing is taken before the first checkpoint is in force: a start that finds frames and no
// checkpoint knows that one was lost.
void conductor::begin_with(std::unique_ptr<engine> made) {
    engine_ = std::move(made);
    if (log_ == nullptr) return open();
    begin_checkpoint();
}

void conductor::list_earlier_sessions() {
    if (std::exchange(listing_, true)) return;
    using answer_type = result<std::vector<session_key>, store_failure>;
    auto answer = std::make_shared<answer_type>(store_failure{});
    stage_.on_store([this, answer] { *answer = load_session_keys(parts_.store); },
                    [this, answer] { earlier_sessions_listed(*answer); });
}

// Those that are not open here have closed since, or were opened under an engine that is gone.
void conductor::earlier_sessions_listed(const result<std::vector<session_key>, store_failure>& answer) {
    listing_ = false;
    if (!answer) return side_answered(answer.error());
    acquainted_ = true;
    const std::vector<session_key> strangers = engine_->reconcile(answer.value());
    if (!strangers.empty()) {
        log(log_level::info, "active_sessions holds sessions that are not open, they are removed",
            {{"sessions", std::to_string(strangers.size())}});
    }
    side_.allow_sessions({.open = {}, .gone = strangers});
    side_answered(std::nullopt);
}

// What memory still holds is written again, to whatever database this is.
void conductor::store_is_strange() {
    acquainted_ = false;
    if (engine_) write_all_again();
}

// Minutes that are final are not in memory any more.
void conductor::write_all_again() {
    engine_->hand_out_again();
    flusher_.begin_again(engine_->first_mutable(), minute_of(now_));
    hand_out_rows();
    log(log_level::warning, "all minutes that can still change are written again",
        {{"from", to_sql_text(engine_->first_mutable())}});
}

}  // namespace streamstats::pipeline
