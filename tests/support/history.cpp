#include "support/history.hpp"

#include <algorithm>

namespace streamstats::testing {
namespace {

using namespace std::chrono_literals;

const std::vector<std::string> servers{"a", "b", "edge-3"};
const std::vector<std::string> channels{"news", "sport", "unknown"};
const std::vector<std::string> countries{"DE", "NL", "unknown"};
const std::vector<std::string> protocols{"hls", "dash"};
// Pairs whose texts read the same when they are put together, and an id that reads like an address.
const std::vector<std::pair<std::string, std::string>> addresses{
    {"10.0.0.1", "vlc"}, {"10.0.0.1", ""}, {"10.0.0.1v", "lc"}};
const std::vector<std::string> user_ids{"anna", "bert", "10.0.0.1"};

class session_maker {
public:
    session_maker(random_source& random, const history_shape& shape, std::uint64_t bytes_step,
                  std::vector<history_event>& out)
        : random_(random), shape_(shape), bytes_step_(bytes_step), out_(out) {}

    void make(const sent_event& common) {
        common_ = common;
        opened_ = moment(shape_.openings_span);
        closed_ = opened_ + length();
        bytes_ = 0;
        const std::size_t before = out_.size();
        if (random_.chance(80)) start();
        if (random_.chance(55)) updates();
        if (random_.chance(80) || out_.size() == before) close();
        if (odd(10)) close();  // another one, that may say something else
    }

    // Somewhere in the first `span`, often exactly on the border of a minute or a second.
    instant moment(milliseconds span) {
        const instant t = shape_.begin + random_.up_to(span);
        switch (random_.below(4)) {
            case 0:
                return std::chrono::floor<minutes>(t);
            case 1:
                return std::chrono::floor<seconds>(t);
            default:
                return t;
        }
    }

    // Decides when the event may be received, then hands it out.
    void send(sent_event event) {
        if (shape_.orderly) {
            event.opened_at = opened_;
            return hand_out({event, latest_instant(event), false, event.kind == event_kind::play_updated});
        }
        if (random_.chance(5)) return send_without_time(event);
        if (random_.chance(4)) return send_with_wrong_clock(event);
        // The sender's clock may be ahead, by as much as is believed.
        const milliseconds ahead = random_.chance(15) ? random_.chance(50) ? 300s : random_.up_to(300s) : 0ms;
        hand_out({event, latest_instant(event) - ahead});
    }

private:
    // What only servers do that misbehave.
    bool odd(unsigned percent) { return !shape_.orderly && random_.chance(percent); }

    milliseconds length() {
        const unsigned dice = static_cast<unsigned>(random_.below(100));
        if (dice < 10) return 0ms;
        if (dice < 35) return random_.up_to(60s);
        if (dice < 45) return end_of(minute_of(opened_)) - opened_;
        return random_.up_to(dice < 85 ? std::min(milliseconds{600s}, shape_.length_max) : shape_.length_max);
    }

    sent_event event_at(event_kind kind, instant time) {
        sent_event event = common_;
        event.kind = kind;
        event.time = time;
        return event;
    }

    void start() {
        sent_event event = event_at(event_kind::play_started, random_.chance(75) ? opened_ : near(opened_, 2s));
        if (random_.chance(50)) event.opened_at = random_.chance(80) ? opened_ : near(opened_, 180s);
        if (random_.chance(5)) event.bytes = random_.below(bytes_step_);  // is no sample
        send(event);
    }

    void updates() {
        instant at = opened_;
        for (std::uint64_t left = 1 + random_.below(6); left > 0; --left) {
            at += pause();
            // So that silence and age run out at the same instant.
            if (odd(8)) at = std::max(at, opened_ + shape_.session_max_age - shape_.idle_timeout);
            if (at > closed_ && !odd(15)) break;
            if (at > closed_ + 60s) break;
            update(at);
            if (odd(10)) update(at);  // the same time, other bytes
        }
    }

    milliseconds pause() {
        const unsigned dice = static_cast<unsigned>(random_.below(100));
        if (dice < 5) return 0ms;
        if (dice < 10) return shape_.idle_timeout;
        if (dice < 20) return shape_.idle_timeout + random_.up_to(120s);
        return random_.up_to(120s);
    }

    void update(instant at) {
        sent_event event = event_at(event_kind::play_updated, at);
        if (random_.chance(85)) event.bytes = some_bytes();
        if (random_.chance(40)) {
            event.updated_at = at;
            event.time = at + random_.up_to(3s);
        }
        if (random_.chance(20)) event.opened_at = random_.chance(85) ? opened_ : near(opened_, 180s);
        send(event);
    }

    void close() {
        instant at = closed_;
        if (odd(10)) at = near(closed_, 60s);
        if (odd(5)) at = opened_ - random_.up_to(120s);
        sent_event event = event_at(event_kind::play_closed, not_before_begin(at));
        if (random_.chance(50)) {
            event.closed_at = event.time;
            event.time = *event.time + random_.up_to(2s);
        }
        if (random_.chance(75)) event.bytes = some_bytes();
        if (random_.chance(20)) event.opened_at = random_.chance(85) ? opened_ : near(opened_, 180s);
        send(event);
    }

    void send_without_time(sent_event event) {
        const instant received = latest_instant(event) + random_.up_to(3s);
        event.time.reset();
        hand_out({event, received, true});
    }

    void send_with_wrong_clock(sent_event event) {
        const instant received = std::max(latest_instant(event), shape_.daemon_started);
        const instant wrong = received + 300'001ms + (random_.chance(50) ? 0ms : random_.up_to(24h));
        std::vector<std::optional<instant>*> given;
        for (auto* field : {&event.time, &event.opened_at, &event.closed_at, &event.updated_at}) {
            if (field->has_value()) given.push_back(field);
        }
        *random_.pick(given) = wrong;
        hand_out({event, received, true});
    }

    void hand_out(history_event event) {
        event.earliest = std::max(event.earliest, shape_.daemon_started);
        out_.push_back(event);
    }

    static instant latest_instant(const sent_event& event) {
        instant latest{};
        for (const auto& field : {event.time, event.opened_at, event.closed_at, event.updated_at}) {
            latest = std::max(latest, field.value_or(latest));
        }
        return latest;
    }

    instant near(instant t, milliseconds distance_max) {
        return not_before_begin(t - distance_max + random_.up_to(2 * distance_max));
    }
    [[nodiscard]] instant not_before_begin(instant t) const { return std::max(t, shape_.begin); }

    std::uint64_t some_bytes() {
        if (odd(2)) return session_bytes_max + 1 + random_.below(bytes_step_);
        if (odd(10)) return bytes_ / 2;
        bytes_ += random_.below(bytes_step_);
        return bytes_;
    }

    random_source& random_;
    const history_shape& shape_;
    std::uint64_t bytes_step_;
    std::vector<history_event>& out_;
    sent_event common_;
    instant opened_{};
    instant closed_{};
    std::uint64_t bytes_ = 0;
};

void choose_user(random_source& random, sent_event& common) {
    const unsigned dice = static_cast<unsigned>(random.below(100));
    if (dice < 35)
        common.user_id = user_ids[0];
    else if (dice < 55)
        common.user_id = random.pick(user_ids);
    if (dice >= 45 && dice < 85) std::tie(common.ip, common.user_agent) = random.pick(addresses);
    if (dice >= 95) common.user_agent = "vlc";  // alone it says nothing
}

sent_event common_fields(random_source& random, std::uint64_t number) {
    sent_event common;
    common.server = servers[number % servers.size()];
    common.id = std::to_string(number / servers.size());  // each id is on every server
    common.channel = random.pick(channels);
    common.country = random.pick(countries);
    common.protocol = random.pick(protocols);
    common.agent_class = static_cast<user_agent_class>(random.below(user_agent_class_count));
    choose_user(random, common);
    return common;
}

void add_restarts(random_source& random, session_maker& maker, const history_shape& shape,
                  std::vector<history_event>& history) {
    for (std::uint64_t left = random.chance(50) ? random.below(4) : 0; left > 0; --left) {
        sent_event event;
        event.kind = event_kind::server_started;
        event.server = random.pick(servers);
        event.time = maker.moment(shape.openings_span + shape.length_max / 2);
        // Often at an instant at which something else happens: an event, or the end of patience with a session.
        if (!history.empty() && random.chance(50)) {
            const milliseconds after =
                random.pick(std::vector<milliseconds>{0ms, shape.idle_timeout, shape.session_max_age});
            event.time = random.pick(history).event.time.value_or(*event.time) + after;
        }
        if (*event.time > shape.begin + shape.openings_span + shape.length_max) continue;  // a wrong clock's
        maker.send(event);
    }
}

std::uint64_t sessions_wanted(random_source& random, const history_shape& shape) {
    if (random.chance(3)) return 6 * shape.sessions_max;  // the first user has dozens
    return 1 + random.below(random.chance(40) ? 3 : shape.sessions_max);
}

void append(std::string& text, const char* name, const std::optional<instant>& t) {
    if (t) text += std::string{" "} + name + " " + time_of_day(*t);
}
void append(std::string& text, const char* name, const std::string& value) {
    if (!value.empty()) text += std::string{" "} + name + " '" + value + "'";
}

}  // namespace

std::vector<history_event> make_history(random_source& random, const history_shape& shape) {
    std::vector<history_event> history;
    session_maker usual{random, shape, 2'000'000, history};
    session_maker enormous{random, shape, std::uint64_t{1} << 58, history};  // at most ten steps: below 2^62
    const std::uint64_t sessions = sessions_wanted(random, shape);
    const std::uint64_t special = random.below(20);
    for (std::uint64_t number = 0; number < sessions; ++number) {
        (number == special ? enormous : usual).make(common_fields(random, number));
    }
    if (!shape.orderly) add_restarts(random, usual, shape, history);
    return history;
}

std::string time_of_day(instant t) {
    const std::string iso = to_iso_text(t);  // "2026-11-21T12:34:56.789Z"
    return iso.substr(11, 12);
}

std::string to_text(const sent_event& e) {
    constexpr std::array<const char*, 4> kinds{"play_started", "play_updated", "play_closed", "server_started"};
    std::string text = kinds[static_cast<std::size_t>(e.kind)];
    text += " " + e.server + (e.id.empty() ? "" : "/" + e.id);
    append(text, "time", e.time);
    append(text, "opened_at", e.opened_at);
    append(text, "closed_at", e.closed_at);
    append(text, "updated_at", e.updated_at);
    if (e.bytes) text += " bytes " + std::to_string(*e.bytes);
    append(text, "user_id", e.user_id);
    append(text, "ip", e.ip);
    append(text, "user_agent", e.user_agent);
    return text;
}

}  // namespace streamstats::testing
