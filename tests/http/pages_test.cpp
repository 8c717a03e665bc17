#include "http/pages.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "http/target.hpp"
#include "http/webhook.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::http;
using nlohmann::json;

namespace {

constexpr instant now{milliseconds{1'770'000'000'000}};

health_report good_report() {
    health_report report;
    report.active_sessions = 7;
    report.database_connected = true;
    report.last_flush = now - seconds{20};
    report.pending_rows = 3;
    report.started = now - seconds{90};
    return report;
}

}  // namespace

TEST_CASE("health is JSON with the members that monitors look for", "[http]") {
    const answer reply = health_answer(good_report(), now);
    CHECK(reply.status == 200);
    const json body = json::parse(reply.body);
    CHECK(body["status"] == "healthy");
    CHECK(body["active_sessions"] == 7);
    CHECK(body["database"] == "connected");
    CHECK(body["last_flush"] == to_iso_text(now - seconds{20}));
    CHECK(body["problems"] == json::array());
    CHECK(body["pending_rows"] == 3);
    CHECK(body["uptime_seconds"] == 90);
    CHECK(body["version"].is_string());
}

TEST_CASE("a daemon without its database is degraded, not down", "[http]") {
    health_report report = good_report();
    report.degraded = true;
    report.database_connected = false;
    report.last_flush.reset();
    report.problems = {"the database cannot be reached"};
    const answer reply = health_answer(report, now);
    CHECK(reply.status == 200);
    const json body = json::parse(reply.body);
    CHECK(body["status"] == "degraded");
    CHECK(body["database"] == "disconnected");
    CHECK(body["last_flush"].is_null());
    CHECK(body["problems"] == json{"the database cannot be reached"});
}

TEST_CASE("health is 503 only when events cannot be accepted", "[http]") {
    health_report report = good_report();
    report.accepting = false;
    const answer reply = health_answer(report, now);
    CHECK(reply.status == 503);
    CHECK(json::parse(reply.body)["status"] == "degraded");
}

TEST_CASE("active sessions keep the order of their counts in every dimension", "[http]") {
    audience open;
    open.active_sessions = 6;
    open.unique_users = 5;
    open.by[index_of(dimension::server)] = {{"zeta", 4}, {"alpha", 2}};
    open.by[index_of(dimension::channel)] = {{"a\"b<\xe2\x80\xae", 6}};
    CHECK(
        active_answer(open).body ==
        "{\"active_sessions\":6,\"unique_users\":5,\"by_server\":{\"zeta\":4,\"alpha\":2},"
        "\"by_channel\":{\"a\\\"b<\xe2\x80\xae\":6},\"by_country\":{},\"by_protocol\":{},\"by_user_agent_class\":{}}");
}

TEST_CASE("targets in origin form and absolute form name the same path", "[http]") {
    for (const std::string_view text : {"/stats/active?limit=5", "http://a:5000/stats/active?limit=5"}) {
        CHECK(split_target(text).path == "/stats/active");
        CHECK(split_target(text).query == "limit=5");
    }
    CHECK(split_target("http://a").path == "/");
    CHECK(split_target("http://a?x").query == "x");
    CHECK(split_target("/").path == "/");
    CHECK(split_target("*").path == "*");
    CHECK(split_target("a:5000").path == "a:5000");
}

TEST_CASE("the limit of active sessions is an integer from 1 to 10000", "[http]") {
    CHECK(active_limit("").value() == 100);
    CHECK(active_limit("other=1&limit=1").value() == 1);
    CHECK(active_limit("limit=10000").value() == 10'000);
    for (const std::string_view query : {"limit=0", "limit=10001", "limit=", "limit", "limit=-1", "limit=1x",
                                         "limit= 1", "limit=99999999999999999999", "limit=5&limit=x"}) {
        CAPTURE(query);
        REQUIRE_FALSE(active_limit(query));
        CHECK(active_limit(query).error().status == 400);
        CHECK(active_limit(query).error().field == "limit");
        CHECK(active_limit(query).error().rule == "must be an integer from 1 to 10000");
    }
    CHECK(active_limit("limitless=x").value() == 100);
}

TEST_CASE("a batch that was taken lists what became of each event", "[http]") {
    wire::batch events;
    events.received = 30;
    events.ignored = 2;
    for (std::size_t i = 0; i < 21; ++i) events.rejections.push_back({i, "bytes", "must be at least 0", "{}"});
    const answer reply = webhook_answer(events, {true, 4, 3, "", seconds{1}});
    CHECK(reply.status == 200);
    const json body = json::parse(reply.body);
    CHECK(body["status"] == "ok");
    CHECK(body["received"] == 30);
    CHECK(body["accepted"] == 4);
    CHECK(body["duplicate"] == 3);
    CHECK(body["ignored"] == 2);
    CHECK(body["rejected"] == 21);
    REQUIRE(body["errors"].size() == 20);
    CHECK(body["errors"][19] == json{{"index", 19}, {"field", "bytes"}, {"message", "must be at least 0"}});
}

TEST_CASE("a refusal is a problem document that names field and rule", "[http]") {
    refusal why;
    why.status = 413;
    why.detail = "Too much.";
    why.field = "body";
    why.rule = "must be short";
    const answer reply = to_answer(why);
    CHECK(reply.content_type == "application/problem+json");
    CHECK(json::parse(reply.body) == json{{"type", "about:blank"},
                                          {"title", "Payload Too Large"},
                                          {"status", 413},
                                          {"detail", "Too much."},
                                          {"field", "body"},
                                          {"rule", "must be short"}});
}
