// A batch is its own record: what the journal gets are the bytes that its events' texts lie in.
#include <string>
#include <utility>
#include <vector>

#include "decoded.hpp"
#include "streamstats/wire/event_codec.hpp"

using namespace streamstats;
using namespace streamstats::testing;

namespace {

constexpr instant receipt{milliseconds{1'772'366'400'123}};

std::vector<std::byte> record_of(const wire::batch& content) {
    const auto lead = wire::lead_of(receipt);
    std::vector<std::byte> record(lead.begin(), lead.end());
    for (const std::byte one : content.encoded()) record.push_back(one);
    return record;
}

// The record is of exactly these events, and their texts lie in it.
void check_record(const wire::batch& content) {
    const std::vector<std::byte> record = record_of(content);
    CHECK(record == wire::encode_events(content.events, receipt));
    const auto read = wire::decode_events(record);
    REQUIRE(read);
    CHECK(read->received == receipt);
    CHECK((read->events == content.events));
    const auto* const begin = reinterpret_cast<const char*>(content.encoded().data());
    const auto* const end = begin + content.encoded().size();
    bool all_inside = true;
    for (const play_event& event : content.events) {
        for (const std::string_view text : {event.server, event.id, event.channel, event.country, event.protocol,
                                            event.user_id, event.ip, event.user_agent}) {
            all_inside = all_inside && text.data() > begin && text.data() + text.size() <= end;
        }
    }
    CHECK(all_inside);
}

void decode_into(wire::batch& content, const std::string& body) {
    REQUIRE(wire::decoder{}.decode(body, content).error == wire::decode_error::none);
}

// As many events, all different.
std::string body_of(std::size_t count) {
    std::string body = "[";
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) body += ',';
        body += event_with("\"server\":" + in_quotes("edge" + std::to_string(i)) + ",\"user_agent\":" +
                           in_quotes(std::string(i % 300, 'u')) + ",\"bytes\":" + std::to_string(i * i * i));
    }
    return body + "]";
}

}  // namespace

TEST_CASE("the record of a decoded batch is that of its events, however many they are", "[wire]") {
    for (const std::size_t count : {0UL, 1UL, 2UL, 127UL, 128UL, 400UL, 16'384UL}) {
        CAPTURE(count);
        const decoded result = decode(body_of(count));
        REQUIRE(result.content.events.size() == count);
        check_record(result.content);
    }
}

TEST_CASE("names that are left out, and names whose case changes, are in the record as they are counted", "[wire]") {
    const decoded result = decode("[" + event_with(R"("country":"de","proto":"HLS")") + "," +
                                  event_with(R"("country":"Germany","proto":"")") + "," + event_with("") + "," +
                                  event_with("\"proto\":" + in_quotes(std::string(255, 'X'))) + "]");
    REQUIRE(result.content.events.size() == 4);
    check_record(result.content);
    const auto record = record_of(result.content);
    const auto events = wire::decode_events(record)->events;
    CHECK(events[0].country == "DE");
    CHECK(events[0].protocol == "hls");
    CHECK(events[1].country == unknown_value);
    CHECK(events[1].protocol == unknown_value);
    CHECK(events[2].server == unknown_value);
    CHECK(events[2].channel == unknown_value);
    CHECK(events[3].protocol == std::string(255, 'x'));
}

TEST_CASE("rejected and ignored events leave nothing in the record", "[wire]") {
    const std::string refused = R"({"event":"play_started","id":"s","user_agent":"refused","bytes":-1})";
    const std::string foreign = R"({"event":"play_opened","id":"s","user_agent":"foreign"})";
    std::string body = "[" + refused;
    for (int i = 0; i < 50; ++i)
        body += "," + event_with("\"user_id\":" + std::to_string(i)) + "," + foreign + "," + refused;
    const decoded mixed = decode(body + ",7]");
    REQUIRE(mixed.content.events.size() == 50);
    REQUIRE(mixed.content.rejections.size() == 52);
    check_record(mixed.content);
    const decoded none = decode("[" + refused + "," + foreign + "]");
    CHECK(none.content.encoded().size() == 1);
    check_record(none.content);
}

TEST_CASE("only the events that count are in the record", "[wire]") {
    const std::string first = event_with(R"("server":"first")");
    const std::string second = event_with(R"("server":"second")");
    const decoded twice = decode(R"({"events":[)" + first + "," + first + R"(],"events":[)" + second + "]}");
    REQUIRE(twice.content.events.size() == 1);
    CHECK(twice.content.events[0].server == "second");
    check_record(twice.content);
    const decoded single = decode(R"({"events":[)" + first + R"(],"event":"play_closed","id":"own"})");
    REQUIRE(single.content.events.size() == 1);
    CHECK(single.content.events[0].id == "own");
    check_record(single.content);
    check_record(decode(R"({"events":[)" + first + R"(],"events":[]})").content);
}

TEST_CASE("a batch that was cleared has the record of its new events alone", "[wire]") {
    wire::batch content;
    for (const std::size_t count : {3UL, 500UL, 1UL, 0UL, 10'000UL, 2UL}) {
        CAPTURE(count);
        decode_into(content, body_of(count));
        REQUIRE(content.events.size() == count);
        check_record(content);
        content.clear();
        CHECK(content.encoded().size() == 1);
        check_record(content);
    }
}

TEST_CASE("texts of events stay what they were while a batch grows and moves", "[wire]") {
    std::vector<std::string> ids;
    for (int i = 0; i < 5'000; ++i) ids.push_back("session " + std::to_string(i));
    wire::batch growing;
    std::size_t moves = 0;
    for (const std::string& id : ids) {
        const char* const first = growing.events.empty() ? nullptr : growing.events.front().id.data();
        play_event event;
        event.id = id;
        growing.add(event);
        moves += growing.events.front().id.data() == first ? 0 : 1;
    }
    CHECK(moves > 3);
    const wire::batch moved = std::move(growing);
    wire::batch copied;
    for (const play_event& event : moved.events) copied.add(event);
    for (const wire::batch* const content : {&moved, &std::as_const(copied)}) {
        REQUIRE(content->events.size() == ids.size());
        bool all_same = true;
        for (std::size_t i = 0; i < ids.size(); ++i) all_same = all_same && content->events[i].id == ids[i];
        CHECK(all_same);
        check_record(*content);
    }
}
