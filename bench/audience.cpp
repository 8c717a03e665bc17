#include "audience.hpp"

#include <algorithm>
#include <array>

namespace streamstats::bench {
namespace {

constexpr std::array<std::string_view, 4> user_agents{
    "Mozilla/5.0 (Linux; Android 13; SM-A536B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Mobile "
    "Safari/537.36",
    "AppleCoreMedia/1.0.0.21A360 (iPhone; U; CPU OS 17_0_3 like Mac OS X; en_us)",
    "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36 (KHTML, like Gecko) 76.0.3809.146/6.0 TV "
    "Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36"};
constexpr std::array classes{user_agent_class::android, user_agent_class::ios, user_agent_class::tv,
                             user_agent_class::desktop};
constexpr std::array<std::string_view, 3> protocols{"hls", "dash", "mss"};

std::uint64_t mixed(std::uint64_t x) {
    x += 0x9E37'79B9'7F4A'7C15;
    x = (x ^ (x >> 30U)) * 0xBF58'476D'1CE4'E5B9;
    x = (x ^ (x >> 27U)) * 0x94D0'49BB'1331'11EB;
    return x ^ (x >> 31U);
}

void write_uuid(std::string& into, std::uint64_t high, std::uint64_t low) {
    constexpr std::string_view digits = "0123456789abcdef";
    into.clear();
    for (unsigned nibble = 0; nibble < 32; ++nibble) {
        if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) into += '-';
        const std::uint64_t half = nibble < 16 ? high : low;
        into += digits[(half >> (4 * (nibble % 16))) & 15U];
    }
}

void write_number(std::string& into, std::string_view prefix, std::uint64_t number) {
    into = prefix;
    into += std::to_string(number);
}

}  // namespace

void event_batch::clear() {
    events_.clear();
    texts_used_ = 0;
}

play_event& event_batch::add(const audience_shape& shape, std::uint64_t viewer, instant at) {
    const std::uint64_t dice = mixed(viewer);
    const auto text = [this]() -> std::string& {
        if (texts_used_ == texts_.size()) texts_.emplace_back();
        return texts_[texts_used_++];
    };
    std::string& id = text();
    write_uuid(id, dice, mixed(dice));
    std::string& server = text();
    write_number(server, "edge-", dice % shape.servers);
    std::string& channel = text();
    write_number(channel, "channel-", (dice >> 16U) % shape.channels);
    std::string& country = text();
    const std::uint64_t c = (dice >> 40U) % shape.countries;
    country = {static_cast<char>('A' + c / 26), static_cast<char>('A' + c % 26)};
    std::string& ip = text();
    write_number(ip, "", dice >> 56U);
    for (const unsigned bits : {48U, 24U, 8U}) ip += '.' + std::to_string((dice >> bits) & 255U);

    play_event& event = events_.emplace_back();
    event.id = id;
    event.server = server;
    event.channel = channel;
    event.country = country;
    event.ip = ip;
    event.user_agent = user_agents[dice / 7 % user_agents.size()];
    event.agent_class = classes[dice / 7 % user_agents.size()];
    event.protocol = protocols[dice / 29 % protocols.size()];
    event.time = at;
    return event;
}

void event_batch::start(const audience_shape& shape, std::uint64_t viewer, instant at) {
    play_event& event = add(shape, viewer, at);
    event.kind = event_kind::play_started;
    event.opened_at = at;
}

void event_batch::close(const audience_shape& shape, std::uint64_t viewer, instant at) {
    play_event& event = add(shape, viewer, at);
    event.kind = event_kind::play_closed;
    event.closed_at = at;
    event.bytes = 100'000'000 + viewer;
}

void crowd::arrive(event_batch& into, std::size_t sessions, instant at) {
    for (; sessions > 0; --sessions) {
        into.start(shape_, next_, at);
        open_.push_back(next_++);
    }
}

void crowd::leave(event_batch& into, std::size_t sessions, instant at) {
    for (; sessions > 0 && !open_.empty(); --sessions) {
        random_ = mixed(random_);
        std::uint32_t& one = open_[random_ % open_.size()];
        into.close(shape_, one, at);
        one = open_.back();
        open_.pop_back();
    }
}

instant opening_time() {
    return instant{milliseconds{1'772'366'400'000}};
}

identity_secret some_secret() {
    return identity_secret{std::array<std::uint8_t, identity_secret::bytes>{1, 2, 3}};
}

engine fresh_engine() {
    return {engine_limits{}, some_secret(), opening_time() - std::chrono::hours{2}};
}

void fill(engine& into, crowd& from, std::size_t sessions) {
    constexpr std::size_t piece = 1'000;
    event_batch batch;
    const instant begin = opening_time() - std::chrono::minutes{10};
    for (std::size_t done = 0; done < sessions; done += piece) {
        const instant now = begin + milliseconds{static_cast<std::int64_t>(done * 600'000 / sessions)};
        batch.clear();
        from.arrive(batch, std::min(piece, sessions - done), now);
        into.advance(now);
        into.apply(batch.events(), now);
    }
    into.advance(opening_time());
}

}  // namespace streamstats::bench
