// Batches: taken, journalled, applied, answered; and the end.
#include "bench.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::testing;
using namespace std::chrono_literals;
using telemetry::counter;
using telemetry::gauge;

namespace {

// Submits a batch whose answer may come later.
std::shared_ptr<std::optional<intake_answer>> submit(bench& b, const std::vector<sent_event>& events) {
    auto answer = std::make_shared<std::optional<intake_answer>>();
    const auto batch = batch_of(events);
    pipeline::taken_batch taken{.events = batch,
                                .received = b.clock.system_now(),
                                .done = [answer](intake_answer given) { *answer = std::move(given); },
                                .weight = pipeline::weight_of(*batch),
                                .who = {}};
    b.intake.offer(taken);
    return answer;
}

std::shared_ptr<wire::batch> batch_with_rejections(std::size_t count) {
    auto batch = std::make_shared<wire::batch>();
    for (std::size_t i = 0; i < count; ++i) {
        batch->rejections.push_back({.index = i, .field = "id", .message = "is missing", .json = std::to_string(i)});
    }
    batch->ignored = 1;
    return batch;
}

void send(bench& b, const std::shared_ptr<const wire::batch>& batch) {
    pipeline::taken_batch taken{
        .events = batch, .received = b.clock.system_now(), .done = [](const auto&) {}, .weight = {}, .who = {}};
    b.intake.offer(taken);
}

std::uint64_t open_sessions(bench& b) {
    std::optional<tally> counts;
    while (b.conductor.count(counts)) continue;
    return counts->active_sessions;
}

}  // namespace

TEST_CASE("a batch is answered with how many of its events were new", "[pipeline]") {
    fake_store store;
    bench b(store);
    const intake_answer answer = b.send({started("s1", "12:00:00"), started("s2", "12:00:00")});
    CHECK(answer.taken);
    CHECK(answer.accepted == 2);
    CHECK(b.send({started("s1", "12:00:00"), closed("s1", "12:00:00")}).duplicate == 1);
    CHECK(b.metrics.total(counter::events_accepted) == 3);
    CHECK(b.metrics.total(counter::events_duplicate) == 1);
    CHECK(b.health().active_sessions == 1);
}

TEST_CASE("an event is applied and answered only after the journal has it", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    bench b(store, {.disk = &disk});
    b.journal_works(false);
    const auto first = submit(b, {started("s1", "12:00:00")});
    const auto second = submit(b, {started("s2", "12:00:00")});
    b.pass(10s);
    CHECK_FALSE(*first);
    CHECK(open_sessions(b) == 0);
    b.journal_works(true);
    b.settle();
    REQUIRE(*first);
    CHECK((*first)->taken);
    CHECK((*second)->taken);
    CHECK(open_sessions(b) == 2);
}

TEST_CASE("a batch that leaves nothing to be journalled does not move the clock past one that is on its way",
          "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    bench_settings settings;
    settings.now = "11:00:00";
    settings.disk = &disk;
    bench b(store, settings);
    b.at("12:15:59").journal_works(false);
    const auto first = submit(b, {started("s1", "12:00:50"), closed("s1", "12:00:55")});
    b.settle();
    b.pass(2s);
    send(b, batch_with_rejections(1));
    b.settle();
    b.journal_works(true);
    b.settle();
    REQUIRE(*first);
    b.pass(60s);
    CHECK(store.content().at({at_minute("12:00"), dimension::channel, "news"}).peak_concurrent == 1);
}

TEST_CASE("a flush waits for batches that came before it, and then comes at once", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    bench b(store, {.disk = &disk});
    b.at("12:00:50").journal_works(false);
    const auto answer = submit(b, {started("s1", "12:00:20")});
    b.at("12:01:30");
    CHECK(store.flushes().empty());
    b.journal_works(true);
    b.settle();
    REQUIRE(*answer);
    CHECK(store.content().at({at_minute("12:00"), dimension::channel, "news"}).watch_time_ms == 40'000);
}

TEST_CASE("when the journal fails nothing of a batch is taken, and nothing more after it", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    bench b(store, {.disk = &disk});
    b.journal_works(false);
    const auto answer = submit(b, {started("s1", "12:00:00")});
    disk.fail_writes(100);
    b.journal_works(true);
    b.settle();
    REQUIRE(*answer);
    CHECK_FALSE((*answer)->taken);
    CHECK((*answer)->reason == "the events could not be made durable");
    CHECK(open_sessions(b) == 0);
    CHECK(b.intake.idle());
    CHECK_FALSE(b.broken.empty());
    CHECK_FALSE(b.health().accepting);
    disk.fail_writes(0);
    CHECK_FALSE(b.send({started("s2", "12:00:00")}).taken);
}

TEST_CASE("of answers that come together, those before the failure of the journal are good and none after it is",
          "[pipeline]") {
    for (const unsigned failing : {1U, 2U}) {  // the write, or its sync
        CAPTURE(failing);
        fake_store store;
        memory_disk disk(1);
        bench b(store, {.disk = &disk});
        b.stage.engine_is_busy(true);
        std::vector<std::shared_ptr<std::optional<intake_answer>>> answers;
        answers.push_back(submit(b, {started("s1", "12:00:00")}));
        answers.push_back(submit(b, {started("s2", "12:00:00")}));
        b.settle();
        answers.push_back(submit(b, {started("s3", "12:00:00")}));
        answers.push_back(submit(b, {started("s4", "12:00:00")}));
        disk.inject(failing, disk_fault::fail);
        b.settle();
        answers.push_back(submit(b, {started("s5", "12:00:00")}));
        b.settle();
        b.journal_works(false);
        answers.push_back(submit(b, {started("s6", "12:00:00")}));
        for (const auto& answer : answers) CHECK_FALSE(*answer);
        b.stage.engine_is_busy(false);
        for (std::size_t i = 0; i < answers.size(); ++i) {
            CAPTURE(i);
            REQUIRE(*answers[i]);
            CHECK((*answers[i])->taken == (i < 2));
        }
        CHECK_FALSE(b.broken.empty());
        CHECK(b.intake.idle());
        CHECK(open_sessions(b) == 2);
        // A copy of what is durable is good news as well, but nobody hears it: the next start decides.
        CHECK_FALSE(b.send({started("s1", "12:00:00")}).taken);
    }
}

TEST_CASE("after the journal has failed a start finds what was acknowledged", "[pipeline]") {
    for (const unsigned failing : {1U, 2U}) {
        fake_store store;
        memory_disk disk(1);
        {
            bench b(store, {.disk = &disk});
            CHECK(b.send({started("s1", "12:00:00")}).taken);
            disk.inject(failing, disk_fault::fail);
            CHECK_FALSE(b.send({started("s2", "12:00:00")}).taken);
        }
        disk.crash();
        bench b(store, {.now = "12:00:10", .disk = &disk});
        CHECK(b.send({started("s1", "12:00:00")}).duplicate == 1);
    }
}

TEST_CASE("a journal that fails while no batch is there is noticed within a second", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    bench_settings settings;
    settings.disk = &disk;
    bench b(store, settings);
    b.send({started("a", "12:00:00")});
    disk.fail_writes(100);
    b.log->append(journal::frame_kind::flush, {}, nullptr);
    b.settle();
    b.pass(1s);
    CHECK_FALSE(b.broken.empty());
    CHECK_FALSE(b.health().accepting);
}

TEST_CASE("the engine's clock follows the time of receipt and does not go back with the machine's", "[pipeline]") {
    fake_store store;
    bench b(store);
    b.at("12:02:30").send({started("s1", "12:00:10"), closed("s1", "12:00:20")});
    b.clock.step(-10min);
    CHECK(b.send({started("s2", "11:52:30")}).accepted == 1);
    b.pass(60s);
    CHECK(b.store.content().contains({at_minute("12:00"), dimension::server, "edge1"}));
}

TEST_CASE("the lag is that of the newest accepted event", "[pipeline]") {
    fake_store store;
    bench b(store);
    b.at("12:00:30").send({started("s1", "12:00:05"), started("s2", "12:00:20")});
    CHECK(b.metrics.value(gauge::event_lag_seconds) == 10);
}

TEST_CASE("rejected and ignored events are counted and what was rejected is kept soon", "[pipeline]") {
    fake_store store;
    bench b(store);
    b.at("12:00:30");
    send(b, batch_with_rejections(3));
    CHECK(b.metrics.total(counter::events_rejected) == 3);
    CHECK(b.metrics.total(counter::events_ignored) == 1);
    CHECK(store.rejected().empty());
    b.at("12:01:00");
    REQUIRE(store.rejected().size() == 3);
    CHECK(store.rejected()[2].json == "2");
    CHECK(store.rejected()[2].received == at_clock("12:00:30"));
}

TEST_CASE("rejected events beyond the bound are counted, reported, and forgotten once there is room", "[pipeline]") {
    fake_store store;
    bench b(store);
    store.go_away();
    send(b, batch_with_rejections(10'010));
    CHECK(b.metrics.total(counter::rejected_events_dropped) == 10);
    b.at("12:02:00");
    CHECK(b.health().problems.back() == "10 rejected events were not kept: too many waited for rejected_events");
    store.come_back();
    b.at("12:04:00");
    CHECK(store.rejected().size() == 10'000);
    CHECK(store.rejected().front().json == "10");
    CHECK_FALSE(b.health().degraded);
}

TEST_CASE("rejected events that the store will not have do not keep others waiting for ever", "[pipeline]") {
    fake_store store;
    bench b(store);
    send(b, batch_with_rejections(150));
    store.fail_next(store_call::append_rejected, store_trouble::refused);
    b.at("12:03:00");
    CHECK(store.rejected().size() == 50);
    CHECK(b.metrics.total(counter::rejected_events_dropped) == 100);
}

TEST_CASE("rejected events are written again when the store was busy", "[pipeline]") {
    fake_store store;
    bench b(store);
    send(b, batch_with_rejections(150));
    store.fail_next(store_call::append_rejected, store_trouble::busy);
    b.at("12:03:00");
    CHECK(store.rejected().size() == 150);
    CHECK(store.rejected().front().json == "0");
}

TEST_CASE("at the end finished minutes, sessions and rejected events are written", "[pipeline]") {
    fake_store store;
    bench b(store);
    b.send({started("s1", "12:00:00"), started("s2", "12:00:05"), closed("s2", "12:00:15", 600)});
    send(b, batch_with_rejections(2));
    b.at("12:01:20");
    b.send({started("s3", "12:00:20")});
    CHECK(b.drain() == everything_stored);
    const rows content = store.content();
    const auto& row = content.at({at_minute("12:00"), dimension::server, "edge1"});
    CHECK(row.sessions_started == 3);
    CHECK(row.sessions_closed == 1);
    CHECK(row.total_bytes == 600);
    CHECK(store.sessions().size() == 2);
    CHECK(store.rejected().size() == 2);
    CHECK(store.kept().written_before == at_minute("12:01"));
    CHECK(store.complaint().empty());
}

TEST_CASE("the end waits for batches that the journal still has", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    bench b(store, {.disk = &disk});
    b.journal_works(false);
    const auto answer = submit(b, {started("s1", "12:00:00")});
    b.conductor.drain(8s);
    b.settle();
    CHECK_FALSE(b.drained);
    b.journal_works(true);
    b.settle();
    b.pass(1s);
    CHECK(b.drained == everything_stored);
    CHECK((*answer)->taken);
    CHECK(store.sessions().size() == 1);
}

TEST_CASE("the end gives up at its deadline, and every sender gets an answer", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    bench b(store, {.disk = &disk});
    b.journal_works(false);
    const auto answer = submit(b, {started("s1", "12:00:00")});
    CHECK(b.drain() == pipeline::stop_outcome::kept_for_next_start);
    REQUIRE(*answer);
    CHECK_FALSE((*answer)->taken);
    b.journal_works(true);
    b.settle();
    CHECK(b.clock.system_now() < at_clock("12:00:09"));
}

TEST_CASE("the end gives up on a store that stays away", "[pipeline]") {
    fake_store store;
    bench b(store);
    b.send({started("s1", "12:00:00")});
    store.go_away();
    CHECK(b.drain() == pipeline::stop_outcome::incomplete);
}

TEST_CASE("at the end a store that was away is asked at once", "[pipeline]") {
    fake_store store;
    bench b(store);
    b.send({started("s1", "12:00:00")});
    store.go_away();
    b.at("12:20:00");
    store.come_back();
    CHECK(b.drain() == everything_stored);
    CHECK(b.clock.system_now() < at_clock("12:20:02"));
    CHECK(store.sessions().size() == 1);
}

TEST_CASE("calls that fail at the end are made again until the deadline", "[pipeline]") {
    fake_store store;
    bench b(store);
    b.at("12:01:10").send({started("s1", "12:00:00")});
    store.fail_next(store_call::sync_sessions, store_trouble::busy, 3);
    store.fail_next(store_call::write, store_trouble::away, 2);
    CHECK(b.drain() == everything_stored);
    CHECK(store.sessions().size() == 1);
    CHECK(store.content().size() > 1);
}

TEST_CASE("nothing is taken once the end has begun", "[pipeline]") {
    fake_store store;
    bench b(store);
    CHECK(b.drain() == everything_stored);
    const intake_answer answer = b.send({started("s1", "12:00:00")});
    CHECK_FALSE(answer.taken);
    CHECK(b.health().problems.front() == "shutting down");
}

TEST_CASE("the totals of the engine reach the metrics within a second", "[pipeline]") {
    fake_store store;
    bench b(store);
    sent_event ahead = started("s1", "12:30:00");
    b.send({ahead});
    b.pass(1s);
    CHECK(b.metrics.total(counter::clock_anomalies) > 0);
    CHECK(b.metrics.value(gauge::open_sessions) == 1);
    CHECK(b.metrics.value(gauge::known_sessions) == 1);
    CHECK(b.metrics.value(gauge::engine_memory_bytes) > 0);
}
