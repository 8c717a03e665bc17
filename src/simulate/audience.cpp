#include "simulate/audience.hpp"

#include <algorithm>

namespace streamstats::simulate {
namespace {

constexpr milliseconds come_in_within{20'000};
constexpr milliseconds update_every{30'000};
// A viewer that the receiver hears of late must still be inside its late window.
constexpr milliseconds unannounced_length_max{300'000};
constexpr milliseconds zap_mean{12'000};
constexpr milliseconds zaps_from{60'000};  // average length
constexpr double zap_share = 0.35;
constexpr double no_length_percent = 0.2;
constexpr double second_screen_percent = 4;
constexpr double twin_percent = 0.3;
constexpr double no_bytes_percent = 1;

}  // namespace

audience::audience(const simulation_settings& settings, const catalogue& names, instant first,
                   std::vector<audience_listener*> listeners)
    : settings_(settings),
      names_(names),
      listeners_(std::move(listeners)),
      random_(mix(settings.seed, 1)),
      people_seed_(mix(settings.seed, 2)),
      population_(static_cast<std::uint32_t>(settings.viewers * 3 + 20)),
      seats_(settings.viewers),
      restarts_(settings.servers),
      allowed_at_(first) {
    const milliseconds within = std::min<milliseconds>(come_in_within, settings.session_length);
    for (seat& place : seats_)
        schedule(place, first + milliseconds{random_.below(static_cast<std::uint64_t>(within.count()))});
    if (settings.restart_every.count() > 0) next_restart_ = first + settings.restart_every;
}

void audience::live_until(instant to) {
    while (true) {
        const bool turn_due = !turns_.empty() && turns_.top().at < to;
        if (next_restart_ && *next_restart_ < to && !(turn_due && turns_.top().at < *next_restart_)) {
            restart_server(*next_restart_);
            *next_restart_ += settings_.restart_every;
        } else if (turn_due) {
            const turn now = turns_.top();
            turns_.pop();
            take_turn(now);
        } else {
            return;
        }
    }
}

void audience::take_turn(const turn& now) {
    seat& place = seats_[now.seat];
    if (place.next != now.at) return;  // a restart threw the viewer out before this came
    if (!place.taken) {
        open_session(place, now.at);
    } else if (now.at == place.leaves) {
        leave(place, now.at);
    } else {
        update(place, now.at);
    }
}

void audience::schedule(seat& place, instant at) {
    place.next = at;
    turns_.push({at, static_cast<std::uint32_t>(&place - seats_.data())});
}

void audience::open_session(seat& place, instant at) {
    if (!may_open(at)) {
        const double wait = 1'000.0 * static_cast<double>(seats_.size()) / settings_.events_per_second_max;
        return schedule(place, at + draw_pause(std::clamp(wait / 4, 500.0, 60'000.0)));
    }
    place = seat{};
    begin_viewing(place.session, at);
    const milliseconds length = draw_length();
    const bit_rates rates = catalogue::rates_of(names_.agents()[place.session.who.agent].family);
    const std::uint64_t kilobits =
        rates.lowest_kilobits + random_.below(rates.highest_kilobits - rates.lowest_kilobits);
    place.bytes_per_second = static_cast<std::uint32_t>(kilobits * 125);
    place.leaves = at + length;
    place.counted = at;
    place.taken = true;
    ++open_;
    const bool heard_of_soon = settings_.updates || length <= unannounced_length_max;
    place.start_missing = random_.chance(settings_.missing_start_percent) && heard_of_soon;
    place.close_missing = random_.chance(settings_.missing_close_percent) && !place.start_missing;
    if (!place.start_missing) {
        tell(event_kind::play_started, place, at);
        place.known = true;
    }
    schedule(place, settings_.updates ? std::min(place.leaves, at + update_every) : place.leaves);
}

void audience::begin_viewing(viewing& session, instant at) {
    const bool second_screen = random_.chance(second_screen_percent);
    if (!second_screen) newest_person_ = static_cast<std::uint32_t>(random_.below(population_));
    session.who = person(newest_person_, static_cast<std::uint32_t>(random_.below(3)));
    session.opened = at;
    session.number = sessions_++;
    session.id_seed = mix(settings_.seed, 1'000 + session.number);
    session.server = static_cast<std::uint32_t>(names_.server_choice().draw(random_));
    session.channel = static_cast<std::uint32_t>(names_.channel_choice().draw(random_));
    const device_family family = names_.agents()[session.who.agent].family;
    session.protocol = static_cast<std::uint8_t>(names_.protocol_choice(family).draw(random_));
    session.tells_bytes = !random_.chance(no_bytes_percent);
    share_id(session);
}

// Two sessions of one second on two servers may have the same id; a third is never given it.
void audience::share_id(viewing& session) {
    const auto second = std::chrono::floor<seconds>(session.opened);
    if (twin_of_ && twin_of_->server != session.server && std::chrono::floor<seconds>(twin_of_->opened) == second) {
        session.id_seed = twin_of_->id_seed;
        twin_of_.reset();
    } else if (random_.chance(twin_percent)) {
        twin_of_ = session;
    }
}

viewer audience::person(std::uint32_t number, std::uint32_t device) const {
    random_source own{mix(people_seed_, number)};
    viewer who;
    who.number = number;
    const std::uint64_t sort = own.below(100);
    who.known_by = sort < 60 ? identity::account : sort < 98 ? identity::address : identity::none;
    who.numeric_account = own.chance(30);
    who.version_6 = own.chance(20);
    who.country = static_cast<std::uint8_t>(names_.country_choice().draw(own));
    who.address = static_cast<std::uint32_t>(own.below(std::min<std::uint64_t>(population_, 1U << 24U)));
    random_source device_own{mix(people_seed_, (std::uint64_t{number} << 2U) + device + (std::uint64_t{1} << 40U))};
    who.agent = static_cast<std::uint8_t>(names_.agent_choice().draw(device_own));
    return who;
}

milliseconds audience::draw_length() {
    if (random_.chance(no_length_percent)) return milliseconds{0};
    const auto average = static_cast<double>(milliseconds{settings_.session_length}.count());
    const auto longest = std::min<milliseconds>(settings_.session_length * 20, settings_.session_max_age - seconds{1});
    const auto zap = static_cast<double>(zap_mean.count());
    if (average < static_cast<double>(zaps_from.count())) return std::min(longest, draw_pause(average));
    if (random_.fraction() < zap_share) return std::min(longest, draw_pause(zap));
    return std::min(longest, draw_pause((average - zap_share * zap) / (1 - zap_share)));
}

milliseconds audience::draw_pause(double mean_milliseconds) {
    return milliseconds{1} + random_.exponential(mean_milliseconds);
}

// Grows by a rate that wavers, so that the bytes between two updates differ from the average.
void audience::let_flow(seat& place, instant at) {
    const auto elapsed = static_cast<std::uint64_t>((at - place.counted).count());
    place.bytes += elapsed * place.bytes_per_second / 1'000 * (80 + random_.below(41)) / 100;
    place.counted = at;
}

void audience::update(seat& place, instant at) {
    let_flow(place, at);
    tell(event_kind::play_updated, place, at);
    place.known = true;
    place.updated = at;
    schedule(place, std::min(place.leaves, at + update_every));
}

void audience::leave(seat& place, instant at) {
    let_flow(place, at);
    if (place.close_missing) {
        if (closes_at_end(settings_) && place.known) unfinished_.push_back({place.session, place.updated, place.bytes});
    } else {
        tell(event_kind::play_closed, place, at);
    }
    place.taken = false;
    --open_;
    schedule(place, at + draw_pause(std::min(1'000.0, 20.0 * static_cast<double>(settings_.session_length.count()))));
}

// The sessions that opened in this very millisecond go on: the contract closes those before it.
void audience::restart_server(instant at) {
    const auto server = static_cast<std::uint32_t>(random_.below(settings_.servers));
    for (seat& place : seats_) {
        if (!place.taken || place.session.server != server) continue;
        place.taken = false;
        --open_;
        schedule(place, at + draw_pause(3'000));
    }
    restarts_[server].push_back(at);
    for (audience_listener* listener : listeners_) listener->restarted(server, at);
}

bool audience::close_some(instant end, std::size_t at_most) {
    turns_ = {};
    for (; at_most > 0 && gone_home_ < seats_.size(); --at_most) close_seat(seats_[gone_home_++], end);
    for (; at_most > 0 && !unfinished_.empty(); --at_most) {
        close_unfinished(unfinished_.back(), end);
        unfinished_.pop_back();
    }
    return gone_home_ < seats_.size() || !unfinished_.empty();
}

void audience::close_seat(seat& place, instant end) {
    if (!place.taken) return;
    let_flow(place, end);
    tell(event_kind::play_closed, place, end);
    place.taken = false;
    --open_;
}

void audience::close_unfinished(const unfinished& one, instant end) {
    const closing_rules rules{settings_.session_max_age, settings_.idle_timeout};
    const closing_facts facts{one.session.opened, std::nullopt, one.updated, restarts_[one.session.server]};
    if (closed_by_contract(facts, rules, end)) return;
    for (audience_listener* listener : listeners_)
        listener->heard({event_kind::play_closed, one.session, end, one.bytes});
}

void audience::tell(event_kind kind, const seat& place, instant at) {
    events_allowed_ -= 1;
    for (audience_listener* listener : listeners_) listener->heard({kind, place.session, at, place.bytes});
}

// The events of sessions that are open count as well, so new ones wait while those use up the limit.
bool audience::may_open(instant at) {
    const double per_second = settings_.events_per_second_max;
    if (per_second <= 0) return true;
    const double elapsed = static_cast<double>((at - allowed_at_).count()) / 1'000.0;
    events_allowed_ = std::min(per_second, events_allowed_ + elapsed * per_second);
    allowed_at_ = at;
    return events_allowed_ >= 1;
}

}  // namespace streamstats::simulate
