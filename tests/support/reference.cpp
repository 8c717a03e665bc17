#include "support/reference.hpp"

#include <algorithm>
#include <set>

namespace streamstats::testing {
namespace {

using namespace std::chrono_literals;
__extension__ using wide = __int128;

// A rank and an instant; the smaller rank wins, then the smaller instant.
using ranked = std::pair<int, instant>;
using session_id = std::pair<std::string, std::string>;
using session_events = std::vector<const receipt*>;

instant guarded(instant claimed, instant received) {
    return claimed > received + 300s ? received : claimed;
}

// --- the interval of one session -----------------------------------------------------------------------------------

instant opened_of(const session_events& events) {
    std::set<ranked> candidates;
    for (const receipt* r : events) {
        if (r->event.opened_at) candidates.emplace(0, guarded(*r->event.opened_at, r->received));
        candidates.emplace(r->event.kind == event_kind::play_started ? 1 : 2, time_of(*r));
    }
    return candidates.begin()->second;
}

ranked close_rank(const receipt& r) {
    if (r.event.closed_at) return {0, guarded(*r.event.closed_at, r.received)};
    return {1, time_of(r)};
}

struct real_close {
    instant at{};
    std::optional<std::uint64_t> bytes;
};

std::optional<real_close> real_close_of(const session_events& events) {
    std::map<ranked, std::optional<std::uint64_t>> closes;  // with the largest byte count that was sent with each
    for (const receipt* r : events) {
        if (r->event.kind != event_kind::play_closed) continue;
        std::optional<std::uint64_t>& bytes = closes[close_rank(*r)];
        bytes = std::max(bytes, bytes_of(r->event));  // absent is the smallest
    }
    if (closes.empty()) return std::nullopt;
    return real_close{closes.begin()->first.second, closes.begin()->second};
}

struct inferred_close {
    instant deadline{};
    close_cause cause{};  // in the order of the enumeration when deadlines are equal
    instant at{};

    friend bool operator<(const inferred_close& a, const inferred_close& b) {
        return std::pair{a.deadline, a.cause} < std::pair{b.deadline, b.cause};
    }
};

std::optional<inferred_close> inferred_close_of(const session_events& events, instant opened,
                                                const std::set<instant>& restarts, const engine_limits& limits,
                                                instant now) {
    std::set<inferred_close> fired;

    const auto restart = restarts.upper_bound(opened);
    if (restart != restarts.end()) fired.insert({*restart, close_cause::restart, *restart});

    const instant oldest = opened + limits.session_max_age;
    if (now >= oldest) fired.insert({oldest, close_cause::age, oldest});

    std::set<instant> updates;
    for (const receipt* r : events) {
        if (r->event.kind == event_kind::play_updated) updates.insert(update_time_of(*r));
    }
    if (!updates.empty()) {
        const instant last_word = std::max(opened, *updates.rbegin());
        if (now >= last_word + limits.idle_timeout) {
            fired.insert({last_word + limits.idle_timeout, close_cause::idle, last_word});
        }
    }

    if (fired.empty()) return std::nullopt;
    return *fired.begin();
}

// --- the bytes of one session --------------------------------------------------------------------------------------

std::vector<byte_sample> samples_of(const session_events& events, const session_facts& session,
                                    const std::optional<real_close>& close) {
    std::set<std::pair<instant, std::uint64_t>> updates;
    for (const receipt* r : events) {
        if (r->event.kind != event_kind::play_updated || !bytes_of(r->event)) continue;
        const instant at = update_time_of(*r);
        if (!session.closed || at <= *session.closed) updates.emplace(at, *bytes_of(r->event));
    }

    std::vector<byte_sample> kept{{session.opened, 0}};
    for (const auto& [at, bytes] : updates) {
        if (at > kept.back().at && bytes >= kept.back().bytes) kept.push_back({at, bytes});
    }
    if (close && close->bytes && *close->bytes >= kept.back().bytes) kept.push_back({*session.closed, *close->bytes});
    return kept;
}

// Bytes that had flowed by `t`, between two samples with an interval between them.
std::int64_t bytes_up_to(instant t, const byte_sample& from, const byte_sample& to) {
    t = std::clamp(t, from.at, to.at);
    const wide more = wide{to.bytes} - wide{from.bytes};
    const wide part = more * wide{(t - from.at).count()} / wide{(to.at - from.at).count()};
    return static_cast<std::int64_t>(wide{from.bytes} + part);
}

std::int64_t bytes_in_minute(const session_facts& session, minute m) {
    std::int64_t sum = 0;
    for (std::size_t i = 1; i < session.samples.size(); ++i) {
        const byte_sample& from = session.samples[i - 1];
        const byte_sample& to = session.samples[i];
        if (from.at < to.at) {
            sum += bytes_up_to(end_of(m), from, to) - bytes_up_to(start_of(m), from, to);
        } else if (minute_of(to.at) == m) {
            sum += static_cast<std::int64_t>(to.bytes - from.bytes);
        }
    }
    return sum;
}

// --- one session ---------------------------------------------------------------------------------------------------

user_key user_of(const sent_event& e) {
    if (!e.user_id.empty()) return {'u', e.user_id, ""};
    if (!e.ip.empty()) return {'i', e.ip, e.user_agent};
    return {'s', e.server, e.id};
}

session_facts session_of(const session_events& events, const std::set<instant>& restarts, const engine_limits& limits,
                         instant now) {
    const sent_event& first = events.front()->event;
    session_facts session;
    session.server = first.server;
    session.id = first.id;
    session.values = {
        "", first.server, first.channel, first.country, first.protocol, std::string{name_of(first.agent_class)}};
    session.user = user_of(first);
    session.opened = opened_of(events);

    const std::optional<real_close> close = real_close_of(events);
    if (close) {
        session.closed = std::min(std::max(close->at, session.opened), session.opened + limits.session_max_age);
        session.cause = close_cause::real;
    } else if (const auto inferred = inferred_close_of(events, session.opened, restarts, limits, now)) {
        session.closed = inferred->at;
        session.cause = inferred->cause;
    }
    session.samples = samples_of(events, session, close);
    return session;
}

// --- the numbers of some sessions in one minute --------------------------------------------------------------------

using session_group = std::vector<const session_facts*>;

bool lies_in(instant t, minute m) {
    return minute_of(t) == m;
}

milliseconds watched(const session_facts& session, minute m, instant now) {
    const instant from = std::max(session.opened, start_of(m));
    const instant to = std::min({session.closed.value_or(now), now, end_of(m)});
    return std::max(to - from, milliseconds{0});
}

std::int64_t playing_at(instant t, const session_group& sessions) {
    return std::count_if(sessions.begin(), sessions.end(),
                         [t](const session_facts* s) { return s->opened <= t && (!s->closed || t < *s->closed); });
}

// The number of sessions changes only where one opens or closes.
std::int64_t peak_of(const session_group& sessions, minute m) {
    std::set<instant> instants{start_of(m)};
    for (const session_facts* s : sessions) {
        if (lies_in(s->opened, m)) instants.insert(s->opened);
        if (s->closed && lies_in(*s->closed, m)) instants.insert(*s->closed);
    }
    std::int64_t peak = 0;
    for (const instant t : instants) peak = std::max(peak, playing_at(t, sessions));
    return peak;
}

// All other sessions add nothing to the minute.
bool concerns(const session_facts& session, minute m) {
    return session.opened < end_of(m) && (!session.closed || *session.closed >= start_of(m));
}

minute_numbers numbers_of(const session_group& sessions, minute m, instant now) {
    minute_numbers numbers;
    std::set<user_key> users;
    for (const session_facts* s : sessions) {
        if (lies_in(s->opened, m)) ++numbers.sessions_started;
        if (s->closed && lies_in(*s->closed, m)) ++numbers.sessions_closed;
        numbers.watch_time_ms += watched(*s, m, now).count();
        if (overlaps(*s, m)) users.insert(s->user);
        numbers.total_bytes += bytes_in_minute(*s, m);
    }
    numbers.unique_users = static_cast<std::int64_t>(users.size());
    numbers.peak_concurrent = peak_of(sessions, m);
    return numbers;
}

}  // namespace

instant time_of(const receipt& r) {
    return guarded(r.event.time.value_or(r.received), r.received);
}

instant update_time_of(const receipt& r) {
    return r.event.updated_at ? guarded(*r.event.updated_at, r.received) : time_of(r);
}

std::optional<std::uint64_t> bytes_of(const sent_event& event) {
    return event.bytes && *event.bytes <= session_bytes_max ? event.bytes : std::nullopt;
}

play_event view_of(const sent_event& e) {
    play_event view;
    view.kind = e.kind;
    view.server = e.server;
    view.id = e.id;
    view.channel = e.channel;
    view.country = e.country;
    view.protocol = e.protocol;
    view.user_id = e.user_id;
    view.ip = e.ip;
    view.user_agent = e.user_agent;
    view.agent_class = e.agent_class;
    view.bytes = e.bytes;
    view.opened_at = e.opened_at;
    view.closed_at = e.closed_at;
    view.updated_at = e.updated_at;
    view.time = e.time;
    return view;
}

std::vector<session_facts> sessions_at(const std::vector<receipt>& receipts, const engine_limits& limits, instant now) {
    std::map<session_id, session_events> events;
    std::map<std::string, std::set<instant>> restarts;
    for (const receipt& r : receipts) {
        if (r.event.kind == event_kind::server_started) {
            restarts[r.event.server].insert(time_of(r));
        } else {
            events[{r.event.server, r.event.id}].push_back(&r);
        }
    }
    std::vector<session_facts> sessions;
    sessions.reserve(events.size());
    for (const auto& [key, own] : events) sessions.push_back(session_of(own, restarts[key.first], limits, now));
    return sessions;
}

std::optional<minute> first_minute(const std::vector<receipt>& receipts, const std::vector<session_facts>& sessions) {
    std::set<minute> candidates;
    for (const receipt& r : receipts) {
        if (r.event.kind == event_kind::server_started) candidates.insert(minute_of(time_of(r)));
    }
    for (const session_facts& s : sessions) candidates.insert(minute_of(s.opened));
    if (candidates.empty()) return std::nullopt;
    return *candidates.begin();
}

bool overlaps(const session_facts& session, minute m) {
    if (session.closed == session.opened) return lies_in(session.opened, m);
    return session.opened < end_of(m) && (!session.closed || *session.closed > start_of(m));
}

value_rows rows_of_minute(minute m, const std::vector<session_facts>& sessions, instant now) {
    std::map<value_key, session_group> groups;
    for (const session_facts& s : sessions) {
        if (!concerns(s, m)) continue;
        for (const dimension d : all_dimensions) groups[{d, s.values[index_of(d)]}].push_back(&s);
    }
    value_rows result;
    for (const auto& [key, group] : groups) {
        const minute_numbers numbers = numbers_of(group, m, now);
        if (!numbers.all_zero()) result[key] = numbers;
    }
    return result;
}

rows rows_at(const std::vector<receipt>& receipts, const engine_limits& limits, instant now, bool growing) {
    const std::vector<session_facts> sessions = sessions_at(receipts, limits, now);
    const std::optional<minute> first = first_minute(receipts, sessions);
    rows result;
    if (!first) return result;
    const instant last_end = growing ? end_of(minute_of(now)) : now;
    for (minute m = *first; end_of(m) <= last_end; m += minutes{1}) {
        result[{m, dimension::global, ""}] = {};  // also when it stays zero
        for (const auto& [key, numbers] : rows_of_minute(m, sessions, now)) {
            result[{m, key.first, key.second}] = numbers;
        }
    }
    return result;
}

}  // namespace streamstats::testing
