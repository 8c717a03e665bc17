#include "pipeline/health_board.hpp"

#include "bench.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::testing;
using namespace std::chrono_literals;
using pipeline::health_facts;
using pipeline::report_of;
using pipeline::running_state;

namespace {

const instant now = at_clock("12:10:00");

health_facts healthy() {
    health_facts facts;
    facts.state = running_state::running;
    facts.store_up = true;
    facts.aggregation_interval = 60s;
    facts.pending_rows_notable = 1'000;
    return facts;
}

std::string problem_of(const health_facts& facts) {
    const health_report report = report_of(facts, now);
    CHECK(report.degraded == !report.problems.empty());
    REQUIRE(report.problems.size() == 1);
    return report.problems.front();
}

store_failure failed(store_trouble trouble, std::string hint = {}) {
    store_failure failure;
    failure.what = "cannot connect to db:3306";
    failure.hint = std::move(hint);
    failure.trouble = trouble;
    return failure;
}

}  // namespace

TEST_CASE("a pipeline without trouble is healthy and accepts", "[pipeline]") {
    const health_report report = report_of(healthy(), now);
    CHECK(report.accepting);
    CHECK_FALSE(report.degraded);
    CHECK(report.problems.empty());
    CHECK(report.database_connected);
}

TEST_CASE("a store that is away is a problem with its time and cause, and events are still accepted", "[pipeline]") {
    health_facts facts = healthy();
    facts.store_up = false;
    facts.store_away_since = at_clock("12:08:00");
    facts.trouble = failed(store_trouble::away, "is it running?");
    CHECK(problem_of(facts) ==
          "the database is away since 2026-11-21T12:08:00.000Z: cannot connect to db:3306 (is it running?)");
    CHECK(report_of(facts, now).accepting);
    CHECK_FALSE(report_of(facts, now).database_connected);
}

TEST_CASE("a store that refuses is told from one that is away", "[pipeline]") {
    health_facts facts = healthy();
    facts.store_up = false;
    facts.store_away_since = at_clock("12:08:00");
    facts.trouble = failed(store_trouble::refused);
    CHECK(problem_of(facts) ==
          "the database refuses to work since 2026-11-21T12:08:00.000Z: cannot connect to db:3306");
}

TEST_CASE("rows that wait for more than three intervals are a problem", "[pipeline]") {
    health_facts facts = healthy();
    facts.rows_waiting_since = now - 180s;
    CHECK_FALSE(report_of(facts, now).degraded);
    facts.rows_waiting_since = now - 181s;
    CHECK(problem_of(facts) == "rows wait to be flushed since 2026-11-21T12:06:59.000Z, more than 3 intervals of 60 s");
}

TEST_CASE("many rows that wait are a problem", "[pipeline]") {
    health_facts facts = healthy();
    facts.pending_rows = 1'000;
    CHECK_FALSE(report_of(facts, now).degraded);
    facts.pending_rows = 1'001;
    CHECK(problem_of(facts) == "1001 rows wait to be flushed, more than 1000");
}

TEST_CASE("a clock that was set back is a problem until it has caught up", "[pipeline]") {
    health_facts facts = healthy();
    facts.clock_behind = 60s;
    CHECK(report_of(facts, now).problems.empty());
    facts.clock_behind = 172'800s;
    CHECK(problem_of(facts).find("the system's clock was set back: it is 172800 s behind") == 0);
}

TEST_CASE("rejected events that were left out are a problem", "[pipeline]") {
    health_facts facts = healthy();
    facts.rejections_left_out = 5;
    CHECK(problem_of(facts) == "5 rejected events were not kept: too many waited for rejected_events");
}

TEST_CASE("nothing is accepted while starting and while stopping", "[pipeline]") {
    health_facts facts = healthy();
    facts.state = running_state::starting;
    CHECK_FALSE(report_of(facts, now).accepting);
    CHECK(problem_of(facts) == "starting");
    facts.state = running_state::stopping;
    CHECK_FALSE(report_of(facts, now).accepting);
    CHECK(problem_of(facts) == "shutting down");
}
