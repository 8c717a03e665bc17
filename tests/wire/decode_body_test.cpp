// What counts as a batch, and what as one event.
#include <algorithm>
#include <string>
#include <utility>

#include "decoded.hpp"

using namespace streamstats;
using namespace streamstats::testing;
using namespace std::string_literals;
using wire::decode_error;

namespace {

const std::string good = R"({"event":"play_started","id":"s"})";
const std::string bad = R"({"event":"play_started","id":"s","bytes":-1})";
const std::string foreign = R"({"event":"play_opened","id":"s"})";

// "received accepted ignored rejected"
std::string counts(std::string_view body) {
    const decoded result = decode(body);
    CAPTURE(body, result.outcome.message);
    CHECK(result.outcome.error == decode_error::none);
    CHECK(result.balances());
    return std::to_string(result.content.received) + " " + std::to_string(result.content.events.size()) + " " +
           std::to_string(result.content.ignored) + " " + std::to_string(result.content.rejections.size());
}

}  // namespace

TEST_CASE("a body is an event, an array of them, or an object around an array", "[wire]") {
    CHECK(counts(good) == "1 1 0 0");
    CHECK(counts(bad) == "1 0 0 1");
    CHECK(counts(foreign) == "1 0 1 0");
    CHECK(counts("[" + good + "]") == "1 1 0 0");
    CHECK(counts("[" + good + "," + foreign + "," + bad + "," + good + "]") == "4 2 1 1");
    CHECK(counts(R"({"events":[)" + good + "," + foreign + "," + bad + "]}") == "3 1 1 1");
    CHECK(counts(" \r\n\t[ \n" + good + " , " + foreign + "\t] \n") == "2 1 1 0");
    CHECK(counts("\xEF\xBB\xBF" + good) == "1 1 0 0");
}

TEST_CASE("a batch may be empty", "[wire]") {
    CHECK(counts("[]") == "0 0 0 0");
    CHECK(counts(R"({"events":[]})") == "0 0 0 0");
}

TEST_CASE("other members around a batch do not matter", "[wire]") {
    CHECK(counts(R"({"id":-1.5,"events":[)" + good + R"(],"server":7,"more":{"events":[]}})") == "1 1 0 0");
    CHECK(counts(R"({"event":null,"events":[)" + good + "]}") == "1 1 0 0");
    CHECK(counts(R"({"events":[)" + bad + R"(],"events":[)" + good + "," + good + "]}") == "2 2 0 0");
    CHECK(counts(R"({"events":5,"events":[)" + good + "]}") == "1 1 0 0");
    CHECK(counts(R"({"event\u0073":[)" + good + "]}") == "1 1 0 0");
}

TEST_CASE("an object with a kind is an event, also when it has a member called events", "[wire]") {
    CHECK(counts(R"({"events":[)" + bad + "," + good + R"(],"event":"play_closed","id":"own"})") == "1 1 0 0");
    CHECK(counts(R"({"event":"play_closed","id":"own","events":[)" + bad + "]}") == "1 1 0 0");
    CHECK(counts(R"({"event":"play_closed","id":"own","events":5})") == "1 1 0 0");
    CHECK(counts(R"({"event":7,"events":[)" + good + "]}") == "1 0 0 1");
    const accepted event{R"({"events":[)" + bad + R"(],"event":"play_closed","id":"own"})"};
    CHECK(event->id == "own");
}

TEST_CASE("JSON that is neither an event nor a batch has the wrong shape", "[wire]") {
    const std::string body =
        GENERATE("5"s, "-1.5e3"s, "1e400"s, "null"s, " true "s, "false"s, R"("text")"s, R"("")"s, R"("\ud800")"s,
                 R"({"events":5})"s, R"({"events":null})"s, R"({"events":{}})"s, R"({"events":[],"events":"x"})"s);
    CAPTURE(body);
    const decoded result = decode(body);
    CHECK(result.outcome.error == decode_error::wrong_shape);
    CHECK(result.outcome.message ==
          "the body must be an event (a JSON object), an array of events, or an object with an array `events`");
}

TEST_CASE("an element that is no object is rejected, and its neighbours are taken", "[wire]") {
    const std::string body = "[" + good + R"(,5,"x",null,true,[],[)" + good + "]," + good + "]";
    const decoded result = decode(body);
    CHECK(result.content.received == 8);
    CHECK(result.content.events.size() == 2);
    REQUIRE(result.content.rejections.size() == 6);
    for (const wire::rejection& why : result.content.rejections) {
        CHECK(why.field.empty());
        CHECK(why.message == "must be a JSON object");
    }
    CHECK(result.content.rejections[0].json == "5");
    CHECK(result.content.rejections[1].json == R"("x")");
    CHECK(result.content.rejections[5].json == "[" + good + "]");
}

TEST_CASE("a rejection has the place of its event in the batch, and its JSON as it was sent", "[wire]") {
    const std::string spaced = "{ \"event\" : \"play_closed\" ,\n \"id\" : [ \"\\u0041\" ] }";
    const decoded result = decode("[" + good + " , " + spaced + " \n, " + foreign + "," + bad + " ]");
    REQUIRE(result.content.rejections.size() == 2);
    CHECK(result.content.rejections[0].index == 1);
    CHECK(result.content.rejections[0].field == "id");
    CHECK(result.content.rejections[0].json == spaced);
    CHECK(result.content.rejections[1].index == 3);
    CHECK(result.content.rejections[1].json == bad);

    const decoded around = decode(R"({"events":[)" + good + "," + bad + R"(],"more":1})");
    REQUIRE(around.content.rejections.size() == 1);
    CHECK(around.content.rejections[0].index == 1);
    CHECK(around.content.rejections[0].json == bad);

    const decoded single = decode("  " + bad + "\n");
    REQUIRE(single.content.rejections.size() == 1);
    CHECK(single.content.rejections[0].index == 0);
    CHECK(single.content.rejections[0].json == bad);
}

TEST_CASE("the JSON of a rejection is cut where a character ends", "[wire]") {
    const std::string head = R"({"event":"play_started","x":")";
    for (std::size_t odd = 0; odd < 3; ++odd) {
        std::string json = head + std::string(odd, 'x');
        while (json.size() < wire::rejected_json_bytes_max + 100) json += "\xE2\x82\xAC";
        const decoded result = decode(json + "\"}");
        REQUIRE(result.content.rejections.size() == 1);
        const std::string& kept = result.content.rejections[0].json;
        CHECK(kept.size() <= wire::rejected_json_bytes_max);
        CHECK(kept.size() > wire::rejected_json_bytes_max - 3);
        CHECK((kept.size() - head.size() - odd) % 3 == 0);
        CHECK(json.starts_with(kept));
    }
}

TEST_CASE("a batch holds its texts by itself, wherever it is moved", "[wire]") {
    wire::batch kept;
    {
        const std::string body = "[" +
                                 event_with(R"("server":"edge \u00e4","media":")" + std::string(255, 'm') +
                                            R"(","user_id":5,"country":"de","proto":"HLS")") +
                                 "]";
        wire::decoder decoder;
        wire::batch content;
        REQUIRE(decoder.decode(body, content).error == decode_error::none);
        wire::batch other;
        REQUIRE(decoder.decode(good, other).error == decode_error::none);
        kept = std::move(content);
    }
    REQUIRE(kept.events.size() == 1);
    CHECK(kept.events[0].server == "edge \xC3\xA4");
    CHECK(kept.events[0].channel == std::string(255, 'm'));
    CHECK(kept.events[0].user_id == "5");
    CHECK(kept.events[0].country == "DE");
    CHECK(kept.events[0].protocol == "hls");
}

TEST_CASE("a batch keeps texts of any number and size", "[wire]") {
    wire::batch content;
    std::vector<std::string> sent;
    const auto keep = [&](std::string text) {
        play_event event;
        event.user_agent = text;
        content.add(event);
        sent.push_back(std::move(text));
    };
    for (std::size_t size = 0; size < 3'000; size += 7) keep(std::string(size, static_cast<char>('a' + size % 26)));
    keep(std::string(1'000'000, 'z'));
    REQUIRE(content.events.size() == sent.size());
    for (std::size_t i = 0; i < sent.size(); ++i) CHECK(content.events[i].user_agent == sent[i]);
}

TEST_CASE("a batch that was cleared is filled as a new one is", "[wire]") {
    const std::string one = "[" + event_with(R"("server":"edge1","user_agent":"curl/8")") + R"(,{"event":"other"},7])";
    wire::decoder decoder;
    wire::batch content;
    for (const std::size_t count : {1UL, 400UL, 1UL, 3UL, 3'000UL, 2UL}) {
        CAPTURE(count);
        std::string body = "[" + event_with(R"("server":"first")");
        for (std::size_t i = 1; i < count; ++i)
            body += "," + event_with("\"server\":" + in_quotes(std::to_string(i) + std::string(200, 's')));
        REQUIRE(decoder.decode(body + "]", content).error == decode_error::none);
        REQUIRE(content.events.size() == count);
        CHECK(content.events.front().server == "first");
        for (std::size_t i = 1; i < count; ++i)
            CHECK(content.events[i].server == std::to_string(i) + std::string(200, 's'));
        content.clear();
        REQUIRE(decoder.decode(one, content).error == decode_error::none);
        CHECK(content.received == 3);
        CHECK(content.ignored == 1);
        CHECK(content.rejections.size() == 1);
        REQUIRE(content.events.size() == 1);
        CHECK(content.events.front().user_agent == "curl/8");
        content.clear();
        CHECK(content.events.empty());
        CHECK(content.rejections.empty());
        CHECK(content.received == 0);
        CHECK(content.ignored == 0);
    }
}

TEST_CASE("a batch that was cleared keeps the room of a usual one, and no more", "[wire]") {
    constexpr std::size_t kept_max = 512UL * 1024;
    wire::decoder decoder;
    wire::batch content;
    REQUIRE(decoder.decode(good, content).error == decode_error::none);
    const std::size_t of_one = content.room();
    content.clear();
    CHECK(content.room() == of_one);
    std::string body = "[" + event_with("\"server\":" + in_quotes(std::string(200, 's')));
    for (int i = 1; i < 20'000; ++i) body += "," + event_with("\"server\":" + in_quotes(std::string(200, 's')));
    REQUIRE(decoder.decode(body + "]", content).error == decode_error::none);
    CHECK(content.room() > kept_max);
    content.clear();
    CHECK(content.room() < kept_max);
    const std::string long_text(1'000'000, 'x');
    play_event large;
    large.user_agent = long_text;
    content.add(large);
    CHECK(content.room() > kept_max);
    content.clear();
    CHECK(content.room() < kept_max);
}

TEST_CASE("room is made for as many events as a body has", "[wire]") {
    const auto body_of = [](std::size_t count, const std::string& event) {
        std::string body = "[" + event;
        for (std::size_t i = 1; i < count; ++i) body += "," + event;
        return body + "]";
    };
    const std::string usual = event_with("\"x\":" + in_quotes(std::string(500, 'x')));
    const decoded all = decode(body_of(1'000, usual));
    CHECK(all.content.events.size() == 1'000);
    CHECK(all.content.events.capacity() < 1'010);
    CHECK(decode(body_of(1'000, good)).content.events.size() == 1'000);
    // Much behind little, and little behind much.
    const std::string large = event_with("\"x\":" + in_quotes(std::string(100'000, 'x')));
    const decoded two = decode("[" + good + "," + large + "]");
    CHECK(two.content.events.size() == 2);
    CHECK(two.content.events.capacity() < 1'000);
    CHECK(decode("[" + large + "," + body_of(1'000, good).substr(1)).content.events.size() == 1'001);
}

TEST_CASE("a decoder may be used again after every outcome", "[wire]") {
    wire::decoder decoder;
    const std::string large = "[" + event_with(R"("x":")" + std::string(3'000'000, 'x') + R"(")") + "]";
    for (const std::string& body : {"["s, large, "[" + good + ",]", "5"s, "\xFF"s, large}) {
        wire::batch ruined;
        (void)decoder.decode(body, ruined);
        wire::batch content;
        CHECK(decoder.decode("[" + good + "," + bad + "]", content).error == decode_error::none);
        CHECK(content.events.size() == 1);
        CHECK(content.rejections.size() == 1);
    }
}

TEST_CASE("a batch of more than a million events is refused, one of a million is not", "[wire]") {
    std::string body = "[";
    for (std::size_t i = 0; i < wire::batch_events_max; ++i) body += R"({"event":""},)";
    const std::string with_last = body + R"({"event":""}])";
    body.back() = ']';
    const decoded full = decode(body);
    CHECK(full.outcome.error == decode_error::none);
    CHECK(full.content.ignored == wire::batch_events_max);
    const decoded over = decode(with_last);
    CHECK(over.outcome.error == decode_error::too_many_events);
    CHECK(over.outcome.message == "the body must have at most 1000000 events");
    CHECK(error_of(with_last.substr(0, with_last.size() - 1)) == decode_error::not_json);
}
