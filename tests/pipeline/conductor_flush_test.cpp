// Rows on their way into a store that does not always want them.
#include <algorithm>

#include "bench.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::testing;
using namespace std::chrono_literals;
using telemetry::counter;
using telemetry::gauge;

namespace {

const row_key edge_at_noon{at_minute("12:00"), dimension::server, "edge1"};

pipeline::pipeline_options flushing_every(seconds interval) {
    pipeline::pipeline_options options;
    options.aggregation_interval = interval;
    return options;
}

bool oldest_first(const std::vector<flush>& flushes) {
    std::vector<minute> minutes;
    for (const flush& one : flushes) {
        for (const minute_row& row : one.rows) minutes.push_back(row.at);
    }
    return std::ranges::is_sorted(minutes);
}

std::vector<sent_event> one_for_each_channel(int channels) {
    std::vector<sent_event> events;
    for (int i = 0; i < channels; ++i) {
        events.push_back(started("s" + std::to_string(i), "12:00:00"));
        events.back().channel = "channel " + std::to_string(i);
    }
    return events;
}

}  // namespace

TEST_CASE("a finished minute is in the store right after its end", "[pipeline]") {
    fake_store store;
    bench b(store, {.now = "12:00:07"});
    b.send({started("s1", "12:00:07"), started("s2", "12:00:07"), closed("s2", "12:00:07")});
    b.at("12:00:59.999");
    CHECK(store.content().empty());
    b.at("12:01:00");
    CHECK(difference(b.expected(), store.content()).empty());
    CHECK(store.kept().flush_number == 1);
    CHECK(store.kept().written_before == at_minute("12:01"));
    CHECK(b.health().last_flush == at_clock("12:01:00"));
    CHECK(b.metrics.value(gauge::pending_rows) == 0);
    CHECK(b.metrics.total(counter::flushes_stored) == 1);
    CHECK(b.metrics.total(counter::rows_written) == store.content().size());
}

TEST_CASE("rows of many channels are made in pieces, and a batch that comes meanwhile does not wait for the last",
          "[pipeline]") {
    fake_store store;
    bench b(store);
    b.send(one_for_each_channel(5'000));
    b.takes_at_once(false);
    b.at("12:01:00");
    b.send({started("late", "12:00:30")});
    b.conductor.take();
    CHECK(b.metrics.total(counter::events_accepted) == 5'001);
    int pieces = 1;
    for (; !b.intake.idle(); ++pieces) {
        b.settle();
        CHECK(store.content().empty());
        b.conductor.take();
    }
    CHECK(pieces >= 10);
    b.settle();
    CHECK(store.kept().flush_number == 1);
    CHECK(store.kept().written_before == at_minute("12:01"));
    b.takes_at_once(true);
    b.at("12:02:00");
    CHECK(difference(b.expected(), store.content()).empty());
}

TEST_CASE("a flush that begins before the rows of the last one are made brings those of both", "[pipeline]") {
    fake_store store;
    bench b(store);
    b.send(one_for_each_channel(2'000));
    b.takes_at_once(false);
    b.at("12:01:00");
    b.conductor.take();
    b.at("12:02:00");
    while (!b.intake.idle()) b.conductor.take();
    b.settle();
    CHECK(difference(b.expected(), store.content()).empty());
    CHECK(store.kept().written_before == at_minute("12:02"));
}

TEST_CASE("a stop in the middle of making rows leaves none out", "[pipeline]") {
    fake_store store;
    bench b(store);
    b.send(one_for_each_channel(2'000));
    b.takes_at_once(false);
    b.at("12:01:00");
    b.conductor.take();
    b.takes_at_once(true);
    CHECK(b.drain() == pipeline::stop_outcome::everything_stored);
    CHECK(difference(b.expected(), store.content()).empty());
}

TEST_CASE("below a minute the growing one is flushed, too", "[pipeline]") {
    fake_store store;
    bench b(store, {.options = flushing_every(10s)});
    b.send({started("s1", "12:00:00")});
    b.at("12:00:20");
    CHECK(store.content().at(edge_at_noon).watch_time_ms == 20'000);
    CHECK(difference(b.expected(), store.content()).empty());
    b.at("12:00:30");
    CHECK(store.content().at(edge_at_noon).watch_time_ms == 30'000);
    CHECK(store.kept().written_before == at_minute("12:00"));
}

TEST_CASE("after a step of the machine's clock flushes are aligned again", "[pipeline]") {
    fake_store store;
    bench b(store);
    b.send({started("s1", "12:00:00")});
    b.at("12:01:00");
    b.clock.step(20s);
    b.pass(60s);
    CHECK(b.health().last_flush == at_clock("12:02:20"));
    b.pass(40s);
    CHECK(b.health().last_flush == at_clock("12:03:00"));
}

TEST_CASE("a flush whose answer was lost is applied once and counted as stored", "[pipeline]") {
    fake_store store;
    bench b(store);
    b.send({started("s1", "12:00:00")});
    store.lose_next_answer(store_call::write);
    b.at("12:01:30");
    CHECK(store.flushes().size() == 1);
    CHECK(store.calls(store_call::write) == 1);
    CHECK(b.metrics.value(gauge::pending_rows) == 0);
    CHECK(b.metrics.total(counter::flushes_failed) == 1);
    CHECK(b.metrics.total(counter::flushes_stored) == 1);
    CHECK(difference(rows_at(b.receipts, b.options.limits, at_clock("12:01:00"), false), store.content()).empty());
}

TEST_CASE("a flush that did not arrive is written again exactly as it was", "[pipeline]") {
    fake_store store;
    bench b(store);
    b.send({started("s1", "12:00:00")});
    store.fail_next(store_call::write, store_trouble::away);
    b.at("12:01:00").send({closed("s1", "12:00:40")});
    b.at("12:01:30");
    REQUIRE(store.flushes().size() == 1);
    CHECK(store.content().at(edge_at_noon).sessions_closed == 0);
    b.at("12:02:00");
    CHECK(difference(b.expected(), store.content()).empty());
    CHECK(store.complaint().empty());
}

TEST_CASE("a row that changes while it is being written is written again", "[pipeline]") {
    fake_store store;
    bench b(store);
    b.send({started("s1", "12:00:00")});
    b.store_works(false);
    b.at("12:01:10").send({closed("s1", "12:00:40")});
    b.at("12:02:10");
    CHECK(b.stage.waiting() == 2);  // one flush, one sync of sessions
    b.store_works(true);
    b.settle();
    CHECK(store.flushes().size() == 2);
    CHECK(store.content().at(edge_at_noon).sessions_closed == 1);
    CHECK(difference(rows_at(b.receipts, b.options.limits, at_clock("12:02:00"), false), store.content()).empty());
}

TEST_CASE("while the store is away rows wait, and are not more for it", "[pipeline]") {
    fake_store store;
    bench b(store);
    store.go_away();
    b.send({started("s1", "12:00:00")});
    for (const char* when : {"12:01:00", "12:02:00", "12:03:00", "12:04:00"}) {
        b.at(when).send({closed("x" + std::string(when), "12:00:30")});
    }
    b.at("12:04:59");
    const health_report away = b.health();
    CHECK(away.accepting);
    CHECK_FALSE(away.database_connected);
    CHECK(away.pending_rows == 4 * dimension_count);
    CHECK(b.metrics.value(gauge::store_up) == 0);
    CHECK(away.problems.size() == 2);  // away, and the flush is old

    store.come_back();
    b.at("12:06:00");
    CHECK(difference(b.expected(), store.content()).empty());
    CHECK(oldest_first(store.flushes()));
    CHECK_FALSE(b.health().degraded);
    CHECK(b.metrics.value(gauge::store_up) == 1);
}

TEST_CASE("a backlog is written oldest first in transactions of limited length", "[pipeline]") {
    fake_store store;
    pipeline::pipeline_options options;
    options.rows_per_flush_max = 4;
    bench b(store, {.options = options});
    store.go_away();
    b.send({started("s1", "12:00:00")});
    b.at("12:05:00");
    store.come_back();
    b.at("12:06:00");
    const auto flushes = store.flushes();
    CHECK(flushes.size() == 8 + 2);  // 30 rows, then the 6 of another minute
    CHECK(oldest_first(flushes));
    for (const flush& one : flushes) CHECK(one.rows.size() <= 4);
    CHECK(difference(b.expected(), store.content()).empty());
    CHECK(store.complaint().empty());
}

TEST_CASE("a minute counts as written only when all of its rows are", "[pipeline]") {
    fake_store store;
    pipeline::pipeline_options options;
    options.rows_per_flush_max = 4;
    bench b(store, {.options = options});
    store.go_away();
    b.send({started("s1", "12:00:00")});
    b.at("12:02:00");
    store.come_back();
    b.at("12:02:40");
    const auto flushes = store.flushes();
    REQUIRE(flushes.size() == 3);  // 12 rows of two minutes
    CHECK(flushes[0].written_before == at_minute("12:00"));
    CHECK(flushes[1].written_before == at_minute("12:01"));
    CHECK(flushes[2].written_before == at_minute("12:02"));
}

TEST_CASE("a correction of an old minute does not take back what counts as written", "[pipeline]") {
    fake_store store;
    pipeline::pipeline_options options;
    options.rows_per_flush_max = 4;
    bench b(store, {.options = options});
    b.send({started("s1", "12:00:00")});
    b.at("12:05:00").send({started("s2", "12:00:30"), closed("s2", "12:00:40")});
    b.at("12:06:00");
    CHECK(store.kept().written_before == at_minute("12:06"));
    CHECK(store.complaint().empty());
}

TEST_CASE("a busy store gets the same flush again", "[pipeline]") {
    fake_store store;
    bench b(store);
    b.send({started("s1", "12:00:00")});
    store.fail_next(store_call::write, store_trouble::busy, 3);
    b.at("12:01:10");
    CHECK(store.flushes().size() == 1);
    CHECK(store.calls(store_call::write) == 4);
    CHECK(store.calls(store_call::prepare) == 1);
}

TEST_CASE("flushes that are too large are split until they fit, and no row is lost", "[pipeline]") {
    fake_store store;
    bench b(store);
    store.go_away();
    b.send({started("s1", "12:00:00")});
    b.at("12:10:00");
    store.limit_rows(5);
    store.come_back();
    b.at("12:12:00");
    CHECK(difference(b.expected(), store.content()).empty());
    CHECK(store.complaint().empty());
    CHECK(std::ranges::max(store.flushes(), {}, [](const flush& one) { return one.rows.size(); }).rows.size() <= 5);
}

TEST_CASE("a read-only store is connected to anew until it takes the flush", "[pipeline]") {
    fake_store store;
    bench b(store);
    b.send({started("s1", "12:00:00")});
    store.fail_next(store_call::write, store_trouble::read_only, 2);
    b.at("12:01:59");
    CHECK(store.calls(store_call::prepare) == 3);
    CHECK(store.flushes().size() == 1);
}

TEST_CASE("a store that refuses is asked once a minute, and no row is lost", "[pipeline]") {
    fake_store store;
    bench b(store);
    b.send({started("s1", "12:00:00")});
    store.go_away(store_trouble::refused);
    b.at("12:05:30");
    CHECK(store.calls(store_call::prepare) <= 6);
    CHECK(b.health().problems.front().starts_with("the database refuses to work since 2026-11-21T12:"));
    store.come_back();
    b.at("12:07:00");
    CHECK(difference(b.expected(), store.content()).empty());
}

TEST_CASE("a slow store has one flush and one session sync to do at most", "[pipeline]") {
    fake_store store;
    bench b(store);
    b.store_works(false);
    for (int i = 0; i < 30; ++i) {
        b.send({started("s" + std::to_string(i), "12:00:00")});
        b.pass(30s);
        CHECK(b.stage.waiting() <= 2);
    }
}

TEST_CASE("what comes after a minute is final is added to it exactly once", "[pipeline]") {
    fake_store store;
    pipeline::pipeline_options options;
    options.limits.late_window = 120s;
    bench b(store, {.options = options});
    b.send({started("s1", "12:00:00")});
    b.at("12:20:00").send({closed("s1", "12:10:30", 63'000)});
    CHECK(b.metrics.total(counter::revision_rows_written) == 0);
    b.at("12:26:00");
    CHECK(b.metrics.total(counter::revision_rows_written) > 0);
    rows content = store.content();
    CHECK(content.at({at_minute("12:05"), dimension::server, "edge1"}).total_bytes == 6'000);
    CHECK(content.at({at_minute("12:10"), dimension::server, "edge1"}).sessions_closed == 1);
    CHECK(content.at({at_minute("12:10"), dimension::server, "edge1"}).watch_time_ms == 30'000);
    b.at("12:40:00");
    CHECK(store.content().at({at_minute("12:05"), dimension::server, "edge1"}).total_bytes == 6'000);
}

TEST_CASE("revisions are written once when the answer is lost, and when the flush does not arrive", "[pipeline]") {
    for (const bool applied : {true, false}) {
        CAPTURE(applied);
        fake_store store;
        pipeline::pipeline_options options;
        options.limits.late_window = 120s;
        options.revision_interval = 60s;
        bench b(store, {.options = options});
        b.send({started("s1", "12:00:00"), started("s2", "12:00:00")});
        b.at("12:20:00").send({closed("s1", "12:10:30", 63'000)});
        if (applied) {
            store.lose_next_answer(store_call::write);
        } else {
            store.fail_next(store_call::write, store_trouble::away);
        }
        b.at("12:21:00").send({closed("s2", "12:10:30", 63'000)});
        b.at("12:23:00");
        CHECK(store.content().at({at_minute("12:05"), dimension::server, "edge1"}).total_bytes == 12'000);
        CHECK(store.content().at({at_minute("12:10"), dimension::server, "edge1"}).sessions_closed == 2);
        CHECK(store.complaint().empty());
    }
}

TEST_CASE("revisions of minutes whose rows still wait are in those rows", "[pipeline]") {
    fake_store store;
    pipeline::pipeline_options options;
    options.limits.late_window = 120s;
    bench b(store, {.options = options});
    store.go_away();
    b.send({started("s1", "12:00:00")});
    b.at("12:20:00").send({closed("s1", "12:10:30", 63'000)});
    b.at("12:30:00");
    store.come_back();
    b.at("12:32:00");
    CHECK(store.content().at({at_minute("12:05"), dimension::server, "edge1"}).total_bytes == 6'000);
    CHECK(store.content().at({at_minute("12:10"), dimension::server, "edge1"}).peak_concurrent == 1);
    CHECK(b.metrics.total(counter::revision_rows_written) == 0);
}
