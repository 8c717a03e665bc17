#include "replay.hpp"

#include <array>

#include "asked.hpp"
#include "laws.hpp"

namespace streamstats::testing {
namespace {

identity_secret some_secret() {
    std::array<std::uint8_t, identity_secret::bytes> random{};
    for (std::size_t i = 0; i < random.size(); ++i) random[i] = static_cast<std::uint8_t>(i * 37 + 11);
    return identity_secret{random};
}

rows from(minute m, rows all) {
    std::erase_if(all, [m](const auto& row) { return std::get<minute>(row.first) < m; });
    return all;
}

}  // namespace

replay::replay(const scenario& s)
    : scenario_(s), engine_(s.limits, some_secret(), s.started), expected_(s.limits, s.started), now_(s.started) {}

void replay::run() {
    for (const step& next : scenario_.steps) {
        now_ = next.at;
        engine_.advance(now_);
        expected_.advance(now_);
        take(next);
    }
    check_end();
}

void replay::take(const step& next) {
    switch (next.kind) {
        case step_kind::tick:
            return;
        case step_kind::request:
            return receive(next);
        case step_kind::flush:
            table_.apply(engine_.take_changed(scenario_.growing));
            return check_flush();
        case step_kind::revise:
            table_.apply(engine_.take_changed(scenario_.growing));
            table_.apply(revisions_of(engine_));
            return check_everything();
    }
}

void replay::receive(const step& next) {
    for (const std::size_t place : next.events) {
        const receipt r{scenario_.history[place].event, next.at};
        check_verdict(engine_.apply(view_of(r.event), r.received), r, place);
        expected_.receive(r);
    }
}

void replay::check_verdict(verdict got, const receipt& r, std::size_t place) {
    const bool copy = !received_.insert(place).second;
    const bool too_new = copy && got != verdict::duplicate;
    const bool too_old = got == verdict::duplicate && !expected_.has_like_of(r);
    if (!too_new && !too_old) return;
    if (expected_.anything_final()) return;  // of final minutes not every event is remembered
    note((too_new ? "a copy is no duplicate: " : "is new, no duplicate: ") + to_text(r.event) + "\n");
}

void replay::check_flush() {
    // The reference takes its time: what a flush got wrong is usually still wrong in the next but one.
    if (++flushes_ % 3 != 0) return;
    check_finality();
    const minute first = expected_.first_mutable();
    note(difference(from(first, expected_table()), from(first, comparable_table())));
}

void replay::check_finality() {
    note(table_.complaint());
    if (engine_.first_mutable() == expected_.first_mutable()) return;
    note("first mutable minute: expected " + to_sql_text(expected_.first_mutable()) + ", actual " +
         to_sql_text(engine_.first_mutable()) + "\n");
}

void replay::check_everything() {
    check_finality();
    const rows actual = comparable_table();
    note(difference(expected_table(), actual));
    note(unbalanced_books(table_.content()));
    note(broken_recurrence(actual, expected_.sessions(), now_));
    if (!expected_.anything_final()) note(broken_ceilings(actual, expected_.sessions()));
}

void replay::check_end() {
    if (!scenario_.late_samples) note(lost_bytes(table_.content(), expected_.sessions()));
    const auto open = static_cast<std::int64_t>(engine_.totals().open_sessions);
    if (left_open(table_.content()) != open) {
        note("open in the tables " + std::to_string(left_open(table_.content())) + ", in the engine " +
             std::to_string(open) + "\n");
    }
}

void replay::deliver_again() {
    if (!problem_.empty()) return;
    for (const step& next : scenario_.steps) {
        for (const std::size_t place : next.events) {
            const history_event& again = scenario_.history[place];
            const instant received = again.only_then ? next.at : now_;
            const verdict got = engine_.apply(view_of(again.event), received);
            if (got == verdict::duplicate || expected_.anything_final()) continue;
            note("delivered again at the end, no duplicate: " + to_text(again.event) + "\n");
        }
    }
    if (!engine_.take_changed(scenario_.growing).empty()) note("rows changed when everything was delivered again\n");
    if (!revisions_of(engine_).empty()) note("revisions when everything was delivered again\n");
}

rows replay::expected_table() const {
    return compared(expected_.tables(scenario_.growing));
}

rows replay::comparable_table() const {
    return compared(table_.content());
}

rows replay::compared(rows all) const {
    if (scenario_.late_samples && expected_.anything_final()) {
        for (auto& [key, numbers] : all) numbers.total_bytes = 0;
    }
    std::erase_if(all, [](const auto& row) {
        return std::get<dimension>(row.first) != dimension::global && row.second.all_zero();
    });
    return expected_.comparable(std::move(all));
}

void replay::note(const std::string& trouble) {
    if (problem_.empty() && !trouble.empty()) problem_ = "at " + time_of_day(now_) + ": " + trouble;
}

std::string problem_of(const scenario& s) {
    if (s.steps.empty()) return "";
    replay run{s};
    run.run();
    return run.problem();
}

}  // namespace streamstats::testing
