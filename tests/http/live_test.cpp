// GET /api/v1/live: what is going on now.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "http/live.hpp"
#include "http/running_server.hpp"
#include "streamstats/telemetry/build_info.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::http;
using namespace streamstats::http::testing;
using nlohmann::json;

namespace {

live_numbers some_numbers() {
    live_numbers numbers;
    numbers.number = 3;
    numbers.at = fixed_now;
    numbers.health.started = fixed_now - seconds{90};
    numbers.health.database_connected = true;
    numbers.health.last_flush = fixed_now - seconds{20};
    numbers.health.pending_rows = 5;
    numbers.events_accepted = 44;
    numbers.counts.active_sessions = 9;
    numbers.counts.unique_users = 8;
    numbers.counts.by[index_of(dimension::channel)] = {
        {"sport", 2, 0}, {"News", 3, 0}, {"films", 2, 0}, {"old news", 1, 0}, {"<b>news</b>\xff", 1, 0}};
    return numbers;
}

json live_json(const live_query& asked) {
    return json::parse(*live_frame{some_numbers()}.text(asked));
}

std::vector<std::string> values_of(const json& list) {
    std::vector<std::string> values;
    for (const json& one : list["top"]) values.push_back(one["value"]);
    return values;
}

json problem_of(const reply& answer) {
    CHECK(answer.status == 400);
    CHECK(answer.field("Content-Type") == "application/problem+json");
    return json::parse(answer.body);
}

}  // namespace

TEST_CASE("live numbers have their time, the daemon's health, the totals and each dimension", "[http]") {
    const json live = live_json({});
    CHECK(live["at"] == to_iso_text(fixed_now));
    CHECK(live["version"] == telemetry::version());
    CHECK(live["started_at"] == to_iso_text(fixed_now - seconds{90}));
    CHECK(live["health"] == json{{"status", "healthy"},
                                 {"accepting", true},
                                 {"database", "connected"},
                                 {"problems", json::array()},
                                 {"last_flush", to_iso_text(fixed_now - seconds{20})},
                                 {"pending_rows", 5}});
    CHECK(live["active_sessions"] == 9);
    CHECK(live["unique_users"] == 8);
    CHECK(live["events_accepted_total"] == 44);
    CHECK(live["dimensions"].size() == 5);
    for (const char* d : {"server", "channel", "country", "protocol", "user_agent_class"})
        CHECK(live["dimensions"][d]["top"].is_array());
    CHECK(live["dimensions"]["channel"]["top"][0] == json{{"value", "News"}, {"active_sessions", 3}});
}

TEST_CASE("a list has the largest first, equal ones by value, and at most the limit", "[http]") {
    const json channels = live_json({3, ""})["dimensions"]["channel"];
    CHECK(values_of(channels) == std::vector<std::string>{"News", "films", "sport"});
    CHECK(channels["values"] == 5);
    CHECK(channels["matching"] == 5);
}

TEST_CASE("a match leaves the values that contain it, letters in any case, and says how many", "[http]") {
    const json channels = live_json({2, "NEWS"})["dimensions"]["channel"];
    CHECK(values_of(channels) == std::vector<std::string>{"News", "<b>news</b>\xef\xbf\xbd"});
    CHECK(channels["values"] == 5);
    CHECK(channels["matching"] == 3);
    CHECK(live_json({2, "newsx"})["dimensions"]["channel"]["top"].empty());
}

TEST_CASE("those who ask the same get the same text, and it is one line", "[http]") {
    const live_frame frame{some_numbers()};
    CHECK(frame.text({}) == frame.text({}));
    CHECK(frame.text({}) != frame.text({2, ""}));
    CHECK(frame.text({})->find('\n') == std::string::npos);
    for (std::size_t i = 1; i <= 100; ++i) CHECK(frame.text({i, "x"})->size() > 100);  // more than are kept
}

TEST_CASE("live numbers are gathered once a second, whoever asks, and not while nobody does", "[http]") {
    settings chosen = test_settings();
    chosen.live_interval = milliseconds{3'600'000};
    running_server running{chosen};
    running.inside.counts.active_sessions = 7;
    CHECK(running.inside.times_counted() == 0);
    for (int i = 0; i < 10; ++i) {
        const reply answer = running.ask(request("GET", "/api/v1/live?limit=" + std::to_string(i + 1)));
        CHECK(answer.status == 200);
        CHECK(answer.field("Content-Type") == "application/json");
        CHECK(json::parse(answer.body)["active_sessions"] == 7);
    }
    CHECK(running.inside.times_counted() == 1);
}

TEST_CASE("live numbers of a later second are new ones", "[http]") {
    settings chosen = test_settings();
    chosen.live_interval = milliseconds{1};
    running_server running{chosen};
    while (running.inside.times_counted() < 3) CHECK(running.ask(request("GET", "/api/v1/live")).status == 200);
}

TEST_CASE("what asks for live numbers has limits, and each refusal names the parameter", "[http]") {
    running_server running;
    const auto ask = [&](const std::string& query) { return running.ask(request("GET", "/api/v1/live" + query)); };
    CHECK(ask("?limit=1000&match=" + std::string(255, 'a') + "&token=anything").status == 200);
    CHECK(problem_of(ask("?limit=1001"))["rule"] == "must be an integer from 1 to 1000");
    CHECK(problem_of(ask("?limit=0"))["field"] == "limit");
    CHECK(problem_of(ask("?match=" + std::string(256, 'a')))["field"] == "match");
    CHECK(problem_of(ask("?limits=5"))["field"] == "limits");
    CHECK(problem_of(ask("?limit=5&limit=5"))["rule"] == "must be given at most 1 time");
    CHECK(running.ask(request("POST", "/api/v1/live")).field("Allow") == "GET, HEAD, OPTIONS");
    client head = running.connect();
    CHECK(head.send(request("HEAD", "/api/v1/live")).read(true).status == 200);
    CHECK(head.send(request("GET", "/health")).read().status == 200);
}
