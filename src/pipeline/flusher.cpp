#include "pipeline/flusher.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "streamstats/base/mutant.hpp"
#include "streamstats/telemetry/log.hpp"

namespace streamstats::pipeline {
namespace {

using telemetry::counter;
using telemetry::gauge;
using telemetry::log;
using telemetry::log_level;

constexpr milliseconds hurried_wait_max{250};
constexpr milliseconds journal_wait{1'000};

bool is_revision(const minute_row& row) {
    return row.kind == row_kind::revision;
}

const char* sentence_of(store_trouble trouble) {
    switch (trouble) {
        case store_trouble::away:
            return "store is away";
        case store_trouble::busy:
            return "store is busy";
        case store_trouble::read_only:
            return "store is read-only";
        case store_trouble::too_large:
            return "store finds a flush too large";
        case store_trouble::refused:
            return "store refuses to work";
        case store_trouble::not_ours:
            return "store is somebody else's";
    }
    std::abort();
}

flush_record record_of(const flush& what) {
    flush_record record{what.number, what.written_before, what.cleared, {}};
    std::ranges::copy_if(what.rows, std::back_inserter(record.revisions), is_revision);
    return record;
}

std::uint32_t seed_from(const clock_source& clock) {
    return static_cast<std::uint32_t>(clock.system_now().time_since_epoch().count());
}

}  // namespace

flusher::flusher(const pipeline_options& options, const pipeline_parts& parts, stage& stage, flusher_listener listener)
    : store_(parts.store),
      metrics_(parts.metrics),
      clock_(parts.clock),
      stage_(stage),
      listener_(std::move(listener)),
      policy_(options.rows_per_flush_max, retry_limits{}, seed_from(parts.clock)),
      away_since_(parts.clock.system_now()) {}

void flusher::connect() {
    contact();
}

void flusher::retry() {
    if (link_ == link_state::contacting || (in_hand_ && in_hand_->under_way)) return;
    if (on_retry_ == flush_action::contact) {
        if (link_ == link_state::waiting) contact();
    } else if (in_hand_) {
        write_in_hand();
    }
}

void flusher::note_failure(const store_failure& trouble) {
    const bool lost = trouble.trouble == store_trouble::away || trouble.trouble == store_trouble::read_only;
    // A flush that is under way will tell on its own.
    if (lost && up() && !(in_hand_ && in_hand_->under_way)) lose_contact(trouble);
}

void flusher::lose_contact(const store_failure& trouble) {
    note_trouble(trouble);
    carry_out(policy_.contact_failed(trouble.trouble));
    update_gauges();
}

void flusher::hurry(bool on) {
    hurry_ = on;
    if (on) stage_.set_alarm(alarm::retry, milliseconds{0});
}

void flusher::contact() {
    link_ = link_state::contacting;
    auto answer = std::make_shared<result<store_position, store_failure>>(store_failure{});
    stage_.on_store(
        [this, answer] {
            if (auto trouble = store_.prepare()) {
                *answer = *std::move(trouble);
            } else {
                *answer = store_.position();
            }
        },
        [this, answer] { contact_answered(*answer); });
}

void flusher::contact_answered(const result<store_position, store_failure>& answer) {
    has_answered_ = true;
    if (!answer) {
        link_ = link_state::waiting;
        note_trouble(answer.error());
        carry_out(policy_.contact_failed(answer.error().trouble));
        listener_.contact_failed(answer.error());
        return;
    }
    link_ = link_state::up;
    if (!in_hand_) trouble_.reset();
    log(log_level::info, "store is ready",
        {{"store", store_.description()}, {"flush", std::to_string(answer.value().flush_number)}});
    listener_.contacted(answer.value());
    const flush_decision decision = policy_.contacted(answer.value().flush_number);
    if (decision.strange_number) {
        log(log_level::error, "store holds another flush number than was written to it",
            {{"flush", std::to_string(answer.value().flush_number)},
             {"hint", "was the database restored or emptied, or does another daemon write to it?"}});
        listener_.strange();
    }
    carry_out(decision);
    update_gauges();
    listener_.progressed();
}

void flusher::carry_out(const flush_decision& decision) {
    switch (decision.action) {
        case flush_action::proceed:
            if (in_hand_) finish_in_hand();
            pump();
            return;
        case flush_action::rebuild:
            put_back_in_hand();
            pump();
            return;
        case flush_action::write_same:
            on_retry_ = flush_action::write_same;
            if (decision.wait > milliseconds{0}) return wait_for_retry(decision.wait);
            return write_in_hand();
        case flush_action::contact:
            if (up()) away_since_ = clock_.system_now();
            link_ = link_state::waiting;
            on_retry_ = flush_action::contact;
            return wait_for_retry(decision.wait);
    }
}

void flusher::wait_for_retry(milliseconds wait) {
    stage_.set_alarm(alarm::retry, hurry_ ? std::min(wait, hurried_wait_max) : wait);
}

void flusher::add(std::vector<minute_row> rows, minute complete_before) {
    const bool nothing_waited = idle();
    rows_.add(std::move(rows));
    complete_before_ = std::max(complete_before_, complete_before);
    if (nothing_waited) {
        rows_ready_ = clock_.steady_now();
        rows_waiting_since_ = idle() ? std::nullopt : std::optional(clock_.system_now());
    }
    update_gauges();
}

void flusher::clear_first(minute first, minute last) {
    for (minute at = first; at <= last; at += minutes{1}) rows_.clear_first(at);
}

void flusher::begin_again(minute first, minute last) {
    rows_.forget_from(first);
    clear_first(first, last);
}

void flusher::resume(flusher_memory memory) {
    rows_ = std::move(memory.rows);
    written_before_ = memory.written_before;
    complete_before_ = memory.complete_before;
    last_recorded_ = memory.in_hand ? memory.in_hand->number : 0;
    if (memory.in_hand && !(memory.in_hand->cleared.empty() && memory.in_hand->revisions.empty())) {
        in_hand_ = std::make_shared<flush_in_hand>();
        in_hand_->what.number = memory.in_hand->number;
        in_hand_->what.written_before = std::max(written_before_, memory.in_hand->written_before);
        in_hand_->what.cleared = std::move(memory.in_hand->cleared);
        in_hand_->what.rows = std::move(memory.in_hand->revisions);
        in_hand_->recorded = true;
    }
    policy_.resume(memory.flush_number, in_hand_ ? std::optional(in_hand_->what.number) : std::nullopt);
    update_gauges();
}

flusher_memory flusher::memory(minute rows_before) const {
    flusher_memory kept{.flush_number = policy_.stored(),
                        .written_before = written_before_,
                        .complete_before = complete_before_,
                        .in_hand = {},
                        .rows = {}};
    std::vector<minute_row> whole;
    if (in_hand_) {
        std::ranges::copy_if(in_hand_->what.rows, std::back_inserter(whole), [rows_before](const minute_row& row) {
            return !is_revision(row) && row.at < rows_before;
        });
        if (must_be_recorded(in_hand_->what)) kept.in_hand = record_of(in_hand_->what);
    }
    kept.rows.add(std::move(whole));
    std::vector<minute_row> waiting;
    rows_.for_each([&](minute_row row) {
        if (row.at < rows_before) waiting.push_back(std::move(row));
    });
    kept.rows.add(std::move(waiting));
    for (const minute at : rows_.cleared()) kept.rows.clear_first(at);
    return kept;
}

void flusher::pump() {
    // A minute that is only cleared would be missing until its rows come: they go together, except at the end.
    if (!up() || in_hand_ || rows_.empty() || (rows_.size() == 0 && !hurry_)) return;
    in_hand_ = std::make_shared<flush_in_hand>();
    auto [rows, cleared] = rows_.take(policy_.rows_max());
    in_hand_->what.rows = std::move(rows);
    in_hand_->what.cleared = std::move(cleared);
    in_hand_->what.number = policy_.begin();
    in_hand_->what.written_before = written_before_now();
    in_hand_->recorded = !must_be_recorded(in_hand_->what);
    write_in_hand();
}

// A number that was recorded already stands for what was recorded last.
bool flusher::must_be_recorded(const flush& what) const {
    if (log_ == nullptr || mutant::breaks("corrections_are_recorded")) return false;
    return what.number <= last_recorded_ || !what.cleared.empty() || std::ranges::any_of(what.rows, is_revision);
}

void flusher::put_back_in_hand() {
    const auto refused = std::exchange(in_hand_, nullptr);
    if (mutant::breaks("refused_rows_wait_again")) return;
    rows_.put_back({.rows = std::move(refused->what.rows), .cleared = std::move(refused->what.cleared)});
}

// Rows wait oldest first, so a new minute is complete in the store once no row of it waits; what still waits of minutes
// that were complete before is a correction.
minute flusher::written_before_now() const {
    const minute reached = std::min(complete_before_, rows_.first_from(written_before_).value_or(minute::max()));
    return std::max(written_before_, reached);
}

// Corrections are added to what is stored, so it has to be known later that they were on their way.
void flusher::record_in_hand() {
    in_hand_->under_way = true;
    log_->append(journal::frame_kind::flush, to_payload(record_of(in_hand_->what)),
                 [this](journal::append_outcome outcome, journal::lsn number) {
                     stage_.on_engine([this, outcome, number] { recorded(outcome, number); });
                 });
}

void flusher::recorded(journal::append_outcome outcome, journal::lsn number) {
    in_hand_->under_way = false;
    if (outcome == journal::append_outcome::durable) {
        in_hand_->recorded = true;
        last_recorded_ = in_hand_->what.number;
        listener_.recorded(number);
        return write_in_hand();
    }
    on_retry_ = flush_action::write_same;
    wait_for_retry(journal_wait);
}

void flusher::write_in_hand() {
    if (!in_hand_->recorded) return record_in_hand();
    in_hand_->under_way = true;
    auto trouble = std::make_shared<std::optional<store_failure>>();
    stage_.on_store([this, trouble, sent = in_hand_] { *trouble = store_.write(sent->what); },
                    [this, trouble] { write_answered(*trouble); });
}

void flusher::write_answered(const std::optional<store_failure>& trouble) {
    in_hand_->under_way = false;
    if (trouble) {
        metrics_.add(counter::flushes_failed);
        note_trouble(*trouble);
        carry_out(policy_.write_failed(trouble->trouble));
    } else {
        carry_out(policy_.written());
    }
    update_gauges();
    listener_.progressed();
}

void flusher::finish_in_hand() {
    const auto stored = std::exchange(in_hand_, nullptr);
    trouble_.reset();
    written_before_ = std::max(written_before_, stored->what.written_before);
    last_flush_ = clock_.system_now();
    rows_waiting_since_ = idle() ? std::nullopt : last_flush_;
    count_stored(stored->what);
}

void flusher::count_stored(const flush& stored) {
    const auto revisions = std::ranges::count_if(stored.rows, is_revision);
    metrics_.add(counter::flushes_stored);
    metrics_.add(counter::revision_rows_written, static_cast<std::uint64_t>(revisions));
    metrics_.add(counter::rows_written, stored.rows.size() - static_cast<std::uint64_t>(revisions));
    const auto now = clock_.steady_now();
    const auto took = std::chrono::duration_cast<milliseconds>(now - std::exchange(rows_ready_, now));
    metrics_.set(gauge::flush_duration_seconds, seconds_of(took));
    metrics_.set(gauge::last_flush_timestamp_seconds, seconds_of(last_flush_->time_since_epoch()));
}

void flusher::note_trouble(const store_failure& trouble) {
    if (!trouble_ || trouble_->trouble != trouble.trouble) {
        log(log_level::warning, sentence_of(trouble.trouble),
            {{"store", store_.description()}, {"what", trouble.what}, {"hint", trouble.hint}});
    }
    trouble_ = trouble;
}

std::uint64_t flusher::pending() const {
    return rows_.size() + (in_hand_ ? in_hand_->what.rows.size() : 0);
}

void flusher::update_gauges() {
    metrics_.set(gauge::pending_rows, static_cast<double>(pending()));
    metrics_.set(gauge::store_up, up() ? 1 : 0);
}

flusher_status flusher::status() const {
    return {.up = up(),
            .away_since = away_since_,
            .trouble = trouble_,
            .last_flush = last_flush_,
            .rows_waiting_since = rows_waiting_since_,
            .pending_rows = pending()};
}

}  // namespace streamstats::pipeline
