// Fault 33 and its kin: bodies that are no JSON, or JSON that nobody sends in good faith.
#include <string>
#include <utility>

#include "decoded.hpp"

using namespace streamstats;
using namespace streamstats::testing;
using namespace std::string_literals;
using wire::decode_error;

namespace {

const std::string good = R"({"event":"play_started","id":"s"})";

std::string nested(std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
}

}  // namespace

TEST_CASE("a body that is not one JSON text is refused", "[wire]") {
    const std::string body = GENERATE(
        ""s, " "s, "\n\t \r"s, "\0"s, "\xEF\xBB\xBF"s, "["s, "]"s, "{"s, "}"s, "[[1]"s, "[1]]"s, "{}}"s, "[}"s, "{]"s,
        "[1,]"s, "[,1]"s, "[1,,2]"s, "[1 2]"s, "[1]2"s, "[1] [2]"s, "{} {}"s, "{}[]"s, "5 6"s, R"("a" "b")"s,
        R"("a"b)"s, "01"s, "+1"s, "-"s, "1."s, ".5"s, "1e"s, "0x1"s, "NaN"s, "Infinity"s, "nul"s, "nulll"s, "True"s,
        "truefalse"s, "'a'"s, "\"a"s, "\"\\\""s, "\"\\x41\""s, "\"\\u12\""s, "\"\\u12G4\""s, "\"\t\""s, "\"a\nb\""s,
        "\"\0\""s, "{a:1}"s, "{1:1}"s, R"({"a"})"s, R"({"a":})"s, R"({"a" 1})"s, R"({"a":1,})"s, R"({"a":1 "b":2})"s,
        R"({,})"s, R"({"a":"b":1})"s, R"({"a":1:2})"s, R"({"a":1}{)"s, "// no\n[]"s, "[1/**/]"s,
        "event=play_started&id=1"s, "<events/>"s, "[\f]"s, "[\v1]"s, "[1\0]"s, "[\xC2\xA0]"s, "{\"a\":1}\0"s);
    CAPTURE(body);
    const decoded result = decode(body);
    CHECK(result.outcome.error == decode_error::not_json);
    CHECK(result.outcome.message.starts_with("the body is not JSON: "));
    CHECK(result.outcome.message.size() > "the body is not JSON: "s.size());
}

TEST_CASE("all of a body is checked, also what is ignored", "[wire]") {
    const std::string value = GENERATE(
        "nul"s, "tru"s, "falsee"s, "01"s, "1.e5"s, "-"s, "--1"s, "1-"s, "0x10"s, "NaN"s, "1,,"s, "[1,]"s, "[1 2]"s,
        "[nul]"s, "{\"a\":01}"s, "{\"a\"}"s, "{\"a\":1,}"s, "[[[[1]]]"s, "[1}"s, "\"\\q\""s, "\"\\u00\""s,
        "\"\\ud800\\u00\""s, "{\"\\q\":1}"s, "\"a\":\"b\""s, "1:2"s, "\"\x01\""s, "[\"a\":1]"s, "{\"a\":{\"b\" 1}}"s);
    CAPTURE(value);
    CHECK(error_of("[" + good + "," + event_with("\"ignored\":" + value) + "]") == decode_error::not_json);
    CHECK(error_of("[" + good + "," + event_with("\"ignored\":[{\"a\":[" + value + "]}]") + "]") ==
          decode_error::not_json);
    CHECK(error_of(R"([{"event":"stream_opened","id":)" + value + "}]") == decode_error::not_json);
    CHECK(error_of("{\"events\":[],\"ignored\":" + value + "}") == decode_error::not_json);
    CHECK(error_of("{\"events\":" + value + "}") == decode_error::not_json);
    CHECK(error_of("[" + good + "," + value + "]") == decode_error::not_json);
}

TEST_CASE("a message says where the JSON breaks off", "[wire]") {
    CHECK(decode("").outcome.message == "the body is not JSON: it is empty");
    CHECK(decode("[\"abc").outcome.message == "the body is not JSON: a string is not closed");
    CHECK(decode("[\"a\nc\"]").outcome.message ==
          "the body is not JSON: a control character in a string is not escaped");
    CHECK(decode("[1, 2, nul]").outcome.message == "the body is not JSON: a value is malformed near byte 7");
    const std::pair<std::string, int> broken[] = {
        {R"([{"abc":}])", 8},          {R"([{"abc":1,2}])", 8}, {R"([{"abc" 1}])", 0},     {R"(["ab", "a\q"])", 7},
        {R"([{"a":"b","\q":1}])", 11}, {R"([[1, 2}])", 5},      {R"([{"abc":"d":1}])", 8}, {"[}]", 1}};
    for (const auto& [body, at] : broken) {
        CHECK(decode(body).outcome.message.ends_with(" near byte " + std::to_string(at)));
    }
    CHECK(decode("[] []").outcome.message.find("something follows after the end") != std::string::npos);
}

TEST_CASE("arrays and objects may be nested 1024 deep, and no deeper", "[wire]") {
    CHECK(error_of(nested(1'024)) == decode_error::none);
    CHECK(error_of(nested(1'025)) == decode_error::not_json);
    CHECK(decode(nested(1'025)).outcome.message.find("1024") != std::string::npos);
    CHECK(error_of("[" + event_with("\"x\":" + nested(1'022)) + "]") == decode_error::none);
    CHECK(error_of("[" + event_with("\"x\":" + nested(1'023)) + "]") == decode_error::not_json);
    CHECK(error_of(event_with("\"bytes\":" + nested(1'024))) == decode_error::not_json);
    // Depth, not number.
    std::string wide = "[";
    for (int i = 0; i < 5'000; ++i) wide += "[[]],";
    CHECK(error_of(wide + "[]]") == decode_error::none);
}

TEST_CASE("a nest of a million arrays or objects is refused", "[wire]") {
    CHECK(error_of(nested(1'000'000)) == decode_error::not_json);
    CHECK(error_of(std::string(1'000'000, '[')) == decode_error::not_json);
    CHECK(error_of(event_with("\"x\":" + nested(1'000'000))) == decode_error::not_json);
    std::string objects;
    for (int i = 0; i < 1'000'000; ++i) objects += "{\"a\":";
    CHECK(error_of(objects + "1" + std::string(1'000'000, '}')) == decode_error::not_json);
}

TEST_CASE("numbers beyond every type cost only the event whose field they are in", "[wire]") {
    const std::string body = "[" + event_with(R"("duration":1e400)") + "," + event_with(R"("bytes":1e400)") + "," +
                             event_with(R"("event_id":18446744073709551617)") + "," +
                             event_with(R"("bytes":18446744073709551617)") + "," +
                             event_with("\"x\":" + std::string(5'000, '9') + "." + std::string(5'000, '9')) + "]";
    const decoded result = decode(body);
    CHECK(result.content.events.size() == 3);
    REQUIRE(result.content.rejections.size() == 2);
    CHECK(result.content.rejections[0].index == 1);
    CHECK(result.content.rejections[1].index == 3);
}

TEST_CASE("of a body that is not UTF-8 only the events with the wrong bytes are rejected", "[wire]") {
    const std::string broken = GENERATE("\xFF"s, "\xC3"s, "\xC0\xAF"s, "\xE2\x82"s, "\xED\xA0\x80"s,
                                        "\xF4\x90\x80\x80"s, "\xF8\x88\x80\x80\x80"s, "\x80"s, "a\xF0\x9F\x98"s);
    const decoded result =
        decode("[" + event_with(R"("media":"\u00e4 \"ok\"","user_id":"one")") + "," +
               event_with("\"media\":\"x" + broken + "\"") + "," + event_with("\"referer\":\"" + broken + "\"") + "," +
               event_with("\"a\":[{\"b\":\"" + broken + "\"}]") + "," + event_with("\"" + broken + "\":1") + "," +
               event_with("\"media\":\"\xC3\xA4\"") + ",\"" + broken + "\"]");
    CHECK(result.outcome.error == decode_error::none);
    CHECK(result.balances());
    REQUIRE(result.content.events.size() == 2);
    CHECK(result.content.events[0].channel == "\xC3\xA4 \"ok\"");
    CHECK(result.content.events[0].user_id == "one");
    CHECK(result.content.events[1].channel == "\xC3\xA4");
    REQUIRE(result.content.rejections.size() == 5);
    CHECK(result.content.rejections[0].field == "media");
    CHECK(result.content.rejections[0].json.find("\xEF\xBF\xBD") != std::string::npos);
    for (std::size_t i = 0; i < 4; ++i) {
        const wire::rejection& why = result.content.rejections[i];
        CHECK(why.index == i + 1);
        if (i > 0) CHECK(why.field.empty());
        CHECK(why.message == "must be text in UTF-8, without lone surrogates");
    }
    CHECK(result.content.rejections[4].message == "must be a JSON object");
}

TEST_CASE("a U+FFFD that was sent is text like any other", "[wire]") {
    const decoded result =
        decode("[" + event_with("\"media\":\"\xEF\xBF\xBD\"") + "," + event_with("\"x\":\"\xFF\"") + "]");
    REQUIRE(result.content.events.size() == 1);
    CHECK(result.content.events[0].channel == "\xEF\xBF\xBD");
    CHECK(result.content.rejections.size() == 1);
}

TEST_CASE("bytes that are not UTF-8 outside of strings make the body no JSON", "[wire]") {
    CHECK(error_of("[\xFF]") == decode_error::not_json);
    CHECK(error_of("\xFF") == decode_error::not_json);
    CHECK(error_of("[" + good + "]\xC3") == decode_error::not_json);
    CHECK(error_of("[" + good + "\xE2\x82,1]") == decode_error::not_json);
    CHECK(error_of("\xFF\xFE[\0]\0"s) == decode_error::not_json);
    CHECK(error_of(std::string(100'000, '\xFF')) == decode_error::not_json);
}

TEST_CASE("wrong bytes around a batch cost no event", "[wire]") {
    const decoded result = decode("{\"note\":\"\xFF\",\"events\":[" + good + "]}");
    CHECK(result.outcome.error == decode_error::none);
    CHECK(result.content.events.size() == 1);
}

TEST_CASE("lone surrogates cost only the event whose field they are in", "[wire]") {
    const decoded result = decode("[" + event_with(R"("media":"\ud83d\ude00")") + "," +
                                  event_with(R"("media":"\ude00\ud83d")") + "," + event_with(R"("x":"\ud83d")") + "]");
    CHECK(result.content.events.size() == 2);
    REQUIRE(result.content.rejections.size() == 1);
    CHECK(result.content.rejections[0].index == 1);
}

TEST_CASE("a body may end anywhere, and only the whole of it is JSON", "[wire]") {
    const std::string body =
        R"([{"event":"play_started","id":"s\u0041","x":[1.5e3,true,null,{"a":"\ud83d\ude00"}]}, 5 ])";
    REQUIRE(error_of(body) == decode_error::none);
    for (std::size_t size = 0; size < body.size(); ++size) {
        CAPTURE(size);
        CHECK(error_of(body.substr(0, size)) == decode_error::not_json);
    }
}
