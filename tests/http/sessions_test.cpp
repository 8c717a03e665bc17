// GET /api/v1/sessions: open sessions, page by page.
#include "http/sessions.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "http/running_server.hpp"
#include "http/session_cursor.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::http;
using namespace streamstats::http::testing;
using nlohmann::json;

namespace {

session_row some_session() {
    session_row row;
    row.server = "edge-1";
    row.id = "<script>\xff";
    row.user = "anna";
    row.channel = "news";
    row.country = "DE";
    row.protocol = "hls";
    row.agent_class = user_agent_class::tv;
    row.opened = fixed_now - milliseconds{61'250};
    row.bytes = 123;
    return row;
}

session_position some_position() {
    return {-5, "edge \xc3\xa4", std::string("id\0\xff", 4), session_key{1, 2, 3, 0xff}};
}

session_query parsed(std::string_view query) {
    const auto asked = parse_session_query(query);
    REQUIRE(asked);
    return asked.value();
}

struct problem {
    std::string field;
    std::string rule;
};
problem problem_of(const std::string& query) {
    const auto asked = parse_session_query(query);
    REQUIRE_FALSE(asked);
    CHECK(asked.error().status == 400);
    return {asked.error().field, asked.error().rule};
}

}  // namespace

TEST_CASE("a session is told with all that is known of it, whatever its names are made of", "[http]") {
    running_server running;
    running.inside.found.page = session_page{{some_session()}, some_position()};
    const reply answer = running.ask(request("GET", "/api/v1/sessions"));
    CHECK(answer.status == 200);
    CHECK(answer.field("Content-Type") == "application/json");
    const json body = json::parse(answer.body);
    CHECK(body["at"] == to_iso_text(fixed_now));
    REQUIRE(body["sessions"].size() == 1);
    CHECK(body["sessions"][0] == json{{"server", "edge-1"},
                                      {"session_id", "<script>\xef\xbf\xbd"},
                                      {"user", "anna"},
                                      {"channel", "news"},
                                      {"country", "DE"},
                                      {"protocol", "hls"},
                                      {"user_agent_class", "tv"},
                                      {"opened_at", to_iso_text(fixed_now - milliseconds{61'250})},
                                      {"duration_seconds", 61.25},
                                      {"bytes", 123}});
    CHECK(body["next_cursor"].is_string());
}

TEST_CASE("the last page has no cursor, a session without a user none, and none has a negative length", "[http]") {
    session_row row = some_session();
    row.user.clear();
    row.opened = fixed_now + seconds{5};
    const answer reply = sessions_answer({session_page{{row}, std::nullopt}, "", seconds{1}}, {}, fixed_now);
    const json body = json::parse(reply.body);
    CHECK(body["next_cursor"].is_null());
    CHECK(body["sessions"][0]["user"].is_null());
    CHECK(body["sessions"][0]["duration_seconds"] == 0);
}

TEST_CASE("what is asked for reaches the engine as it was sent", "[http]") {
    running_server running;
    running.inside.found.page = session_page{};
    const std::string query =
        "/api/v1/"
        "sessions?server=&channel=a%26b+c&country=DE&protocol=hls&user_agent_class=tv&user=%F0%9F%90%99&session="
        "7&sort=bytes&order=asc&limit=500&token=any";
    CHECK(running.ask(request("GET", query)).status == 200);
    const session_query asked = running.inside.searched();
    CHECK(asked.values[index_of(dimension::server)] == "");
    CHECK(asked.values[index_of(dimension::channel)] == "a&b c");
    CHECK(asked.values[index_of(dimension::country)] == "DE");
    CHECK(asked.values[index_of(dimension::protocol)] == "hls");
    CHECK(asked.values[index_of(dimension::user_agent_class)] == "tv");
    CHECK(asked.user == "\xf0\x9f\x90\x99");
    CHECK(asked.id == "7");
    CHECK(asked.sort == session_sort::bytes);
    CHECK_FALSE(asked.descending);
    CHECK(asked.limit == 500);
    CHECK_FALSE(asked.after);
}

TEST_CASE("without parameters the newest fifty are asked for", "[http]") {
    const session_query asked = parsed("");
    for (const auto& value : asked.values) CHECK_FALSE(value);
    CHECK_FALSE(asked.user);
    CHECK_FALSE(asked.id);
    CHECK(asked.sort == session_sort::opened_at);
    CHECK(asked.descending);
    CHECK(asked.limit == 50);
}

TEST_CASE("each parameter of sessions that cannot be used is named with its rule", "[http]") {
    CHECK(problem_of("limit=501").rule == "must be an integer from 1 to 500");
    CHECK(problem_of("limit=0").field == "limit");
    CHECK(problem_of("sort=user").rule == "must be opened_at or bytes");
    CHECK(problem_of("order=up").rule == "must be desc or asc");
    for (const std::string name : {"server", "channel", "country", "protocol", "user_agent_class", "user", "session"}) {
        CAPTURE(name);
        CHECK(problem_of(name + "=" + std::string(256, 'x')).field == name);
        CHECK(problem_of(name + "=a&" + name + "=a").field == name);
    }
    CHECK(problem_of("media=news").field == "media");
}

TEST_CASE("a cursor goes on where the page ended, for the same question only", "[http]") {
    const std::string cursor = to_cursor(some_position(), parsed("channel=news&sort=bytes"));
    const session_query next = parsed("sort=bytes&channel=news&limit=7&cursor=" + cursor);
    CHECK(next.after == some_position());
    for (const std::string other :
         {"channel=sport&sort=bytes", "channel=news", "channel=news&sort=bytes&order=asc",
          "channel=news&sort=bytes&user=", "channel=news&sort=bytes&session=1", "server=news&sort=bytes"}) {
        CAPTURE(other);
        CHECK(problem_of(other + "&cursor=" + cursor).field == "cursor");
    }
}

TEST_CASE("a cursor that was tampered with is refused or means another place, and breaks nothing", "[http]") {
    const std::string cursor = to_cursor(some_position(), {});
    for (const std::string bad : {"", "0", "zz", "ffff", "01"}) CHECK(problem_of("cursor=" + bad).field == "cursor");
    for (std::size_t length = 0; length < cursor.size(); ++length)
        CHECK_FALSE(from_cursor(std::string_view{cursor}.substr(0, length), {}));
    CHECK_FALSE(from_cursor(cursor + "00", {}));
    for (std::size_t i = 0; i < cursor.size(); ++i) {
        std::string changed = cursor;
        changed[i] = changed[i] == 'f' ? '0' : 'f';
        CHECK(from_cursor(changed, {}) != some_position());
    }
}

TEST_CASE("while sessions cannot be looked for, the answer says why and when to come again", "[http]") {
    running_server running;
    running.inside.found = {std::nullopt, "starting", seconds{2}};
    const reply refused = running.ask(request("GET", "/api/v1/sessions"));
    CHECK(refused.status == 503);
    CHECK(refused.field("Retry-After") == "2");
    CHECK(json::parse(refused.body)["detail"] == "starting; try again later.");
    CHECK(running.ask(request("PUT", "/api/v1/sessions")).field("Allow") == "GET, HEAD, OPTIONS");
}
