// What the edge asks of the engine, in pieces between batches.
#include <array>
#include <set>
#include <string>
#include <vector>

#include "bench.hpp"
#include "pipeline/errand.hpp"
#include "pipeline/gate.hpp"
#include "streamstats/pipeline/pipeline.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::testing;
using namespace std::chrono_literals;
using pipeline::gate;
using pipeline::intake;
using pipeline::intake_state;

namespace {

// What waits is run by hand.
struct desk {
    desk() { way.open(secret_of(7).value); }
    void run_what_waits() {
        for (const auto& question : way.take_all().questions) question();
    }
    intake way{{.events_max = 100, .bytes_max = 1'000}, [] {}};
};

struct running {
    running() {
        pipeline::pipeline_options options;
        options.aggregation_interval = 3'600s;
        inside.emplace(options, secret_of(7),
                       pipeline::pipeline_parts{store, metrics, pipeline::machine_clock(), &disk});
    }
    void send(std::vector<sent_event> events) {
        gate<intake_answer> answered;
        inside->submit(batch_of(events), [&](intake_answer answer) { answered.open(std::move(answer)); });
        REQUIRE(answered.wait().taken);
    }
    tally count() {
        gate<tally> answered;
        inside->count([&](tally counts) { answered.open(std::move(counts)); });
        return answered.wait();
    }

    session_answer find(session_query asked) {
        gate<session_answer> answered;
        inside->find_sessions(std::move(asked), [&](session_answer found) { answered.open(std::move(found)); });
        return answered.wait();
    }

    fake_store store;
    telemetry::metrics metrics;
    memory_disk disk{1};
    std::optional<pipeline::pipeline> inside;
};

sent_event started_now(std::string id, std::string channel) {
    sent_event event = started(std::move(id), "00:00:00");
    event.opened_at = event.time = pipeline::machine_clock().system_now();
    event.channel = std::move(channel);
    return event;
}

}  // namespace

TEST_CASE("an errand does a piece each time that what waits is taken, and then ends", "[pipeline]") {
    desk d;
    int pieces = 0;
    std::optional<bool> ended;
    run_errand(
        d.way, [&] { return ++pieces < 3; }, [&](bool finished) { ended = finished; });
    for (const int done : {1, 2, 3}) {
        CHECK_FALSE(ended);
        d.run_what_waits();
        CHECK(pieces == done);
    }
    CHECK(ended == true);
    d.run_what_waits();
    CHECK(pieces == 3);
}

TEST_CASE("an errand that nobody goes on with ends at once, unfinished", "[pipeline]") {
    desk d;
    std::optional<bool> ended;
    run_errand(
        d.way, [] { return true; }, [&](bool finished) { ended = finished; });
    d.run_what_waits();
    CHECK_FALSE(ended);
    d.way.close();
    d.run_what_waits();
    CHECK(ended == false);
    ended.reset();
    run_errand(
        d.way, [] { return true; }, [&](bool finished) { ended = finished; });
    CHECK(ended == false);
}

TEST_CASE("a count has all values, more than fit into one piece, and is empty while nobody answers", "[pipeline]") {
    running r;
    CHECK(r.count().active_sessions == 0);
    r.inside->start();
    std::vector<sent_event> events;
    for (int i = 0; i < 12'000; ++i) events.push_back(started_now(std::to_string(i), "channel " + std::to_string(i)));
    r.send(std::move(events));
    const tally counts = r.count();
    CHECK(counts.active_sessions == 12'000);
    CHECK(counts.by[index_of(dimension::channel)].size() == 12'000);
    for (const auto& list : counts.by) {
        for (const tally::entry& one : list) CHECK_FALSE(one.value.empty());
    }
    CHECK(r.inside->stop(ample_time) == everything_stored);
    CHECK(r.count().active_sessions == 0);
}

TEST_CASE("sessions are found page by page, and while nobody answers that is said", "[pipeline]") {
    running r;
    CHECK(r.find({}).reason == "starting");
    r.inside->start();
    CHECK(r.find({}).page->sessions.empty());
    std::vector<sent_event> events;
    for (int i = 0; i < 50'000; ++i)
        events.push_back(started_now(std::to_string(i), "channel " + std::to_string(i % 2)));
    r.send(std::move(events));
    session_query asked;
    asked.values[index_of(dimension::channel)] = "channel 1";
    asked.limit = 10'000;
    std::set<std::string> seen;
    do {
        const session_answer found = r.find(asked);
        REQUIRE(found.page);
        for (const session_row& row : found.page->sessions) CHECK(seen.insert(row.id).second);
        asked.after = found.page->next;
    } while (asked.after);
    CHECK(seen.size() == 25'000);
    CHECK(r.inside->stop(ample_time) == everything_stored);
    CHECK(r.find({}).reason == "shutting down");
}

TEST_CASE("more searches than may be under way are refused at once", "[pipeline]") {
    running r;
    r.inside->start();
    gate<bool> engine_is_held;
    gate<bool> go_on;
    r.inside->submit(batch_of({started_now("1", "news")}), [&](const intake_answer&) {
        engine_is_held.open(true);
        go_on.wait();
    });
    engine_is_held.wait();
    std::array<gate<session_answer>, 4> answers;
    for (auto& each : answers)
        r.inside->find_sessions({}, [&each](session_answer found) { each.open(std::move(found)); });
    const session_answer refused = r.find({});
    CHECK_FALSE(refused.page);
    CHECK(refused.retry_after == 1s);
    go_on.open(true);
    for (auto& each : answers) CHECK(each.wait().page->sessions.size() == 1);
    CHECK(r.find({}).page);
}

TEST_CASE("who asks sees closes that time has brought, without an event", "[pipeline]") {
    fake_store store;
    bench b(store);
    sent_event update = started("s1", "12:00:05");
    update.kind = event_kind::play_updated;
    b.send({started("s1", "12:00:00"), update});
    b.clock.pass(1h);
    std::optional<tally> counts;
    CHECK_FALSE(b.conductor.count(counts));
    CHECK(counts->active_sessions == 0);
}

TEST_CASE("who asks moves no clock beyond a batch that the journal still has", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    bench b(store, {.disk = &disk});
    sent_event update = started("s1", "12:00:05");
    update.kind = event_kind::play_updated;
    b.send({started("s1", "12:00:00"), update});
    b.journal_works(false);
    b.send({started("s2", "12:00:00")});
    b.clock.pass(1h);
    std::optional<tally> counts;
    CHECK_FALSE(b.conductor.count(counts));
    CHECK(counts->active_sessions == 1);
}
