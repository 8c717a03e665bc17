#include "http/series.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "http/running_server.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::http;
using nlohmann::json;

namespace {

// 2026-02-02 02:40:00 is a whole minute; this is 20 seconds later.
constexpr instant now{milliseconds{1'770'000'020'000}};

std::int64_t unix_seconds(minute m) {
    return seconds{m.time_since_epoch()}.count();
}

series_question read(const std::string& query) {
    const auto question = series_question_of(query, now);
    INFO(query);
    if (!question) FAIL(question.error().field + " " + question.error().rule);
    return question.value();
}

refusal refused_query(const std::string& query) {
    const auto question = series_question_of(query, now);
    INFO(query);
    REQUIRE_FALSE(question);
    CHECK(question.error().status == 400);
    CHECK_FALSE(question.error().rule.empty());
    return question.error();
}

std::string range(std::int64_t from, std::int64_t to, const std::string& more = "") {
    return "dimension=global&metric=total_bytes&from=" + std::to_string(from) + "&to=" + std::to_string(to) + more;
}

std::string repeated(const std::string& text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text + std::to_string(i);
    return all;
}

}  // namespace

TEST_CASE("a series has a dimension, its values and a metric", "[http]") {
    const series_question question = read("dimension=channel&value=news&value=sport&metric=peak_concurrent&step=300");
    CHECK(question.dim == dimension::channel);
    CHECK(question.values == std::vector<std::string>{"news", "sport"});
    CHECK(question.metric == series_metric::peak_concurrent);
    CHECK(question.step == seconds{300});
    CHECK(refused_query("value=news&metric=total_bytes").field == "dimension");
    CHECK(refused_query("dimension=nonsense&value=news&metric=total_bytes").field == "dimension");
    CHECK(refused_query("dimension=channel&metric=total_bytes").field == "value");
    CHECK(refused_query("dimension=global&value=news&metric=total_bytes").field == "value");
    CHECK(refused_query("dimension=channel&value=news").field == "metric");
    CHECK(refused_query("dimension=channel&value=news&metric=nonsense").field == "metric");
    CHECK(refused_query("dimension=global&metric=total_bytes&limit=1").field == "limit");
}

TEST_CASE("every metric and every dimension can be asked for", "[http]") {
    for (const metric_facts& each : series_metrics) {
        CHECK(read("dimension=global&metric=" + std::string(each.name)).metric == each.metric);
    }
    for (const dimension d : all_dimensions) {
        if (d == dimension::global) continue;
        CHECK(read("dimension=" + std::string(name_of(d)) + "&value=x&metric=total_bytes").dim == d);
    }
}

TEST_CASE("any text is a value, up to 255 bytes", "[http]") {
    const std::string start = "dimension=channel&metric=total_bytes&value=";
    CHECK(read(start).values == std::vector<std::string>{""});
    CHECK(read(start + "%27%3B--%00+%E2%80%AE").values[0] == std::string("';--\0 \xE2\x80\xAE", 9));
    CHECK(read(start + std::string(255, 'a')).values[0].size() == 255);
    CHECK(refused_query(start + std::string(256, 'a')).field == "value");
    CHECK(refused_query(start + "%FF%FE").field == "value");
    CHECK(refused_query(start + "a&value=a").field == "value");
    CHECK(read("dimension=channel&metric=total_bytes" + repeated("&value=", 50)).values.size() == 50);
    CHECK(refused_query("dimension=channel&metric=total_bytes" + repeated("&value=", 51)).field == "value");
}

TEST_CASE("without a range it is the last hour, the present minute included", "[http]") {
    const series_question question = read("dimension=global&metric=total_bytes");
    CHECK(unix_seconds(question.to) == 1'770'000'060);
    CHECK(unix_seconds(question.from) == 1'770'000'060 - 3'600);
    CHECK(steps_of(question) == 60);
    CHECK(unix_seconds(read("dimension=global&metric=total_bytes&to=1000000020").from) == 1'000'000'020 - 3'600);
    CHECK(unix_seconds(read("dimension=global&metric=total_bytes&from=1769990000").to) == 1'770'000'060);
}

TEST_CASE("a range is rounded outwards to whole steps", "[http]") {
    const series_question minutes = read(range(1'000'000'021, 1'000'000'139));
    CHECK(unix_seconds(minutes.from) == 1'000'000'020);
    CHECK(unix_seconds(minutes.to) == 1'000'000'140);
    const series_question hours = read(range(1'000'000'800, 1'000'004'401, "&step=3600"));
    CHECK(unix_seconds(hours.from) == 1'000'000'800);
    CHECK(unix_seconds(hours.to) == 1'000'008'000);
    CHECK(steps_of(read(range(0, 1))) == 1);
}

TEST_CASE("an instant is ISO 8601 or Unix seconds", "[http]") {
    const std::string start = "dimension=global&metric=total_bytes&from=";
    CHECK(unix_seconds(read(start + "2026-02-02T02:00:00Z").from) == 1'769'997'600);
    CHECK(unix_seconds(read(start + "2026-02-02T03:00:00%2B01:00").from) == 1'769'997'600);
    CHECK(unix_seconds(read(start + "1769997600").from) == 1'769'997'600);
    for (const std::string wrong : {"", "yesterday", "-1", "1e9", "1769997600.5", "1769997600000", "2026-02-02",
                                    "2026-02-02T02:00:00", "9999-12-31T00:00:00Z", "99999999999999999999"}) {
        CHECK(refused_query(start + wrong).field == "from");
    }
    CHECK(refused_query("dimension=global&metric=total_bytes&to=x").field == "to");
    CHECK(refused_query(range(600, 600)).field == "from");
    CHECK(refused_query(range(601, 600)).field == "from");
    CHECK(refused_query(start + "1800000000").field == "from");
}

TEST_CASE("a step is whole minutes, a week at most", "[http]") {
    for (const std::string right : {"60", "120", "604800"}) {
        CHECK(read(range(0, 60, "&step=" + right)).step == seconds{std::stoi(right)});
    }
    for (const std::string wrong : {"", "0", "-60", "59", "61", "604860", "60s", "6e1", "60.0"}) {
        CHECK(refused_query(range(0, 60, "&step=" + wrong)).field == "step");
    }
}

TEST_CASE("unique users are of one minute, and the refusal says why", "[http]") {
    CHECK(read("dimension=global&metric=unique_users&step=60").metric == series_metric::unique_users);
    const refusal why = refused_query("dimension=global&metric=unique_users&step=120");
    CHECK(why.field == "step");
    CHECK(why.rule.find("add up") != std::string::npos);
}

TEST_CASE("steps and points have a limit", "[http]") {
    CHECK(steps_of(read(range(0, 2'000 * 60))) == 2'000);
    CHECK(refused_query(range(0, 2'000 * 60 + 1)).field == "step");
    const std::string of_ten = "dimension=channel&metric=total_bytes&from=0&to=120000" + repeated("&value=", 10);
    CHECK(read(of_ten).values.size() == 10);
    CHECK(refused_query(of_ten + "&value=x").field == "value");
}

TEST_CASE("points carry the start of their step, and null where nothing is known", "[http]") {
    series_question question = read("dimension=channel&value=a%22%3Cb&value=b&metric=bandwidth_mbps&from=0&to=121");
    const answer reply = series_reply(
        question, std::vector<series_points>{{0, std::nullopt, 12.5}, {1, 123'456'789'012.0, std::nullopt}});
    CHECK(reply.status == 200);
    CHECK(json::parse(reply.body) ==
          json::parse(R"({"dimension":"channel","metric":"bandwidth_mbps","unit":"Mbit/s","combined":"mean",
            "step_seconds":60,"from":"1970-01-01T00:00:00.000Z","to":"1970-01-01T00:03:00.000Z","series":[
            {"value":"a\"<b","points":[[0,0],[60,null],[120,12.5]]},
            {"value":"b","points":[[0,1],[60,123456789012],[120,null]]}]})"));
}

TEST_CASE("a series of the whole has one line without a value", "[http]") {
    const series_question question = read(range(0, 60));
    CHECK(json::parse(series_reply(question, std::vector<series_points>{{7.0}}).body)["series"] ==
          json::parse(R"([{"points":[[0,7]]}])"));
}

TEST_CASE("a series is asked of the inside, and a store that is away is a 503 with the time to try again", "[http]") {
    using namespace streamstats::http::testing;
    running_server running;
    running.inside.lines = std::vector<series_points>{{1.0}};
    const std::string path = "/api/v1/series?" + range(60, 120, "&token=x");
    CHECK(json::parse(running.ask(request("GET", path)).body)["series"][0]["points"] == json::parse("[[60,1]]"));
    CHECK(unix_seconds(running.inside.asked_series().from) == 60);
    running.inside.lines = series_refusal{"the database cannot be asked now", seconds{9}};
    const reply away = running.ask(request("GET", path));
    CHECK(away.status == 503);
    CHECK(away.field("Retry-After") == "9");
    CHECK(away.field("Content-Type") == "application/problem+json");
    CHECK(running.ask(request("GET", "/api/v1/series")).status == 400);
    CHECK(running.ask(request("POST", path)).status == 405);
}
