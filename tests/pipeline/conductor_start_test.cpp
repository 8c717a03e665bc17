// What becomes of what an earlier run left in the store.
#include "bench.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::testing;
using namespace std::chrono_literals;
using pipeline::decide_secret;
using pipeline::secret_decision;

namespace {

const row_key edge_at_1158{at_minute("11:58"), dimension::server, "edge1"};

// What a run from 11:57 to 11:59:50 leaves: s1 open, s2 closed, minutes before 11:59 written.
void run_before(fake_store& store, const pipeline::pipeline_secret& secret = secret_of(7)) {
    bench b(store, {.now = "11:57:00", .secret = secret});
    b.send({started("s1", "11:57:00"), started("s2", "11:57:30")});
    b.at("11:59:00").send({closed("s2", "11:58:30", 600)});
    b.at("11:59:50");
    REQUIRE(b.drain() == everything_stored);
    REQUIRE(store.sessions().size() == 1);
    REQUIRE(store.kept().written_before == at_minute("11:59"));
}

}  // namespace

TEST_CASE("a first start keeps the secret in the store", "[pipeline]") {
    fake_store store;
    bench b(store, {.secret = secret_of(9, true)});
    CHECK(b.outcome->store_up);
    CHECK_FALSE(b.outcome->adopted_secret);
    CHECK(store.kept().secret == secret_of(9).value.to_hex());
}

TEST_CASE("open sessions of an earlier run are put back and their close finds them", "[pipeline]") {
    fake_store store;
    run_before(store);
    bench b(store, {.now = "12:00:30"});
    CHECK(b.outcome->restored_sessions == 1);
    CHECK(b.health().active_sessions == 1);
    b.send({closed("s1", "12:00:30")});
    CHECK(b.health().active_sessions == 0);
    b.at("12:02:00");
    CHECK(store.sessions().empty());
    const auto content = store.content();
    CHECK(content.at({at_minute("12:00"), dimension::server, "edge1"}).sessions_closed == 1);
    CHECK(content.at({at_minute("12:00"), dimension::server, "edge1"}).watch_time_ms == 30'000);
    CHECK(content.at(edge_at_1158).watch_time_ms == 90'000);
    CHECK(store.complaint().empty());
}

TEST_CASE("flush numbers go on where the earlier run ended", "[pipeline]") {
    fake_store store;
    run_before(store);
    const auto before = store.kept().flush_number;
    bench b(store, {.now = "12:00:30"});
    b.at("12:01:00");
    CHECK(store.kept().flush_number == before + 1);
    CHECK(store.kept().written_before == at_minute("12:01"));
}

TEST_CASE("a store that is away at the start is waited for a little, then events are taken without it", "[pipeline]") {
    fake_store store;
    store.go_away();
    bench b(store);
    CHECK(b.clock.system_now() == at_clock("12:00:05"));
    CHECK_FALSE(b.outcome->store_up);
    REQUIRE(b.outcome->trouble);
    CHECK(b.outcome->trouble->trouble == store_trouble::away);
    CHECK(b.send({started("s1", "12:00:05")}).accepted == 1);
    CHECK(b.health().degraded);
}

TEST_CASE("a store that comes up while it is waited for is as good as one that was there", "[pipeline]") {
    for (const store_trouble early : {store_trouble::away, store_trouble::refused, store_trouble::busy}) {
        fake_store store;
        run_before(store);
        store.fail_next(store_call::prepare, early, 3);
        store.fail_next(store_call::load_sessions, early, 2);
        bench b(store);
        CHECK(b.outcome->store_up);
        CHECK(b.outcome->restored_sessions == 1);
    }
}

TEST_CASE("sessions that cannot be loaded in time do not change which minutes are final", "[pipeline]") {
    fake_store store;
    run_before(store);
    const auto before = store.content().at(edge_at_1158);
    store.fail_next(store_call::load_sessions, store_trouble::busy, 1'000);
    bench b(store, {.now = "12:00:30"});
    CHECK_FALSE(b.outcome->store_up);
    b.send({started("late", "11:58:00"), closed("late", "11:58:20")});
    b.at("12:10:00");
    CHECK(store.content().at(edge_at_1158).watch_time_ms == before.watch_time_ms + 20'000);
    CHECK(store.content().at(edge_at_1158).peak_concurrent == before.peak_concurrent);
    CHECK(store.complaint().empty());
}

TEST_CASE("to a store that comes back late we only add, up to the minute of the start", "[pipeline]") {
    fake_store store;
    run_before(store);
    const auto before = store.content().at(edge_at_1158);
    store.go_away();
    bench b(store, {.now = "12:00:30"});
    b.send({started("late", "11:58:00"), closed("late", "11:58:20"), started("now", "12:00:40")});
    b.at("12:05:00");
    store.come_back();
    b.at("12:06:00").send({started("later", "11:58:00"), closed("later", "11:58:10")});
    b.at("12:12:00");
    const rows content = store.content();
    CHECK(content.at(edge_at_1158).watch_time_ms == before.watch_time_ms + 30'000);
    CHECK(content.at(edge_at_1158).sessions_started == before.sessions_started + 2);
    CHECK(content.at(edge_at_1158).peak_concurrent == before.peak_concurrent);
    CHECK(content.at({at_minute("12:00"), dimension::server, "edge1"}).sessions_started == 1);
    CHECK(content.at({at_minute("12:01"), dimension::server, "edge1"}).peak_concurrent == 1);
    CHECK(store.complaint().empty());
}

TEST_CASE("sessions that could not be put back are replaced by ours once the store is back", "[pipeline]") {
    fake_store store;
    run_before(store);
    store.go_away();
    bench b(store, {.now = "12:00:30"});
    b.send({started("s9", "12:00:35")});
    b.at("12:05:00");
    CHECK(store.sessions().size() == 1);
    store.come_back();
    b.at("12:07:00");
    REQUIRE(store.sessions().size() == 1);
    CHECK(store.sessions().begin()->second.id == "s9");
}

TEST_CASE("sessions of the earlier run that speak again stay when the others are replaced", "[pipeline]") {
    fake_store store;
    run_before(store);
    store.go_away();
    bench b(store, {.now = "12:00:30"});
    b.send({started("s1", "11:57:00")});
    b.at("12:05:00");
    store.come_back();
    store.fail_next(store_call::load_sessions, store_trouble::busy);
    b.at("12:07:00");
    REQUIRE(store.sessions().size() == 1);
    CHECK(store.sessions().begin()->second.id == "s1");
}

TEST_CASE("a secret that was just made gives way to the store's", "[pipeline]") {
    fake_store store;
    run_before(store, secret_of(7));
    bench b(store, {.now = "12:00:30", .secret = secret_of(9, true)});
    CHECK(b.outcome->adopted_secret == secret_of(7).value.to_hex());
    CHECK(b.send({closed("s1", "12:00:30")}).accepted == 1);
    CHECK(b.health().active_sessions == 0);
}

TEST_CASE("under another secret than the store's, sessions are put back and kept under ours", "[pipeline]") {
    fake_store store;
    run_before(store, secret_of(7));
    bench b(store, {.now = "12:00:30", .secret = secret_of(9)});
    CHECK_FALSE(b.outcome->adopted_secret);
    CHECK(b.outcome->restored_sessions == 1);
    CHECK(store.kept().secret == secret_of(7).value.to_hex());
    b.at("12:01:30");
    REQUIRE(store.sessions().size() == 1);
    CHECK(store.sessions().begin()->first == secret_of(9).value.session("edge1", "s1"));
    CHECK(store.kept().secret == secret_of(9).value.to_hex());
    b.send({closed("s1", "12:01:30")});
    b.at("12:03:00");
    CHECK(store.sessions().empty());
}

TEST_CASE("a store that comes back late gets our secret with our sessions", "[pipeline]") {
    fake_store store;
    run_before(store, secret_of(7));
    store.go_away();
    bench b(store, {.now = "12:00:30", .secret = secret_of(9, true)});
    store.come_back();
    b.at("12:02:00");
    CHECK(store.kept().secret == secret_of(9).value.to_hex());
    CHECK(store.sessions().empty());
}

TEST_CASE("a secret that the store did not keep is offered again", "[pipeline]") {
    fake_store store;
    store.fail_next(store_call::keep_secret, store_trouble::busy);
    bench b(store);
    CHECK(store.kept().secret.empty());
    b.at("12:02:00");
    CHECK_FALSE(store.kept().secret.empty());
}

TEST_CASE("the store's secret is adopted only if it is one and nothing is counted under ours", "[pipeline]") {
    const std::string ours = secret_of(1).value.to_hex();
    const std::string theirs = secret_of(2).value.to_hex();
    CHECK(decide_secret("", secret_of(1, true), false) == secret_decision::give);
    CHECK(decide_secret(ours, secret_of(1), false) == secret_decision::same);
    CHECK(decide_secret(theirs, secret_of(1, true), false) == secret_decision::adopt);
    CHECK(decide_secret(theirs, secret_of(1, true), true) == secret_decision::override);
    CHECK(decide_secret(theirs, secret_of(1, false), false) == secret_decision::override);
    CHECK(decide_secret("not a secret", secret_of(1, true), false) == secret_decision::override);
}

TEST_CASE("a run from a wrong future does not make the present final", "[pipeline]") {
    store_position position;
    CHECK_FALSE(pipeline::take_over_at(position, at_clock("12:00:30")));
    position.written_before = at_minute("11:58");
    CHECK(pipeline::take_over_at(position, at_clock("12:00:30")) == at_minute("11:58"));
    position.written_before = at_minute("23:00");
    CHECK(pipeline::take_over_at(position, at_clock("12:00:30")) == at_minute("12:01"));
}

TEST_CASE("an end before the store has answered is an end", "[pipeline]") {
    fake_store store;
    bench b(store);
    store.go_away();
    CHECK(b.drain() == everything_stored);
}
