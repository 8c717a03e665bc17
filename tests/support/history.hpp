// Random histories: what some media servers send about some viewers, with every rule of SEMANTICS 1 and 2 provoked —
// missing starts and closes, closes before the opening, two closes, updates with and without bytes, at equal times,
// shrinking or after the close, sessions of no length, borders of minutes hit exactly, opened_at and closed_at present,
// absent or at odds, restarts, silence and speaking again, ages beyond the limit, clocks that are ahead, the same id on
// two servers, one user with many sessions, users behind one address, users without any key.
//
// Which histories do not depend on the order of delivery. The rows are a function of the set of (event, received). Two
// deliveries of a history bring the same set in effect if no event means something else when it is received at another
// time. Each event therefore says when it may be received:
//   - Most events carry `time`, and no instant of theirs is more than 300 s after `earliest`. Received then or at any
//     later time they mean the same: they may be delayed, reordered and repeated at will.
//   - Events without `time`, and events that the clock guard changes, mean what their receipt says (`only_then`). They
//     are delivered at `earliest` exactly; a copy is delivered in the same request, where it has the same receipt.
// All events of one session carry the same dimension values and the same user, so it does not matter which is first.
#pragma once

#include <string>
#include <vector>

#include "support/random_source.hpp"
#include "support/reference.hpp"

namespace streamstats::testing {

struct history_event {
    sent_event event;
    instant earliest{};
    bool only_then = false;
    bool prompt = false;  // comes at `earliest` at first; only copies may be later
};

struct history_shape {
    instant begin{};  // sessions open from here on, none of their instants is earlier
    minutes openings_span{15};
    milliseconds length_max{27 * minute_length};
    instant daemon_started{};  // nothing is received earlier
    milliseconds idle_timeout{};
    milliseconds session_max_age{};
    std::uint64_t sessions_max = 10;
    // The servers are well-behaved: every event has the same opened_at, updates are prompt, grow and precede the one
    // close, no clock is wrong, nothing restarts.
    bool orderly = false;
};

// In no particular order. No instant of an event is later than begin + openings_span + length_max + 5 minutes, except
// those that the clock guard replaces; `earliest` is not later than that either, or than daemon_started.
std::vector<history_event> make_history(random_source& random, const history_shape& shape);

// "play_closed a/7 time 12:03:00.000 …": everything that bears on the rows.
std::string to_text(const sent_event& event);
// "12:03:00.250"
std::string time_of_day(instant t);

}  // namespace streamstats::testing
