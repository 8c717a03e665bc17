// What an event does to its session (SEMANTICS 1 and 2).
#include <algorithm>
#include <cassert>
#include <utility>

#include "engine/engine_state.hpp"

namespace streamstats {

instant engine::state::event_times::own(event_kind kind) const {
    switch (kind) {
        case event_kind::play_started:
            return opened_at.value_or(time);
        case event_kind::play_updated:
            return updated_at.value_or(time);
        case event_kind::play_closed:
            return closed_at.value_or(time);
        case event_kind::server_started:
            return time;
    }
    return time;
}

std::span<const verdict> engine::state::apply(std::span<const play_event> events, instant received) {
    verdicts.clear();
    verdicts.reserve(events.size());
    std::array<event_identity, group_max> who_are;
    while (!events.empty()) {
        const std::span<const play_event> group = events.first(std::min(events.size(), group_max));
        events = events.subspan(group.size());
        for (std::size_t i = 0; i < group.size(); ++i) who_are[i] = secret.identify(group[i]);
        apply_group(group, std::span(who_are).first(group.size()), received);
    }
    return verdicts;
}

std::span<const verdict> engine::state::apply(std::span<const play_event> events,
                                              std::span<const event_identity> who_are, instant received) {
    assert(events.size() == who_are.size());
    verdicts.clear();
    verdicts.reserve(events.size());
    while (!events.empty()) {
        const std::size_t count = std::min(events.size(), group_max);
        apply_group(events.first(count), who_are.first(count), received);
        events = events.subspan(count);
        who_are = who_are.subspan(count);
    }
    return verdicts;
}

void engine::state::apply_group(std::span<const play_event> events, std::span<const event_identity> who_are,
                                instant received) {
    const group_refs likely = fetch_ahead(events, who_are);
    for (std::size_t i = 0; i < events.size(); ++i) {
        verdicts.push_back(apply(events[i], who_are[i], likely[i], received));
    }
}

// First where the sessions are looked up, then the sessions, then what else their viewers watch and the books of their
// channels, of which there are many. What was found is looked at again when the event's turn comes, as another one may
// have moved it. The texts of an event are left alone, unless its session seems to be new.
engine::state::group_refs engine::state::fetch_ahead(std::span<const play_event> events,
                                                     std::span<const event_identity> who_are) const {
    group_refs refs;
    std::array<std::uint32_t, group_max> played{};
    for (const event_identity& one : who_are) table.prefetch_index(one.session);
    for (std::size_t i = 0; i < events.size(); ++i) {
        refs[i] = table.find_likely(who_are[i].session);
        if (refs[i] == session_table::nothing) {
            who.prefetch(who_are[i].user);
        } else {
            table.prefetch(refs[i]);
        }
    }
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (refs[i] == session_table::nothing) {
            played[i] = channels.likely(events[i].channel);
        } else {
            const session& s = table.at(refs[i]);
            played[i] = s.channel;
            if (s.has_texts() && !s.sampled) texts.prefetch(static_cast<std::uint32_t>(s.more));
            if (viewers::in_chain(s)) who.prefetch(s.user);
        }
        books.prefetch(dimension::channel, played[i]);
    }
    for (std::size_t i = 0; i < events.size(); ++i) {
        books.prefetch_cell(dimension::channel, played[i], number_of(clock));
        if (refs[i] == session_table::nothing) {
            who.prefetch_chain(who_are[i].user);
        } else if (const session& s = table.at(refs[i]); viewers::in_chain(s)) {
            who.prefetch_chain(s.user);
        }
    }
    return refs;
}

verdict engine::state::apply(const play_event& event, const event_identity& who_is, session_ref likely,
                             instant received) {
    const event_times times = guarded(event, received);
    const verdict v = event.kind == event_kind::server_started ? apply_restart(event, times)
                                                               : apply_play(event, who_is, likely, times);
    const bool late = number_of(times.own(event.kind)) < books.first_mutable();
    if (late && v == verdict::accepted) ++totals.late_events;
    return v;
}

engine::state::event_times engine::state::guarded(const play_event& event, instant received) {
    const auto believed = [&](std::optional<instant> t) {
        if (!t || *t <= received + clock_tolerance) return t;
        ++totals.clock_anomalies;
        return std::optional(received);
    };
    return {received, believed(event.time).value_or(received), believed(event.opened_at), believed(event.closed_at),
            believed(event.updated_at)};
}

verdict engine::state::apply_play(const play_event& event, const event_identity& who_is, session_ref likely,
                                  const event_times& times) {
    if (event.bytes.value_or(0) > session_bytes_max) {
        play_event without = event;
        without.bytes.reset();
        if (event.kind != event_kind::play_started) ++totals.dropped_samples;
        return apply_play(without, who_is, likely, times);
    }
    const bool seen = likely != session_table::nothing && table.is(likely, who_is.session);
    session_ref ref = seen ? likely : table.find(who_is.session);
    if (ref != session_table::nothing && is_forgotten(table.at(ref))) {
        save_for_picture(ref);
        forget(ref);
        ref = session_table::nothing;
    }
    const bool is_new = ref == session_table::nothing;
    if (is_new) {
        ref = create(event, who_is);
    } else {
        save_for_picture(ref);
        describe(table.at(ref), before_);
    }
    session& s = table.at(ref);
    if (!change(s, event, times)) return verdict::duplicate;
    infer(s, restart_after(event.server, s.opened()));
    rebook(ref, is_new ? nullptr : &before_, number_of(clock));
    // Not where a look finds a close: what has melted must not depend on when that was.
    if (s.sampled) melt_samples(samples_of(s), after_.when);
    return verdict::accepted;
}

// Whether the event told anything that was not known. Leaves inferred closes to infer().
bool engine::state::change(session& s, const play_event& event, const event_times& times) {
    bool news = change_opening(s, event, times);
    if (event.kind == event_kind::play_started && !s.started_seen) news = s.started_seen = true;
    if (event.kind == event_kind::play_closed) news |= change_close(s, event, times);
    if (event.kind == event_kind::play_updated) news |= change_samples(s, event, times);
    return news;
}

bool engine::state::change_opening(session& s, const play_event& event, const event_times& times) {
    opened_source source = opened_source::first_event;
    if (event.kind == event_kind::play_started) source = opened_source::play_started;
    if (times.opened_at) source = opened_source::opened_at;
    const instant opened = times.opened_at.value_or(times.time);
    if (source > s.source || (source == s.source && opened >= s.opened())) return false;
    s.source = source;
    s.set_opened(opened);
    return true;
}

bool engine::state::change_close(session& s, const play_event& event, const event_times& times) {
    const close_kind kind = times.closed_at ? close_kind::real_closed_at : close_kind::real_time;
    const instant at = times.closed_at.value_or(times.time);
    const std::uint64_t bytes = event.bytes.value_or(session::no_bytes);
    const std::uint64_t known = close_bytes_of(s);
    const bool better = !is_real(s.ending) || kind > s.ending || (kind == s.ending && at < s.closed());
    const bool same = s.ending == kind && s.closed() == at;
    const bool more_bytes = bytes != session::no_bytes && (known == session::no_bytes || bytes > known);
    if (!better && !(same && more_bytes)) return false;
    if (at < s.opened() && !same) ++totals.clock_anomalies;
    end_really(s, {kind, at}, bytes);
    return true;
}

bool engine::state::change_samples(session& s, const play_event& event, const event_times& times) {
    sample_history& history = samples_of(s);
    const std::size_t before = history.size();
    const byte_sample sample{times.updated_at.value_or(times.time), event.bytes.value_or(session::no_bytes)};
    const sample_history::added outcome = history.add(sample);
    samples_kept += history.size() - before;
    switch (outcome) {
        case sample_history::added::known:
            return false;
        case sample_history::added::too_old:
            ++totals.dropped_samples;
            return false;
        case sample_history::added::in_order:
        case sample_history::added::out_of_order:
            return true;
    }
    return true;
}

// ---- closes that nobody reported

instant engine::state::restart_after(std::string_view server, instant opened) const {
    if (restarts.empty()) return still_open;
    const auto known = restarts.find(secret.text(server));
    if (known == restarts.end()) return still_open;
    const auto next = std::upper_bound(known->second.begin(), known->second.end(), opened);
    return next == known->second.end() ? still_open : *next;
}

// Each reason has a deadline; the earliest that has passed decides, as a punctual observer would have.
engine::state::ending engine::state::inferred(const session& s, instant restart) const {
    ending best;
    if (restart != still_open) {
        best = {close_kind::restart, restart, restart};
    }
    if (const instant age = s.opened() + limits.session_max_age; age <= clock && age < best.deadline) {
        best = {close_kind::age, age, age};
    }
    if (const sample_history* history = history_of(s)) {
        const instant last = std::max(s.opened(), history->newest_update());
        const instant idle = last + limits.idle_timeout;
        if (idle <= clock && idle < best.deadline) best = {close_kind::idle, last, idle};
    }
    return best;
}

engine::state::ending engine::state::infer(session& s, instant restart) {
    if (is_real(s.ending)) return {s.ending, s.closed(), s.closed()};
    const ending now = inferred(s, restart);
    s.ending = now.kind;
    s.set_closed(now.at);
    return now;
}

verdict engine::state::apply_restart(const play_event& event, const event_times& times) {
    const std::uint64_t server = secret.text(event.server);
    const bool has_name = servers.find(event.server) != dictionary::none;
    const bool has_sessions = has_name || servers.uses(dictionary::other) > 0;
    // A server without a name is remembered while there is room: as long as nobody has sessions in `(other)`, for those
    // that might still come, beyond that for those that are there. What does not find room closes nobody: sessions of
    // such a server end by their own close, by silence or by age, and which ones those are depends on who came first.
    const std::size_t room = limits.dimension_values_max * (has_sessions ? 2 : 1);
    if (!has_name && !restarts.contains(server) && restarts.size() >= room) return verdict::duplicate;
    auto& known = restarts[server];
    const auto place = std::lower_bound(known.begin(), known.end(), times.time);
    if (place != known.end() && *place == times.time) return verdict::duplicate;
    known.insert(place, times.time);
    if (known.size() > restarts_per_server_max) known.erase(known.begin());
    books.begin_at(number_of(times.time));
    if (has_sessions) {
        received_restarts& received = restarted[std::string(event.server)];
        received.emplace(times.time, number_of(clock));
        if (received.size() > restarts_per_server_max) received.erase(received.begin());
    }
    return verdict::accepted;
}

// Closes what the restarts since the last call have ended. It looks at every session, so many restarts share one call.
// Sessions that had an event in between know already.
void engine::state::close_restarted() {
    if (restarted.empty()) return;
    restarts_closed_at = clock;
    std::unordered_map<std::uint32_t, const std::pair<const std::string, received_restarts>*> by_label;
    for (const auto& one : restarted) {
        const std::uint32_t label = servers.find(one.first);
        if (label != dictionary::none) by_label[label] = &one;
    }
    table.for_each([&](session_ref ref, session& s) {
        if (is_real(s.ending) || is_forgotten(s)) return;
        if (s.server == dictionary::other) {
            for (const auto& [server, received] : restarted) {
                if (secret.session(server, texts_of(s).id) == s.key) close_if_restarted(ref, server, received);
            }
        } else if (const auto one = by_label.find(s.server); one != by_label.end()) {
            close_if_restarted(ref, one->second->first, one->second->second);
        }
    });
    restarted.clear();
}

void engine::state::close_if_restarted(session_ref ref, std::string_view server, const received_restarts& received) {
    session& s = table.at(ref);
    const instant restart = restart_after(server, s.opened());
    const ending now = inferred(s, restart);
    if (now.kind == s.ending && now.at == s.closed()) return;
    save_for_picture(ref);
    describe(s, before_);
    infer(s, restart);
    const auto reason = now.kind == close_kind::restart ? received.find(restart) : received.end();
    rebook(ref, &before_, reason == received.end() ? next_number(now.deadline) : reason->second);
}

// ---- into the books

// Returns the newest one that counts.
byte_sample engine::state::describe_samples(const session& s, booking& into) const {
    return history_of(s)->walk(into.when, [&](const byte_flow& flow) { into.flows.push_back(flow); });
}

void engine::state::rebook(session_ref ref, const booking* was, minute_number since) {
    session& s = table.at(ref);
    describe(s, after_);
    const interval& now = after_.when;
    if (was == nullptr) {
        who.add(ref);
        books.book_interval(ref, now, +1);
    } else if (was->when.opened != now.opened) {
        books.book_interval(ref, was->when, -1);
        books.book_interval(ref, now, +1);
    } else if (was->when.closed != now.closed) {
        books.move_close(ref, now.opened, was->when.closed, now.closed);
    }
    if (was == nullptr || was->closing != after_.closing) {
        if (was != nullptr) books.book_flow(was->closing, -1);
        books.book_flow(after_.closing, +1);
    }
    if (s.sampled) rebook_sampled_flows(was);
    if (was == nullptr || was->when != now) {
        who.move(ref, was == nullptr ? minute_range{} : minutes_of(was->when), minutes_of(now));
        books.begin_at(number_of(now.opened));
    }
    const bool was_open = was != nullptr && was->open();
    if (s.open() && !was_open) {
        books.count_open(+1);
        who.opened(ref);
        ++totals.open_sessions;
    } else if (!s.open() && was_open) {
        books.count_open(-1);
        who.closed(ref);
        --totals.open_sessions;
    }
    books.post(s.label().all());
    count_transition(s, was);
    plan(ref, since);
    mark_changed(ref);
}

void engine::state::melt_samples(sample_history& history, const interval& when) {
    const instant settled = std::min(clock - limits.late_window, start_of(books.first_mutable()));
    const bool plenty = samples_kept < samples_budget;
    samples_kept -= history.melt(settled, when, plenty ? samples_max : samples_max_when_scarce);
}

// They mostly begin alike: only what differs is booked.
void engine::state::rebook_sampled_flows(const booking* was) {
    std::size_t alike = 0;
    if (was != nullptr) {
        const std::size_t both = std::min(was->flows.size(), after_.flows.size());
        while (alike < both && was->flows[alike] == after_.flows[alike]) ++alike;
        for (std::size_t i = alike; i < was->flows.size(); ++i) books.book_flow(was->flows[i], -1);
    }
    for (std::size_t i = alike; i < after_.flows.size(); ++i) books.book_flow(after_.flows[i], +1);
}

void engine::state::count_transition(const session& s, const booking* was) {
    const bool was_inferred = was != nullptr && !was->open() && !is_real(was->ending);
    const bool is_inferred = !s.open() && !is_real(s.ending);
    if (is_inferred && !was_inferred) ++totals.inferred_closes;
    if (was_inferred && s.open()) ++totals.reopened_sessions;
    const bool in_other = s.server == dictionary::other || s.channel == dictionary::other ||
                          s.country == dictionary::other || s.protocol == dictionary::other;
    if (was == nullptr && in_other) ++totals.other_values;
}

}  // namespace streamstats
