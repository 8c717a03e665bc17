// What the passing of time does: inferred closes, minutes that become final, sessions that are forgotten.
#include <algorithm>
#include <utility>

#include "engine/engine_state.hpp"

namespace streamstats {

// From one instant at which minutes become final to the next, so that after a long sleep everything happens in the
// order in which it would have happened.
void engine::state::advance(instant now) {
    const minute_number before = number_of(clock);
    for (instant next = next_settling(); next <= now; next = next_settling()) {
        clock = std::max(clock, next);
        look_at_due();
        books.make_final_before(first_mutable_at(clock));
    }
    clock = std::max(clock, now);
    const auto rest = seconds{1 + static_cast<std::int64_t>(table.size() / sessions_per_second_of_rest)};
    if (clock - restarts_closed_at >= rest) close_restarted();
    if (number_of(clock) == before) return;
    close_restarted();
    due.run(number_of(clock), table, [this](session_ref ref) { look(ref); });
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

// Also at what is due within the current minute: rows are exact to the millisecond.
void engine::state::look_at_due() {
    close_restarted();
    due.run(next_number(clock), table, [this](session_ref ref) { look(ref); });
}

// When this happens depends on how the clock is moved; what comes of it must not: what a look plans follows from the
// session alone.
void engine::state::look(session_ref ref) {
    save_for_picture(ref);
    session& s = table.at(ref);
    const minute_number planned = std::exchange(s.due, 0);
    if (!is_real(s.ending)) {
        describe(s, before_);
        const ending was{s.ending, s.closed()};
        const ending now = infer(s, s.ending == close_kind::restart ? s.closed() : still_open);
        if (now.kind != was.kind || now.at != was.at) return rebook(ref, &before_, next_number(now.deadline));
    }
    if (s.open() || next_deadline(s) != still_open) return plan(ref, std::nullopt);
    const minute_number end = std::max(planned, remembered_until(s));
    if (end <= number_of(clock)) return forget(ref);
    due.add(s, ref, end);
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
        if (since) due.add(s, ref, std::max(*since + retention(close_kind::none), remembered_until(s)));
        return;
    }
    // An open one without a deadline ahead is past it: it came from an earlier run.
    const minute_number latest = now + look_again_minutes;
    const minute_number wanted = deadline == still_open ? now + 1 : std::min(next_number(deadline), latest);
    // An earlier look does no harm: it plans again. An expiry, however, must not come early.
    if (s.due == 0 || wanted < s.due || s.due > latest) due.add(s, ref, wanted);
}

void engine::state::forget_old_restarts() {
    const instant hour = std::chrono::floor<std::chrono::hours>(clock);
    const instant oldest = hour - limits.session_max_age - minutes{retention(close_kind::none)};
    for (auto it = restarts.begin(); it != restarts.end();) {
        std::erase_if(it->second, [oldest](instant t) { return t < oldest; });
        it = it->second.empty() ? restarts.erase(it) : std::next(it);
    }
}

// Closed sessions are remembered for as long as a repeated event of theirs must stay without effect, and at least until
// every minute that they overlap is final, also by the wider window of the first hour (SEMANTICS 4). One that was
// closed for age or silence may well be there still: its real close is waited for a day.
minute_number engine::state::retention(close_kind reason) const {
    constexpr seconds waited_for_close = std::chrono::hours{24};
    seconds kept = std::max({limits.late_window, limits.dedup_window, catch_up_window}) + 2 * clock_tolerance;
    if (reason == close_kind::age || reason == close_kind::idle) kept = std::max(kept, waited_for_close);
    return static_cast<minute_number>(std::chrono::ceil<minutes>(kept).count());
}

}  // namespace streamstats
