// The field table of SEMANTICS 1: every row at its limits, and one past them.
#include <string>
#include <string_view>

#include "decoded.hpp"

using namespace streamstats;
using namespace streamstats::testing;
using namespace std::string_literals;

namespace {

constexpr const char* rule_string = "must be a string";
constexpr const char* rule_key = "must be a string or a 64-bit integer";
constexpr const char* rule_id_length = "must be 1 to 128 bytes long";
constexpr const char* rule_name_length = "must be at most 255 bytes long";
constexpr const char* rule_bytes = "must be an integer from 0 to 9223372036854775807";
constexpr const char* rule_unicode = "must be text in UTF-8, without lone surrogates";

std::string rule_number(const std::string& field) {
    return field +
           ": must be a number of milliseconds since 1970 (below 100000000000: of seconds), from 0 up to the year 9999";
}
std::string rule_time(const std::string& field) {
    return field +
           ": must be a number of milliseconds since 1970 (below 100000000000: of seconds) or an ISO 8601 time with a "
           "zone, from 1970 up to the year 9999";
}

instant at(std::int64_t ms) {
    return instant{milliseconds{ms}};
}

std::string member(std::string_view name, std::string_view json) {
    return in_quotes(name) + ":" + std::string{json};
}

}  // namespace

TEST_CASE("an event with nothing but its kind and id has every default", "[wire]") {
    const accepted event{R"({"event":"play_started","id":"s"})"};
    CHECK(event->kind == event_kind::play_started);
    CHECK(event->id == "s");
    CHECK(event->server == "unknown");
    CHECK(event->channel == "unknown");
    CHECK(event->country == "unknown");
    CHECK(event->protocol == "unknown");
    CHECK(event->user_id.empty());
    CHECK(event->ip.empty());
    CHECK(event->user_agent.empty());
    CHECK(event->agent_class == user_agent_class::other);
    CHECK(!event->bytes);
    CHECK(!event->opened_at);
    CHECK(!event->closed_at);
    CHECK(!event->updated_at);
    CHECK(!event->time);
}

TEST_CASE("null counts as absent, in every field", "[wire]") {
    const accepted event{event_with(
        R"("server":null,"media":null,"user_id":null,"ip":null,"user_agent":null,"country":null,"proto":null,
           "bytes":null,"opened_at":null,"closed_at":null,"updated_at":null,"utc_ms":null,"time":null)")};
    CHECK(event->server == "unknown");
    CHECK(event->channel == "unknown");
    CHECK(event->country == "unknown");
    CHECK(event->protocol == "unknown");
    CHECK(!event->bytes);
    CHECK(!event->time);
    CHECK(rejected(R"({"event":"play_started","id":null})") == "id: must be present");
    CHECK(rejected(R"({"event":null,"id":"s"})") == "event: must be present");
}

TEST_CASE("the four kinds of events are taken", "[wire]") {
    CHECK(accepted { R"({"event":"play_started","id":"s"})" } -> kind == event_kind::play_started);
    CHECK(accepted { R"({"event":"play_updated","id":"s"})" } -> kind == event_kind::play_updated);
    CHECK(accepted { R"({"event":"play_closed","id":"s"})" } -> kind == event_kind::play_closed);
    CHECK(accepted { R"({"event":"server_started"})" } -> kind == event_kind::server_started);
}

TEST_CASE("any other event is ignored, whatever its other fields hold", "[wire]") {
    const std::string body = GENERATE(
        R"({"event":"play_opened","id":"s"})"s, R"({"event":"","id":"s"})"s, R"({"event":"Play_started","id":"s"})"s,
        R"({"event":"play_started ","id":"s"})"s, R"({"event":"play_started\u0000","id":"s"})"s,
        R"({"event":"stream_opened","id":[],"bytes":-1,"time":"noon","server":7})"s,
        R"({"event":"stream_opened","media":"\ud800"})"s, "{\"event\":\"stream_opened\",\"media\":\"\xFF\"}"s);
    CAPTURE(body);
    const decoded result = decode(body);
    CHECK(result.outcome.error == wire::decode_error::none);
    CHECK(result.content.received == 1);
    CHECK(result.content.ignored == 1);
    CHECK(result.balances());
}

TEST_CASE("an event without a kind is rejected", "[wire]") {
    CHECK(rejected("{}") == "event: must be present");
    CHECK(rejected(R"({"id":"s"})") == "event: must be present");
    CHECK(rejected(R"({"event":1,"id":"s"})") == "event: must be a string"s);
    CHECK(rejected(R"({"event":["play_started"],"id":"s"})") == "event: must be a string"s);
    CHECK(rejected(R"({"event":"\udc00","id":"s"})") == "event: "s + rule_unicode);
}

TEST_CASE("an id has 1 to 128 bytes", "[wire]") {
    const auto with_id = [](std::string_view json) {
        return R"({"event":"play_closed","id":)" + std::string{json} + "}";
    };
    CHECK(accepted { with_id(R"("s")") } -> id == "s");
    CHECK(accepted { with_id(in_quotes(std::string(128, 'x'))) } -> id == std::string(128, 'x'));
    CHECK(rejected(with_id(in_quotes(std::string(129, 'x')))) == "id: "s + rule_id_length);
    CHECK(rejected(with_id(R"("")")) == "id: "s + rule_id_length);
    CHECK(rejected(R"({"event":"play_closed"})") == "id: must be present");
    // Bytes, not characters.
    std::string umlauts;
    for (int i = 0; i < 64; ++i) umlauts += "\xC3\xA4";
    CHECK(accepted { with_id(in_quotes(umlauts)) } -> id == umlauts);
    CHECK(rejected(with_id(in_quotes(umlauts + "x"))) == "id: "s + rule_id_length);
    // Bytes of the text, not of its escapes.
    std::string escapes;
    for (int i = 0; i < 128; ++i) escapes += "\\u0041";
    CHECK(accepted { with_id(in_quotes(escapes)) } -> id == std::string(128, 'A'));
}

TEST_CASE("an id may be any 64-bit integer, and is then its decimal text", "[wire]") {
    const auto with_id = [](std::string_view json) {
        return R"({"event":"play_closed","id":)" + std::string{json} + "}";
    };
    CHECK(accepted { with_id("0") } -> id == "0");
    CHECK(accepted { with_id("-0") } -> id == "0");
    CHECK(accepted { with_id("42") } -> id == "42");
    CHECK(accepted { with_id("-9223372036854775808") } -> id == "-9223372036854775808");
    CHECK(accepted { with_id("18446744073709551615") } -> id == "18446744073709551615");
    for (const char* json : {"-9223372036854775809", "18446744073709551616", "18446744073709551617", "1.5", "5.0",
                             "1e3", "1e400", "true", "[]", "{}", R"(["s"])"}) {
        CAPTURE(json);
        CHECK(rejected(with_id(json)) == "id: "s + rule_key);
    }
}

TEST_CASE("server_started needs no id", "[wire]") {
    CHECK(accepted { R"({"event":"server_started","server":"edge"})" } -> id.empty());
    CHECK(accepted { R"({"event":"server_started","id":null})" } -> id.empty());
    CHECK(rejected(R"({"event":"server_started","id":[]})") == "id: "s + rule_key);
}

TEST_CASE("server, media, proto, user_id and ip have at most 255 bytes", "[wire]") {
    const std::string name = GENERATE("server"s, "media"s, "proto"s, "user_id"s, "ip"s);
    CAPTURE(name);
    CHECK(rejected(event_with(member(name, in_quotes(std::string(255, 'x'))))) == "taken");
    CHECK(rejected(event_with(member(name, in_quotes(std::string(256, 'x'))))) == name + ": " + rule_name_length);
    CHECK(rejected(event_with(member(name, R"("\ud800")"))) == name + ": " + rule_unicode);
    CHECK(rejected(event_with(member(name, R"("x\udfffy")"))) == name + ": " + rule_unicode);
    CHECK(rejected(event_with(member(name, R"("\ud83dx")"))) == name + ": " + rule_unicode);
    CHECK(rejected(event_with(member(name, R"("\ud83d\u0041")"))) == name + ": " + rule_unicode);
    CHECK(rejected(event_with(member(name, "\"\xC3\""))) == name + ": " + rule_unicode);
    for (const char* json : {"true", "1.5", "[]", "{}"}) {
        CAPTURE(json);
        CHECK(rejected(event_with(member(name, json))) == name + ": " + (name == "user_id" ? rule_key : rule_string));
    }
}

TEST_CASE("an absent or empty name is unknown, any other is kept byte for byte", "[wire]") {
    CHECK(accepted { event_with(R"("server":"","media":"","proto":"","country":"")") } -> server == "unknown");
    CHECK(accepted { event_with(R"("server":"","media":"","proto":"","country":"")") } -> channel == "unknown");
    CHECK(accepted { event_with(R"("server":"","media":"","proto":"","country":"")") } -> protocol == "unknown");
    CHECK(accepted { event_with(R"("server":"","media":"","proto":"","country":"")") } -> country == "unknown");
    CHECK(accepted { event_with(R"("server":"Edge 1 ")") } -> server == "Edge 1 ");
    CHECK(accepted { event_with(R"("media":"a\u0000b")") } -> channel == "a\0b"s);
    CHECK(accepted { event_with(R"("media":"'; DROP\r\n%s\u202e\ud83d\ude00")") }
          -> channel == "'; DROP\r\n%s\xE2\x80\xAE\xF0\x9F\x98\x80");
    CHECK(accepted { event_with(R"("media":"\"\\\/\b\f\n\r\t\u00e4\u20AC")") }
          -> channel == "\"\\/\b\f\n\r\t\xC3\xA4\xE2\x82\xAC");
}

TEST_CASE("a user id may be an integer", "[wire]") {
    CHECK(accepted { event_with(R"("user_id":"u 1")") } -> user_id == "u 1");
    CHECK(accepted { event_with(R"("user_id":"")") } -> user_id.empty());
    CHECK(accepted { event_with(R"("user_id":123456)") } -> user_id == "123456");
    CHECK(accepted { event_with(R"("user_id":18446744073709551615)") } -> user_id == "18446744073709551615");
    CHECK(rejected(event_with(R"("user_id":18446744073709551616)")) == "user_id: "s + rule_key);
}

TEST_CASE("a user agent has at most 4096 bytes, and gets its class", "[wire]") {
    CHECK(accepted { event_with(R"("user_agent":"Mozilla/5.0 (Linux; Android 12) Mobile")") }
          -> agent_class == user_agent_class::android);
    CHECK(accepted { event_with(member("user_agent", in_quotes(std::string(4096, 'x')))) }
          -> user_agent == std::string(4096, 'x'));
    CHECK(rejected(event_with(member("user_agent", in_quotes(std::string(4097, 'x'))))) ==
          "user_agent: must be at most 4096 bytes long");
    CHECK(rejected(event_with(R"("user_agent":5)")) == "user_agent: "s + rule_string);
    CHECK(rejected(event_with(R"("user_agent":"\ud800")")) == "user_agent: "s + rule_unicode);
}

TEST_CASE("the class of a user agent is the same the second time", "[wire]") {
    wire::decoder decoder;
    for (int round = 0; round < 2; ++round) {
        wire::batch content;
        const std::string android = event_with(R"("user_agent":"Mozilla/5.0 (Linux; Android 12) Mobile")");
        const std::string other = event_with(R"("user_agent":"zz")");
        REQUIRE(decoder.decode("[" + android + "," + other + "]", content).error == wire::decode_error::none);
        REQUIRE(content.events.size() == 2);
        CHECK(content.events[0].agent_class == user_agent_class::android);
        CHECK(content.events[1].agent_class == user_agent_class::other);
    }
}

TEST_CASE("a country is two letters in upper case, anything else is unknown", "[wire]") {
    CHECK(accepted { event_with(R"("country":"AU")") } -> country == "AU");
    CHECK(accepted { event_with(R"("country":"us")") } -> country == "US");
    CHECK(accepted { event_with(R"("country":"zA")") } -> country == "ZA");
    for (const char* json :
         {R"("")", R"("NONE")", R"("A")", R"("A1")", R"("USA")", R"("u ")", R"("@Z")", R"("[a")", R"("\u00e4")"}) {
        CAPTURE(json);
        CHECK(accepted { event_with(member("country", json)) } -> country == "unknown");
    }
    CHECK(accepted { event_with(member("country", in_quotes(std::string(1000, 'x')))) } -> country == "unknown");
    CHECK(rejected(event_with(R"("country":61)")) == "country: "s + rule_string);
    CHECK(rejected(event_with(R"("country":["AU"])")) == "country: "s + rule_string);
    CHECK(rejected(event_with(R"("country":"\ud800")")) == "country: "s + rule_unicode);
}

TEST_CASE("a protocol is in lower case, of ASCII letters", "[wire]") {
    CHECK(accepted { event_with(R"("proto":"HLS")") } -> protocol == "hls");
    CHECK(accepted { event_with(R"("proto":"RTSP-UDP2")") } -> protocol == "rtsp-udp2");
    CHECK(accepted { event_with(R"("proto":"\u00c4")") } -> protocol == "\xC3\x84");
}

TEST_CASE("bytes is an integer from 0 to 2^63 - 1, also as a whole number with point or exponent", "[wire]") {
    CHECK(accepted { event_with(R"("bytes":0)") } -> bytes == 0U);
    CHECK(accepted { event_with(R"("bytes":-0)") } -> bytes == 0U);
    CHECK(accepted { event_with(R"("bytes":9223372036854775807)") } -> bytes == 9'223'372'036'854'775'807U);
    CHECK(accepted { event_with(R"("bytes":9223372036854775807.0)") } -> bytes == 9'223'372'036'854'775'807U);
    CHECK(accepted { event_with(R"("bytes":1e6)") } -> bytes == 1'000'000U);
    CHECK(accepted { event_with(R"("bytes":5.0)") } -> bytes == 5U);
    CHECK(accepted { event_with(R"("bytes":1.25E+2)") } -> bytes == 125U);
    CHECK(accepted { event_with(R"("bytes":1200e-2)") } -> bytes == 12U);
    CHECK(accepted { event_with(R"("bytes":0e999999999999999999999)") } -> bytes == 0U);
    for (const char* json : {"-1", "-0.5", "0.5", "1.5", "1e-1", "1e-400", "9223372036854775808",
                             "18446744073709551616", "18446744073709551617", "1e19", "1e400", "1e99999999999999999999",
                             R"("5")", R"("")", "true", "[]", "{}", "[5]"}) {
        CAPTURE(json);
        CHECK(rejected(event_with(member("bytes", json))) == "bytes: "s + rule_bytes);
    }
}

TEST_CASE("a whole number is read to its last digit, however many it has", "[wire]") {
    const std::string digits = "9182736450192837465";
    for (std::size_t size = 1; size < digits.size(); ++size) {
        const std::string number = digits.substr(0, size);
        CAPTURE(number);
        CHECK(accepted { event_with("\"bytes\":" + number) } -> bytes == std::stoull(number));
        CHECK(error_of(event_with("\"x\":0" + number)) == wire::decode_error::not_json);
        for (std::size_t at = 0; at < size; ++at) {
            for (const char other : {'/', ':', ';', '?', 'a', '\xB5'}) {
                std::string wrong = number;
                wrong[at] = other;
                CHECK(error_of(event_with("\"x\":" + wrong)) == wire::decode_error::not_json);
            }
        }
    }
}

TEST_CASE("opened_at, closed_at and updated_at are numbers", "[wire]") {
    CHECK(accepted { event_with(R"("opened_at":1763982557616)") } -> opened_at == at(1'763'982'557'616));
    CHECK(accepted { event_with(R"("closed_at":1763982557)") } -> closed_at == at(1'763'982'557'000));
    CHECK(accepted { event_with(R"("updated_at":1763982557.6169)") } -> updated_at == at(1'763'982'557'616));
    const std::string name = GENERATE("opened_at"s, "closed_at"s, "updated_at"s);
    for (const char* json : {"-1", "253402300800000", "1e400", "18446744073709551617", R"("1763982557616")",
                             R"("2025-11-24T11:10:26Z")", "true", "[]", "{}", R"("\ud800")"}) {
        CAPTURE(json);
        CHECK(rejected(event_with(member(name, json))) == rule_number(name));
    }
}

TEST_CASE("utc_ms and time are numbers or ISO times, and utc_ms comes first", "[wire]") {
    CHECK(accepted { event_with(R"("time":"2025-11-24T11:10:26.498510Z")") } -> time == at(1'763'982'626'498));
    CHECK(accepted { event_with(R"("time":1763982626498)") } -> time == at(1'763'982'626'498));
    CHECK(accepted { event_with(R"("utc_ms":1763982626498)") } -> time == at(1'763'982'626'498));
    CHECK(accepted { event_with(R"("utc_ms":"2025-11-24T12:10:26.498+01:00")") } -> time == at(1'763'982'626'498));
    CHECK(accepted { event_with(R"("time":"2025-11-24T11:10:26Z","utc_ms":1763982626498)") }
          -> time == at(1'763'982'626'498));
    CHECK(accepted { event_with(R"("time":"2025-11-24T11:10:26Z","utc_ms":null)") } -> time == at(1'763'982'626'000));
    const std::string name = GENERATE("utc_ms"s, "time"s);
    for (const char* json : {"-1", "253402300800000", "1e400", R"("1763982626498")", R"("2025-11-24T11:10:26")",
                             R"("")", R"("noon")", "true", "[]", "{}"}) {
        CAPTURE(json);
        CHECK(rejected(event_with(member(name, json))) == rule_time(name));
    }
    CHECK(rejected(event_with(member(name, R"("\ud800")"))) == name + ": " + rule_unicode);
    CHECK(rejected(event_with(R"("utc_ms":1763982626498,"time":"noon")")) == rule_time("time"));
}

TEST_CASE("unknown fields of any type are ignored, at any depth", "[wire]") {
    const accepted event{event_with(
        R"("reason":{"code":[1,2,{"id":"not me","bytes":-1}]},"token":null,"a":true,"b":false,"c":-1.5e-7,"":"",
           "huge":1e400,"wide":18446744073709551617,"lone":"\ud800","\udc00":1,"source_id":[],"user_name":{},
           "events":[{"event":"play_started"}],"server":"edge")")};
    CHECK(event->id == "s");
    CHECK(event->server == "edge");
    CHECK(!event->bytes);
}

TEST_CASE("of equal names the last wins", "[wire]") {
    CHECK(accepted { event_with(R"("id":"t")") } -> id == "t");
    CHECK(accepted { event_with(R"("bytes":-1,"bytes":7)") } -> bytes == 7U);
    CHECK(accepted { event_with(R"("server":"a","server":null)") } -> server == "unknown");
    CHECK(rejected(event_with(R"("id":null)")) == "id: must be present");
    CHECK(rejected(event_with(R"("bytes":7,"bytes":-1)")) == "bytes: "s + rule_bytes);
    CHECK(accepted { R"({"event":"stream_opened","id":"s","event":"play_closed"})" }
          -> kind == event_kind::play_closed);
}

TEST_CASE("names are compared as text, so escapes in them do not matter", "[wire]") {
    CHECK(accepted { R"({"\u0065vent":"play\u005fclosed","i\u0064":"s"})" } -> id == "s");
    CHECK(accepted { event_with(R"("Bytes":-1,"bytes ":-1,"byte":-1,"bytess":-1)") } -> id == "s");
}

TEST_CASE("a name that differs from a known one in any character is unknown", "[wire]") {
    for (const std::string known : {"id", "time", "bytes", "server", "user_id", "opened_at", "user_agent"}) {
        for (std::size_t at = 0; at < known.size(); ++at) {
            std::string name = known;
            name[at] = '~';
            CAPTURE(name);
            CHECK(error_of(event_with(in_quotes(name) + ":[]")) == wire::decode_error::none);
            CHECK(decode(event_with(in_quotes(name) + ":[]")).content.rejections.empty());
        }
        CHECK(decode(event_with(in_quotes(known + "~") + ":[]")).content.rejections.empty());
        CHECK(decode(event_with(in_quotes(known) + ":[]")).content.rejections.size() == 1);
    }
}
