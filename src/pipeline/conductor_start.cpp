// The beginning: what becomes of what an earlier run left in the store, whether it answers in time, late or never.
#include <utility>

#include "pipeline/conductor.hpp"
#include "pipeline/flush_schedule.hpp"
#include "streamstats/telemetry/log.hpp"

namespace streamstats::pipeline {

using telemetry::log;
using telemetry::log_level;

void conductor::contacted(const store_position& position) {
    if (acquainted_ || restoring_) return;
    const bool first_time = !take_over_;
    if (first_time) take_over_ = take_over_at(position, parts_.clock.system_now());
    settle_secret(position);
    if (phase_ == phase::starting) return restore(position);
    if (take_over_) flusher_.continue_from(*take_over_);
    if (take_over_ && first_time) flusher_.keep_earlier_rows(*take_over_);
    list_earlier_sessions();
}

void conductor::contact_failed(const store_failure& trouble) {
    if (phase_ == phase::starting) outcome_.trouble = trouble;
    post_health();
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

engine_settings conductor::settings() const {
    return {.limits = options_.limits, .secret = secret_.value, .started = started_, .first_mutable = take_over_};
}

void conductor::restore(const store_position& position) {
    restoring_ = true;
    log(log_level::info, "loading open sessions",
        {{"written_before", position.written_before ? to_sql_text(*position.written_before) : "never"}});
    auto answer = std::make_shared<restored_engine>();
    stage_.on_store(
        [this, answer, with = settings(), rekey = rekey_] { *answer = restore_engine(parts_.store, with, rekey); },
        [this, answer] { restored(std::move(*answer)); });
}

void conductor::restored(restored_engine answer) {
    restoring_ = false;
    if (phase_ != phase::starting) return;
    if (answer.trouble) {
        outcome_.trouble = answer.trouble;
        flusher_.lose_contact(*answer.trouble);
        if (overdue_) start_overdue();
        return;
    }
    log(log_level::info, "open sessions were put back", {{"sessions", std::to_string(answer.sessions)}});
    acquainted_ = true;
    outcome_.store_up = true;
    outcome_.trouble.reset();
    outcome_.restored_sessions = answer.sessions;
    if (take_over_) flusher_.continue_from(*take_over_);
    side_.allow_sessions(std::move(answer.rekeyed));
    run(std::move(answer.made));
}

void conductor::start_overdue() {
    overdue_ = true;
    if (phase_ != phase::starting || restoring_) return;
    log(log_level::warning, "store did not answer in time, going on without it",
        {{"store", parts_.store.description()}, {"what", outcome_.trouble ? outcome_.trouble->what : "no answer yet"}});
    run(make_engine(settings()));
}

void conductor::run(std::unique_ptr<engine> made) {
    engine_ = std::move(made);
    advance(parts_.clock.system_now());
    phase_ = phase::running;
    flusher_.hurry(false);
    stage_.set_alarm(alarm::flush, until_next_flush(parts_.clock.system_now(), options_.aggregation_interval));
    stage_.set_alarm(alarm::sessions, options_.session_sync_interval);
    intake_.set(intake_state::open);
    update_totals();
    post_health();
    hooks_.started(outcome_);
}

void conductor::list_earlier_sessions() {
    if (std::exchange(listing_, true)) return;
    using answer_type = result<std::vector<session_key>, store_failure>;
    auto answer = std::make_shared<answer_type>(store_failure{});
    stage_.on_store([this, answer] { *answer = load_session_keys(parts_.store); },
                    [this, answer] { earlier_sessions_listed(*answer); });
}

// They were opened under an engine that is gone; ours are written over them.
void conductor::earlier_sessions_listed(const result<std::vector<session_key>, store_failure>& answer) {
    listing_ = false;
    if (!answer) return side_answered(answer.error());
    acquainted_ = true;
    if (!answer.value().empty()) {
        log(log_level::warning, "open sessions of an earlier run could not be put back and are replaced",
            {{"sessions", std::to_string(answer.value().size())}});
    }
    side_.allow_sessions({.open = {}, .gone = answer.value()});
    side_answered(std::nullopt);
}

}  // namespace streamstats::pipeline
