// The open sessions on their way into active_sessions.
#include "bench.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::testing;
using namespace std::chrono_literals;
using telemetry::counter;

TEST_CASE("sessions are synced as differences, and what was open only between two syncs is never there", "[pipeline]") {
    fake_store store;
    bench b(store);
    b.send({started("s1", "12:00:00"), started("s2", "12:00:00"), closed("s2", "12:00:00")});
    b.at("12:00:30");
    REQUIRE(store.syncs().size() == 1);
    CHECK(store.syncs()[0].open.size() == 1);
    CHECK(store.syncs()[0].gone.empty());
    b.send({started("s3", "12:00:30"), closed("s1", "12:00:30")});
    b.at("12:01:00");
    REQUIRE(store.syncs().size() == 2);
    CHECK(store.syncs()[1].open.size() == 1);
    CHECK(store.syncs()[1].gone.size() == 1);
    REQUIRE(store.sessions().size() == 1);
    CHECK(store.sessions().begin()->second.id == "s3");
    b.at("12:05:00");
    CHECK(store.syncs().size() == 2);
}

TEST_CASE("a sync that failed is made again together with what changed since", "[pipeline]") {
    fake_store store;
    bench b(store);
    b.send({started("s1", "12:00:00"), started("s2", "12:00:00")});
    store.fail_next(store_call::sync_sessions, store_trouble::busy);
    b.at("12:00:40").send({closed("s1", "12:00:40"), started("s3", "12:00:40")});
    CHECK(store.sessions().empty());
    CHECK(b.metrics.total(counter::session_sync_failures) == 1);
    b.at("12:01:00");
    CHECK(store.sessions().size() == 2);
    CHECK(b.metrics.total(counter::session_syncs) == 1);
}

TEST_CASE("a sync whose answer was lost leaves the same table", "[pipeline]") {
    fake_store store;
    bench b(store);
    b.send({started("s1", "12:00:00"), started("s2", "12:00:00")});
    store.lose_next_answer(store_call::sync_sessions);
    b.at("12:00:40").send({closed("s1", "12:00:40")});
    b.at("12:02:00");
    CHECK(store.sessions().size() == 1);
}

TEST_CASE("a sync that finds the store away makes it known at once", "[pipeline]") {
    fake_store store;
    bench b(store);
    b.send({started("s1", "12:00:00")});
    store.go_away();
    b.at("12:00:31");
    CHECK_FALSE(b.health().database_connected);
    store.come_back();
    b.at("12:01:30");
    CHECK(b.health().database_connected);
    CHECK(store.sessions().size() == 1);
}

TEST_CASE("many changes go in several calls, and in smaller ones when they are too large", "[pipeline]") {
    fake_store store;
    pipeline::pipeline_options options;
    options.sessions_per_sync_max = 8;
    bench b(store, {.options = options});
    std::vector<sent_event> events;
    for (int i = 0; i < 20; ++i) events.push_back(started("s" + std::to_string(i), "12:00:00"));
    b.send(events);
    store.fail_next(store_call::sync_sessions, store_trouble::too_large);
    b.at("12:00:30");
    CHECK(store.sessions().size() == 20);
    CHECK(store.syncs().size() >= 5);
    for (const session_changes& sync : store.syncs()) CHECK(sync.open.size() <= 4);
}

TEST_CASE("while the store is away the engine gathers the changes", "[pipeline]") {
    fake_store store;
    bench b(store);
    b.send({started("s1", "12:00:00")});
    store.go_away();
    b.at("12:01:00").send({started("s2", "12:01:00")});
    b.at("12:10:00").send({closed("s2", "12:10:00"), started("s3", "12:10:00")});
    store.come_back();
    b.at("12:12:00");
    REQUIRE(store.syncs().size() == 1);
    CHECK(store.syncs()[0].open.size() == 2);
    CHECK(store.syncs()[0].gone.empty());
}
