// What the world is told: numbers of the moment, metrics, health.
#include <algorithm>
#include <string>
#include <utility>

#include "pipeline/conductor.hpp"
#include "streamstats/base/mutant.hpp"
#include "streamstats/telemetry/log.hpp"

namespace streamstats::pipeline {
namespace {

using telemetry::counter;
using telemetry::gauge;
using telemetry::log;
using telemetry::log_level;

constexpr milliseconds heartbeat_interval{1'000};
// So that a piece of what is asked takes less than a millisecond.
constexpr std::size_t values_at_once = 5'000;
constexpr std::size_t search_work_at_once = 32'768;

// The clock does not run ahead of a batch that is still to be applied.
instant not_beyond(const journal_line& in_journal, instant now) {
    return std::min(now, in_journal.oldest().value_or(now));
}

}  // namespace

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
    update_express();
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
    facts.sessions_full = sessions_full();
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
