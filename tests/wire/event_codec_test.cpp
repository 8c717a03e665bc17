#include "streamstats/wire/event_codec.hpp"

#include <algorithm>
#include <string>

#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::wire;

namespace {

instant at(std::int64_t ms) {
    return instant{milliseconds{ms}};
}

play_event full_event() {
    play_event e;
    e.kind = event_kind::play_closed;
    e.server = "edge1";
    e.id = "69243cdd-cab1-4849-b276-19819ff4b74c";
    e.channel = "\xF0\x9F\x98\x80 news";
    e.country = "DE";
    e.protocol = "hls";
    e.user_id = "134";
    e.ip = "203.0.113.248";
    e.user_agent = "VLC/3.0.18";
    e.agent_class = user_agent_class::desktop;
    e.bytes = 9'223'372'036'854'775'807U;
    e.opened_at = at(1'763'982'557'616);
    e.closed_at = at(0);
    e.updated_at = instant_max;
    e.time = at(1'763'982'626'498);
    return e;
}

}  // namespace

TEST_CASE("events come back from their bytes as they were, with the time of their receipt", "[wire]") {
    play_event bare;
    bare.kind = event_kind::server_started;
    const std::vector<play_event> events{full_event(), bare, full_event()};
    const auto bytes = encode_events(events, at(1'772'366'400'123));
    const auto decoded = decode_events(bytes);
    REQUIRE(decoded);
    CHECK(decoded->received == at(1'772'366'400'123));
    REQUIRE(decoded->events.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) CHECK(decoded->events[i] == events[i]);
    CHECK(decode_events(encode_events({}, at(5)))->events.empty());
}

TEST_CASE("the time of receipt can be set in front later, and takes the same room whatever it is", "[wire]") {
    const std::vector<play_event> events{full_event()};
    for (const instant received : {at(0), at(1), at(1'772'366'400'123), instant_max, at(-5)}) {
        auto bytes = encode_events(events);
        std::ranges::copy(lead_of(received), bytes.begin());
        CHECK(bytes == encode_events(events, received));
        CHECK(bytes.size() == encode_events(events).size());
        const auto decoded = decode_events(bytes);
        REQUIRE(decoded);
        CHECK(decoded->received == received);
        CHECK(decoded->events.size() == 1);
    }
}

// Written out, since journals of earlier versions have it.
TEST_CASE("a record has the form that docs/journal.md promises", "[wire]") {
    play_event e;
    e.kind = event_kind::play_closed;
    e.id = "s1";
    e.user_agent = "curl/8";
    e.agent_class = user_agent_class::desktop;
    e.bytes = 300;
    e.time = at(64);
    const auto text_of = [](const std::vector<std::byte>& bytes) {
        return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    using namespace std::string_literals;
    const std::string lead = "\x01\x82\x80\x80\x80\x80\x80\x00"s;
    const std::string event = "\x02\x11"s + static_cast<char>(user_agent_class::desktop) +
                              "\x07unknown\x02s1\x07unknown\x07unknown\x07unknown\x00\x00\x06"s +
                              "curl/8\xAC\x02\x80\x01"s;
    CHECK(text_of(encode_events({}, at(1))) == lead + "\x00"s);
    CHECK(text_of(encode_events(std::vector{e}, at(1))) == lead + "\x01"s + event);
    std::string many = lead + "\xAC\x02"s;
    for (int i = 0; i < 300; ++i) many += event;
    CHECK(text_of(encode_events(std::vector(300, e), at(1))) == many);
}

TEST_CASE("bytes that are cut short, continued or of another version are refused", "[wire]") {
    const std::vector<play_event> events{full_event(), full_event()};
    auto bytes = encode_events(events, at(1));
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        CAPTURE(length);
        REQUIRE_FALSE(decode_events(std::span(bytes).first(length)));
    }
    bytes.push_back(std::byte{0});
    CHECK_FALSE(decode_events(bytes));
    bytes.pop_back();
    bytes[0] = std::byte{2};
    CHECK_FALSE(decode_events(bytes));
}

TEST_CASE("a record whose bytes are more than any server may send is refused", "[wire]") {
    using namespace std::string_literals;
    const auto with_bytes = [](const std::string& digits) {
        const std::string record = "\x01\x82\x80\x80\x80\x80\x80\x00\x01\x02\x01\x00"s +
                                   "\x01s\x01i\x01m\x02"
                                   "DE\x03hls"s +
                                   "\x00\x00\x00"s + digits;
        return decode_events(std::as_bytes(std::span(record)));
    };
    CHECK(with_bytes("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F"));            // 2^63 - 1
    CHECK_FALSE(with_bytes("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"));  // 2^63
    CHECK_FALSE(with_bytes("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"));  // 2^64 - 1
}

TEST_CASE("a changed byte is refused or decoded, and never read past the end", "[wire]") {
    const std::vector<play_event> events{full_event()};
    const auto bytes = encode_events(events, at(1));
    for (std::size_t place = 0; place < bytes.size(); ++place) {
        for (const int value : {0x00, 0x7F, 0x80, 0xFF}) {
            auto changed = bytes;
            changed[place] = static_cast<std::byte>(value);
            (void)decode_events(changed);
        }
    }
    SUCCEED();
}
