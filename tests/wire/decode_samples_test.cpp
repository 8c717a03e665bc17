// Bodies in the shapes that media servers send.
#include <fstream>
#include <sstream>
#include <string>

#include "decoded.hpp"

using namespace streamstats;
using namespace streamstats::testing;

namespace {

decoded sample(const std::string& name) {
    std::ifstream file{std::string{SAMPLES_DIR} + "/" + name};
    REQUIRE(file);
    std::ostringstream text;
    text << file.rdbuf();
    decoded result = decode(text.str());
    CAPTURE(name, result.outcome.message);
    CHECK(result.outcome.error == wire::decode_error::none);
    CHECK(result.content.rejections.empty());
    CHECK(result.balances());
    return result;
}

instant at(std::int64_t ms) {
    return instant{milliseconds{ms}};
}

}  // namespace

TEST_CASE("sample: a start as an event sink sends it", "[wire]") {
    const decoded result = sample("event_sink_started.json");
    REQUIRE(result.content.events.size() == 1);
    const play_event& event = result.content.events[0];
    CHECK(event.kind == event_kind::play_started);
    CHECK(event.server == "edge7.example.net");
    CHECK(event.id == "69a54671-1c0f-4e21-9d1b-7a52f1e0c9d3");
    CHECK(event.channel == "news24");
    CHECK(event.country == "NZ");
    CHECK(event.protocol == "hls");
    CHECK(event.user_id == "88012");
    CHECK(event.ip == "198.51.100.17");
    CHECK(event.user_agent == "Lavf58.76.100");
    CHECK(event.bytes == 734'003U);
    CHECK(event.opened_at == at(1'772'439'281'042));
    CHECK(!event.closed_at);
    CHECK(event.time == at(1'772'439'340'120));
}

TEST_CASE("sample: a session from its opening to its close", "[wire]") {
    const decoded result = sample("session_lifecycle.json");
    CHECK(result.content.ignored == 1);
    REQUIRE(result.content.events.size() == 3);
    CHECK(result.content.events[0].kind == event_kind::play_started);
    CHECK(result.content.events[1].kind == event_kind::play_updated);
    CHECK(result.content.events[2].kind == event_kind::play_closed);
    for (const play_event& event : result.content.events) {
        CHECK(event.country == "NZ");
        CHECK(event.protocol == "dash");
        CHECK(event.opened_at == at(1'772'439'281'042));
        CHECK(event.updated_at == event.time);
    }
    CHECK(result.content.events[1].bytes == 12'400'000U);
    CHECK(result.content.events[2].closed_at == at(1'772'439'401'042));
}

TEST_CASE("sample: closes with few fields, without a server", "[wire]") {
    const decoded result = sample("trimmed_burst.json");
    CHECK(result.content.ignored == 1);
    REQUIRE(result.content.events.size() == 2);
    CHECK(result.content.events[0].server == "unknown");
    CHECK(result.content.events[0].country == "unknown");
    CHECK(result.content.events[0].bytes == 0U);
    CHECK(result.content.events[0].agent_class == user_agent_class::desktop);
    CHECK(result.content.events[1].country == "unknown");
    CHECK(result.content.events[1].agent_class == user_agent_class::android);
    CHECK(result.content.events[1].time == at(1'772'439'542'000));
}

TEST_CASE("sample: a server that was started again", "[wire]") {
    const decoded result = sample("server_restart.json");
    CHECK(result.content.ignored == 1);
    REQUIRE(result.content.events.size() == 1);
    CHECK(result.content.events[0].kind == event_kind::server_started);
    CHECK(result.content.events[0].server == "origin.example.net");
    CHECK(result.content.events[0].time == at(1'772'439'005'250));
}

TEST_CASE("sample: events of old servers have other names and are ignored", "[wire]") {
    CHECK(sample("old_disconnect.json").content.ignored == 1);
}
