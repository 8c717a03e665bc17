// What the passing of time does: inferred closes, minutes that become final, sessions that are forgotten.
#include <algorithm>
#include <utility>

#include "engine/engine_state.hpp"

namespace streamstats {
namespace {

constexpr std::size_t everything = static_cast<std::size_t>(-1);

}  // namespace

// From one instant at which minutes become final to the next, so that after a long sleep everything happens in the
// order in which it would have happened.
void engine::state::advance(instant now) {
    const minute_number before = number_of(clock);
    const auto slept = static_cast<std::size_t>(std::max(now - clock, milliseconds{0}).count());
    for (instant next = next_settling(); next <= now; next = next_settling()) {
        clock = std::max(clock, next);
        look_at_due();
        books.make_final_before(first_mutable_at(clock));
    }
    clock = std::max(clock, now);
    const auto rest = seconds{1 + static_cast<std::int64_t>(table.size() / sessions_per_second_of_rest)};
    if (clock - restarts_closed_at >= rest) close_restarted();
    look_at_deadlines();
    tidy(std::min(tidied_at_once + std::min(slept, tidied_at_once_max) * tidied_per_ms, tidied_at_once_max));
    if (number_of(clock) / 60 != before / 60) forget_old_restarts();
}

// When the first mutable minute becomes final.
instant engine::state::next_settling() const {
    const instant end = end_of(books.first_mutable());
    const instant grown_up = std::max(end, started) + limits.late_window;
    return std::min(end + catch_up_window, grown_up) + milliseconds{1};
}

// The first minute M that is not final: M is final when end(M) + window < now.
minute_number engine::state::first_mutable_at(instant now) const {
    const seconds window = now - started > limits.late_window ? limits.late_window : catch_up_window;
    const instant latest_end = now - window;
    if (latest_end < instant{} + minute_length) return 0;
    return static_cast<minute_number>(
        std::chrono::ceil<minutes>(latest_end - minute_length).time_since_epoch().count());
}

void engine::state::look_at_due() {
    close_restarted();
    look_at_deadlines();
}

void engine::state::look_at_deadlines() {
    looks.run(number_of(clock) + 1, everything, table, [this](session_ref ref) { sift(ref); });
    while (!deadlines.empty() && deadlines.top().first <= clock) {
        const auto [deadline, ref] = deadlines.top();
        deadlines.pop();
        const session& s = table.at(ref);
        if (s.alive && !s.expiring && s.due == next_number(deadline)) look(ref);
    }
}

// What changes nothing but the memory that is used, and what makes look_at_deadlines quicker. False: nothing is left.
bool engine::state::tidy(std::size_t at_most) {
    const bool more_to_forget = expiries.run(number_of(clock), at_most, table, [this](session_ref ref) {
        if (!table.at(ref).expiring) return;
        save_for_picture(ref);
        forget(ref);
    });
    const minute_number soon = number_of(clock) + deadline_minutes;
    return looks.run(soon, at_most, table, [this](session_ref ref) { sift(ref); }) || more_to_forget;
}

// The deadline may have moved away since this was planned.
void engine::state::sift(session_ref ref) {
    session& s = table.at(ref);
    if (s.expiring) return;
    if (s.due <= number_of(clock) + 1) return look(ref);  // it may be past: the clock may have slept
    s.due = 0;
    plan(ref, std::nullopt);
}

// When this happens depends on how the clock is moved; what comes of it must not: what a look plans follows from the
// session alone.
void engine::state::look(session_ref ref) {
    save_for_picture(ref);
    session& s = table.at(ref);
    s.due = 0;
    describe(s, before_);
    const ending was{s.ending, s.closed()};
    const ending now = infer(s, s.ending == close_kind::restart ? s.closed() : still_open);
    const minute_number since = now.deadline == still_open ? 0 : next_number(now.deadline);
    if (now.kind != was.kind || now.at != was.at) return rebook(ref, &before_, since);
    plan(ref, since);
}

// A real close comes with an event: it was planned then, and stays so.
minute_number engine::state::remembered_until(const session& s) const {
    return is_real(s.ending) ? 0 : number_of(std::max(s.opened(), s.closed())) + retention(s.ending);
}

// The next instant at which this session may be inferred to have closed otherwise than it has now.
instant engine::state::next_deadline(const session& s) const {
    if (is_real(s.ending)) return still_open;
    instant next = still_open;
    const instant before = s.ending == close_kind::restart ? s.closed() : s.open() ? still_open : instant{};
    const auto consider = [&](instant deadline) {
        if (deadline > clock && deadline < before) next = std::min(next, deadline);
    };
    consider(s.opened() + limits.session_max_age);
    if (const sample_history* history = history_of(s)) {
        consider(std::max(s.opened(), history->newest_update()) + limits.idle_timeout);
    }
    return next;
}

void engine::state::plan(session_ref ref, std::optional<minute_number> since) {
    session& s = table.at(ref);
    const minute_number now = number_of(clock);
    const instant deadline = next_deadline(s);
    if (deadline == still_open && !s.open()) {
        if (!since) return;
        const minute_number end = std::max(*since + retention_usual, remembered_until(s));
        if (!s.expiring || s.due != end) expiries.add(s, ref, end);
        s.expiring = true;
        return;
    }
    // An open one without a deadline ahead is past it: it came from an earlier run.
    const minute_number latest = now + look_again_minutes;
    const instant wanted = deadline == still_open ? clock + milliseconds{1} : std::min(deadline, start_of(latest));
    const minute_number at = next_number(wanted);
    const bool soon = at <= now + deadline_minutes;
    // An earlier look does no harm: it plans again. In the same minute, however, it may have been planned for later.
    if (!s.expiring && s.due != 0 && (s.due < at || (s.due == at && !soon))) return;
    s.expiring = false;
    if (!soon) return looks.add(s, ref, at);
    s.due = at;
    deadlines.emplace(wanted, ref);
}

void engine::state::forget_old_restarts() {
    const instant hour = std::chrono::floor<std::chrono::hours>(clock);
    const instant oldest = hour - limits.session_max_age - minutes{retention_usual};
    for (auto it = restarts.begin(); it != restarts.end();) {
        std::erase_if(it->second, [oldest](instant t) { return t < oldest; });
        it = it->second.empty() ? restarts.erase(it) : std::next(it);
    }
}

// Closed sessions are remembered for as long as a repeated event of theirs must stay without effect, and at least until
// every minute that they overlap is final, also by the wider window of the first hour (SEMANTICS 4). One that was
// closed for age or silence may well be there still: its real close is waited for a day.
minute_number engine::state::retention_of(close_kind reason) const {
    constexpr seconds waited_for_close = std::chrono::hours{24};
    seconds kept = std::max({limits.late_window, limits.dedup_window, catch_up_window}) + 2 * clock_tolerance;
    if (reason == close_kind::age || reason == close_kind::idle) kept = std::max(kept, waited_for_close);
    return static_cast<minute_number>(std::chrono::ceil<minutes>(kept).count());
}

}  // namespace streamstats
