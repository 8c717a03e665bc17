#include "simulate/truth.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace streamstats::simulate {
namespace {

__extension__ typedef __int128 wide;

// A session with everything that had to be inferred.
struct settled_session {
    const true_session* told = nullptr;
    instant opened{};
    instant closed{};  // `forever` if open
    std::vector<byte_sample> samples;
};
constexpr instant forever = instant_max;

using minutes_of_value = std::map<minute, minute_numbers>;

// Start, updates up to the close, close. One that is not later than the newest, or smaller, is dropped.
std::vector<byte_sample> samples_of(const true_session& told, instant closed) {
    std::vector<byte_sample> updates = told.updates;
    std::sort(updates.begin(), updates.end(), [](const byte_sample& a, const byte_sample& b) {
        return std::pair{a.at, a.bytes} < std::pair{b.at, b.bytes};
    });
    std::vector<byte_sample> kept{{told.opened, 0}};
    for (const byte_sample& one : updates) {
        if (one.at <= closed && one.at > kept.back().at && one.bytes >= kept.back().bytes) kept.push_back(one);
    }
    if (told.closed && told.closed_bytes && *told.closed_bytes >= kept.back().bytes)
        kept.push_back({closed, *told.closed_bytes});
    return kept;
}

settled_session settle(const true_session& told, const true_history& history, instant now) {
    const closing_facts facts{told.opened, told.closed, told.newest_update, history.restarts[told.server_number]};
    const instant closed = closed_by_contract(facts, history.rules, now).value_or(forever);
    return {&told, told.opened, closed, samples_of(told, closed)};
}

// Bytes up to `t`, which is between the two.
std::int64_t bytes_up_to(instant t, const byte_sample& from, const byte_sample& to) {
    const auto more = static_cast<wide>(to.bytes - from.bytes) * (t - from.at).count() / (to.at - from.at).count();
    return static_cast<std::int64_t>(from.bytes) + static_cast<std::int64_t>(more);
}

void add_bytes(minutes_of_value& into, const byte_sample& from, const byte_sample& to) {
    if (from.at == to.at) {
        into[minute_of(to.at)].total_bytes += static_cast<std::int64_t>(to.bytes - from.bytes);
        return;
    }
    for (minute m = minute_of(from.at); start_of(m) < to.at; m += minutes{1}) {
        const instant begin = std::max(start_of(m), from.at);
        const instant end = std::min(end_of(m), to.at);
        const std::int64_t share = bytes_up_to(end, from, to) - bytes_up_to(begin, from, to);
        if (share != 0) into[m].total_bytes += share;
    }
}

void add_session(minutes_of_value& into, const settled_session& session, minute end) {
    ++into[minute_of(session.opened)].sessions_started;
    if (session.closed != forever) ++into[minute_of(session.closed)].sessions_closed;
    const instant watched_until = std::min(session.closed, start_of(end));
    for (minute m = minute_of(session.opened); start_of(m) < watched_until; m += minutes{1}) {
        const auto watched = std::min(end_of(m), watched_until) - std::max(start_of(m), session.opened);
        into[m].watch_time_ms += watched.count();
    }
    for (std::size_t k = 1; k < session.samples.size(); ++k)
        add_bytes(into, session.samples[k - 1], session.samples[k]);
}

// The highest count in each minute; at any instant, whoever opens then is in and whoever closes then is out.
void add_peaks(minutes_of_value& into, const std::vector<const settled_session*>& sessions, minute end) {
    std::map<instant, std::int64_t> changes;
    for (const settled_session* session : sessions) {
        ++changes[session->opened];
        if (session->closed != forever) --changes[session->closed];
    }
    if (changes.empty()) return;
    std::int64_t open = 0;
    auto next = changes.begin();
    for (minute m = minute_of(next->first); m < end; m += minutes{1}) {
        while (next != changes.end() && next->first == start_of(m)) open += (next++)->second;
        std::int64_t peak = open;
        for (; next != changes.end() && next->first < end_of(m); ++next) peak = std::max(peak, open += next->second);
        if (peak != 0) into[m].peak_concurrent = peak;
    }
}

void add_users(minutes_of_value& into, const std::vector<const settled_session*>& sessions, minute end) {
    std::vector<std::pair<minute, std::uint64_t>> seen;
    for (const settled_session* session : sessions) {
        seen.emplace_back(minute_of(session->opened), session->told->user);
        for (minute m = minute_of(session->opened) + minutes{1}; m < end && start_of(m) < session->closed;
             m += minutes{1})
            seen.emplace_back(m, session->told->user);
    }
    std::sort(seen.begin(), seen.end());
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    for (const auto& one : seen) ++into[one.first].unique_users;
}

std::string_view value_of(const true_session& session, dimension dim) {
    switch (dim) {
        case dimension::global:
            return {};
        case dimension::server:
            return session.server;
        case dimension::channel:
            return session.channel;
        case dimension::country:
            return session.country;
        case dimension::protocol:
            return session.protocol;
        case dimension::user_agent_class:
            return name_of(session.agent_class);
    }
    return {};
}

minutes_of_value numbers_of(const std::vector<const settled_session*>& sessions, minute end) {
    minutes_of_value numbers;
    for (const settled_session* session : sessions) add_session(numbers, *session, end);
    add_peaks(numbers, sessions, end);
    add_users(numbers, sessions, end);
    numbers.erase(numbers.lower_bound(end), numbers.end());
    return numbers;
}

// The minute of the first event: nothing is known of what was before.
minute first_minute(const true_history& history, minute none) {
    instant first = start_of(none);
    for (const true_session& session : history.sessions) first = std::min(first, session.opened);
    for (const auto& of_server : history.restarts) {
        if (!of_server.empty()) first = std::min(first, of_server.front());
    }
    return minute_of(first);
}

}  // namespace

std::vector<minute_row> rows_of(const true_history& history, instant now, minute end) {
    std::vector<settled_session> settled;
    settled.reserve(history.sessions.size());
    for (const true_session& told : history.sessions) settled.push_back(settle(told, history, now));

    std::vector<minute_row> rows;
    for (const dimension dim : all_dimensions) {
        std::map<std::string_view, std::vector<const settled_session*>> by_value;
        for (const settled_session& session : settled) by_value[value_of(*session.told, dim)].push_back(&session);
        if (dim == dimension::global) by_value[{}];
        for (const auto& [value, sessions] : by_value) {
            minutes_of_value numbers = numbers_of(sessions, end);
            if (dim == dimension::global) {
                for (minute m = first_minute(history, end); m < end; m += minutes{1}) numbers[m];
            }
            for (const auto& [at, of_minute] : numbers)
                rows.push_back({at, dim, std::string{value}, row_kind::whole, of_minute});
        }
    }
    return rows;
}

}  // namespace streamstats::simulate
