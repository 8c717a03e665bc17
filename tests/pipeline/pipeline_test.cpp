// With real threads and timers.
#include "streamstats/pipeline/pipeline.hpp"

#include <atomic>
#include <thread>

#include "bench.hpp"
#include "pipeline/gate.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::testing;
using namespace std::chrono_literals;
using pipeline::gate;

namespace {

// A pipeline on the machine's clock that flushes every second.
struct running {
    explicit running(pipeline::pipeline_options options = every_second()) : inside(options, secret_of(7), parts()) {}

    static pipeline::pipeline_options every_second() {
        pipeline::pipeline_options options;
        options.aggregation_interval = 1s;
        options.session_sync_interval = 1s;
        return options;
    }
    pipeline::pipeline_parts parts() { return {store, metrics, pipeline::machine_clock(), &disk}; }
    static instant now() { return pipeline::machine_clock().system_now(); }

    intake_answer send(const std::vector<sent_event>& events) {
        gate<intake_answer> answered;
        inside.submit(batch_of(events), [&](intake_answer answer) { answered.open(answer); });
        return answered.wait();
    }
    audience active() {
        gate<audience> answered;
        inside.active(10, [&](audience who) { answered.open(std::move(who)); });
        return answered.wait();
    }
    template <class Condition>
    static bool wait_until(Condition condition) {
        for (int i = 0; i < 3'000 && !condition(); ++i) std::this_thread::sleep_for(10ms);
        return condition();
    }

    fake_store store;
    telemetry::metrics metrics;
    memory_disk disk{1};
    pipeline::pipeline inside;
};

sent_event started_now(std::string id) {
    sent_event event = started(std::move(id), "00:00:00");
    event.opened_at = event.time = running::now();
    return event;
}

}  // namespace

TEST_CASE("nothing is taken before the start and after the stop, and everybody gets an answer", "[pipeline]") {
    running r;
    CHECK(r.send({started_now("s1")}).reason == "starting");
    CHECK(r.active().active_sessions == 0);
    CHECK_FALSE(r.inside.health().accepting);
    CHECK(r.inside.start().store_up);
    CHECK(r.send({started_now("s1")}).taken);
    CHECK(r.active().active_sessions == 1);
    CHECK(r.inside.health().accepting);
    CHECK(r.inside.alive(30s));
    CHECK(r.inside.stop(ample_time) == everything_stored);
    CHECK(r.send({started_now("s2")}).reason == "shutting down");
    CHECK(r.active().active_sessions == 0);
    CHECK_FALSE(r.inside.health().accepting);
    CHECK(r.inside.stop(ample_time) == everything_stored);
    CHECK(r.store.sessions().size() == 1);
    CHECK(r.store.complaint().empty());
}

TEST_CASE("a start that is given up runs nothing, and the next one has everything", "[pipeline]") {
    memory_disk disk{1};
    fake_store store;
    { bench(store, {.disk = &disk}).send({started("s1", "12:00:00")}); }
    const auto names = disk.names();
    telemetry::metrics metrics;
    const pipeline::pipeline_parts parts{store, metrics, pipeline::machine_clock(), &disk};
    {
        pipeline::pipeline given_up({}, secret_of(7), parts);
        const auto outcome = given_up.start({}, [] { return true; });
        CHECK(outcome.abandoned);
        CHECK_FALSE(outcome.broken);
        CHECK_FALSE(given_up.health().accepting);
        CHECK(disk.names() == names);
    }
    pipeline::pipeline next({}, secret_of(7), parts);
    CHECK(next.start({}, [] { return false; }).recovered_sessions == 1);
    CHECK(next.stop(ample_time) == everything_stored);
}

TEST_CASE("flushes and session syncs come by themselves", "[pipeline]") {
    running r;
    r.inside.start();
    r.send({started_now("s1")});
    CHECK(running::wait_until([&] { return !r.store.content().empty() && !r.store.sessions().empty(); }));
    CHECK(running::wait_until([&] { return r.inside.health().last_flush.has_value(); }));
}

TEST_CASE("every event of eight threads is counted once", "[pipeline]") {
    constexpr int threads = 8;
    constexpr int batches = 40;
    constexpr int events = 25;
    running r;
    r.inside.start();
    std::atomic<std::uint64_t> accepted = 0;
    std::vector<std::thread> senders;
    for (int t = 0; t < threads; ++t) {
        senders.emplace_back([&r, &accepted, t] {
            for (int b = 0; b < batches; ++b) {
                std::vector<sent_event> batch;
                for (int e = 0; e < events; ++e) {
                    batch.push_back(started_now(std::to_string(t) + "/" + std::to_string(b * events + e)));
                }
                accepted += r.send(std::move(batch)).accepted;
                if (b % 10 == 0) static_cast<void>(r.inside.health());
            }
        });
    }
    for (std::thread& sender : senders) sender.join();
    constexpr std::uint64_t all = threads * batches * events;
    CHECK(accepted == all);
    CHECK(r.active().active_sessions == all);
    CHECK(r.inside.stop(ample_time) == everything_stored);
    CHECK(r.store.sessions().size() == all);
    std::int64_t started = 0;
    for (const auto& [key, numbers] : r.store.content()) {
        if (std::get<dimension>(key) == dimension::global) started += numbers.sessions_started;
    }
    CHECK(started == static_cast<std::int64_t>(all));
    CHECK(r.store.complaint().empty());
}

TEST_CASE("every batch is answered, also those that race with the stop", "[pipeline]") {
    running r;
    r.inside.start();
    std::atomic<int> answered = 0;
    std::atomic<std::uint64_t> taken = 0;
    constexpr int per_thread = 500;
    std::vector<std::thread> senders;
    for (int t = 0; t < 4; ++t) {
        senders.emplace_back([&, t] {
            for (int i = 0; i < per_thread; ++i) {
                r.inside.submit(batch_of({started_now(std::to_string(t) + "/" + std::to_string(i))}),
                                [&](const intake_answer& answer) {
                                    taken += answer.taken ? 1U : 0U;
                                    ++answered;
                                });
            }
        });
    }
    CHECK(running::wait_until([&] { return answered > 100; }));
    CHECK(r.inside.stop(ample_time) == everything_stored);
    for (std::thread& sender : senders) sender.join();
    CHECK(answered == 4 * per_thread);
    CHECK(r.store.sessions().size() == taken);
}

TEST_CASE("a full queue refuses with a time to come back, and takes again when there is room", "[pipeline]") {
    memory_disk disk(1);
    fake_store store;
    telemetry::metrics metrics;
    pipeline::pipeline_options options;
    options.queue_events_max = 2;
    pipeline::pipeline inside(options, secret_of(7), {store, metrics, pipeline::machine_clock(), &disk});
    inside.start();
    disk.hold();
    gate<intake_answer> first;
    gate<intake_answer> second;
    inside.submit(batch_of({started_now("s1"), started_now("s2")}),
                  [&](const intake_answer& answer) { first.open(answer); });
    inside.submit(batch_of({started_now("s3")}), [&](const intake_answer& answer) { second.open(answer); });
    CHECK_FALSE(second.wait().taken);
    CHECK(second.wait().reason == "overloaded");
    CHECK(second.wait().retry_after >= 1s);
    CHECK(inside.refuses_now());
    disk.let_go();
    CHECK(first.wait().accepted == 2);
    gate<intake_answer> third;
    inside.submit(batch_of({started_now("s3")}), [&](const intake_answer& answer) { third.open(answer); });
    CHECK(third.wait().taken);
}

TEST_CASE("a store that hangs keeps neither the start nor events nor the stop waiting", "[pipeline]") {
    pipeline::pipeline_options options = running::every_second();
    options.start_wait = 50ms;
    running r(options);
    r.store.hold();
    CHECK_FALSE(r.inside.start().store_up);
    CHECK(r.send({started_now("s1")}).accepted == 1);
    CHECK(r.inside.health().degraded);
    CHECK(r.inside.stop(100ms) == pipeline::stop_outcome::kept_for_next_start);
    CHECK(r.inside.stop(100ms) == pipeline::stop_outcome::kept_for_next_start);
    r.store.let_go();
}

TEST_CASE("a pipeline that is only destroyed stops and writes", "[pipeline]") {
    fake_store store;
    telemetry::metrics metrics;
    { const pipeline::pipeline never_started({}, secret_of(7), {store, metrics, pipeline::machine_clock(), nullptr}); }
    {
        pipeline::pipeline inside({}, secret_of(7), {store, metrics, pipeline::machine_clock(), nullptr});
        inside.start();
        gate<intake_answer> answered;
        inside.submit(batch_of({started_now("s1")}), [&](const intake_answer& answer) { answered.open(answer); });
        answered.wait();
    }
    CHECK(store.sessions().size() == 1);
}

TEST_CASE("the engine thread is alive as long as it ticks", "[pipeline]") {
    running r;
    CHECK_FALSE(r.inside.alive(1h));
    r.inside.start();
    CHECK(r.inside.alive(1h));
    CHECK_FALSE(r.inside.alive(-1ms));
}
