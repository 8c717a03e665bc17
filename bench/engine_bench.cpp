// What an event and a minute cost in the engine, at 10^4 to 10^7 open sessions.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "audience.hpp"
#include "stopwatch.hpp"

using namespace streamstats;
using namespace streamstats::bench;

namespace {

std::size_t sessions_of(const benchmark::State& state) {
    return static_cast<std::size_t>(state.range(0));
}

void take_everything(engine& core) {
    core.take_changed(false);
    core.begin_revisions();
    while (!core.take_revisions(10'000).empty()) continue;
    for (;;) {
        const engine::table_changes changes = core.take_session_changes(10'000);
        if (changes.open.empty() && changes.gone.empty()) return;
    }
}

// The median, and what the machine does when nothing else runs on it, more or less.
void report(benchmark::State& state, std::vector<double> costs, std::size_t events) {
    std::sort(costs.begin(), costs.end());
    state.SetItemsProcessed(static_cast<std::int64_t>(events));
    state.counters["ns_event"] = costs[costs.size() / 2];
    state.counters["ns_event_undisturbed"] = costs[costs.size() / 10];
}

std::vector<event_identity> identities_of(const event_batch& batch) {
    std::vector<event_identity> who;
    for (const play_event& event : batch.events()) who.push_back(some_secret().identify(event));
    return who;
}

// Batches: as many sessions open as close. `identified`: who the events are about was found out elsewhere.
void apply_batches(benchmark::State& state, bool identified) {
    const std::size_t half_batch = 50;
    constexpr std::size_t batches = 10;
    engine core = fresh_engine();
    crowd viewers(audience_shape{.channels = static_cast<std::size_t>(state.range(1))});
    fill(core, viewers, sessions_of(state));
    take_everything(core);
    instant now = opening_time();
    std::vector<event_batch> ready(batches);
    std::vector<std::vector<event_identity>> who(batches);
    std::vector<double> costs;
    for (auto _ : state) {
        for (std::size_t i = 0; i < batches; ++i) {
            ready[i].clear();
            viewers.arrive(ready[i], half_batch, now);
            viewers.leave(ready[i], half_batch, now);
            if (identified) who[i] = identities_of(ready[i]);
        }
        const stopwatch watch;
        for (std::size_t i = 0; i < batches; ++i) {
            const auto& events = ready[i].events();
            core.advance(now);
            benchmark::DoNotOptimize((identified ? core.apply(events, who[i], now) : core.apply(events, now)).data());
            now += milliseconds{1};
        }
        state.SetIterationTime(watch.seconds());
        costs.push_back(watch.seconds() * 1e9 / (2.0 * half_batch * batches));
    }
    report(state, costs, costs.size() * 2 * half_batch * batches);
}

void apply(benchmark::State& state) {
    apply_batches(state, false);
}

void apply_identified(benchmark::State& state) {
    apply_batches(state, true);
}

// Each event by itself, each with a move of the clock.
void apply_singly(benchmark::State& state) {
    constexpr std::size_t events = 1'000;
    engine core = fresh_engine();
    crowd viewers(audience_shape{});
    fill(core, viewers, sessions_of(state));
    take_everything(core);
    instant now = opening_time();
    event_batch ready;
    std::vector<double> costs;
    for (auto _ : state) {
        ready.clear();
        viewers.arrive(ready, events / 2, now);
        viewers.leave(ready, events / 2, now);
        const stopwatch watch;
        for (const play_event& event : ready.events()) {
            core.advance(now);
            benchmark::DoNotOptimize(core.apply(event, now));
        }
        state.SetIterationTime(watch.seconds());
        costs.push_back(watch.seconds() * 1e9 / events);
        now += milliseconds{10};
    }
    report(state, costs, costs.size() * events);
}

// A thirtieth of the audience comes and goes in a minute; then its rows are made ready and taken, in the pieces of the
// daemon: 5 000 openings and closes, 500 values.
void close_minute(benchmark::State& state) {
    engine core = fresh_engine();
    crowd viewers(audience_shape{.servers = 500, .channels = 10'000, .countries = 200});
    fill(core, viewers, sessions_of(state));
    take_everything(core);
    instant now = opening_time();
    event_batch batch;
    double longest_advance = 0;
    double longest_piece = 0;
    std::size_t rows = 0;
    const auto move_to = [&](instant t) {
        const stopwatch watch;
        core.advance(t);
        longest_advance = std::max(longest_advance, watch.seconds());
    };
    for (auto _ : state) {
        for (int second = 0; second < 60; ++second, now += milliseconds{1'000}) {
            batch.clear();
            viewers.arrive(batch, sessions_of(state) / 1'800, now);
            viewers.leave(batch, sessions_of(state) / 1'800, now);
            move_to(now);
            core.apply(batch.events(), now);
        }
        move_to(now);
        const stopwatch watch;
        for (bool more = true; more;) {
            const stopwatch piece_watch;
            more = core.prepare_changed(false, 5'000);
            longest_piece = std::max(longest_piece, piece_watch.seconds());
        }
        const stopwatch begin_watch;
        core.begin_changed(false);
        longest_piece = std::max(longest_piece, begin_watch.seconds());
        for (;;) {
            const stopwatch piece_watch;
            const auto piece = core.take_changed_piece(500);
            longest_piece = std::max(longest_piece, piece_watch.seconds());
            if (!piece) break;
            rows += piece->size();
        }
        state.SetIterationTime(watch.seconds());
        take_everything(core);
    }
    state.counters["rows"] = benchmark::Counter(static_cast<double>(rows), benchmark::Counter::kAvgIterations);
    state.counters["ms_longest_piece"] = longest_piece * 1e3;
    state.counters["ms_longest_advance"] = longest_advance * 1e3;
}

// A picture for a checkpoint, in pieces of 10 000 sessions.
void take_picture(benchmark::State& state) {
    engine core = fresh_engine();
    crowd viewers(audience_shape{});
    fill(core, viewers, sessions_of(state));
    double longest_piece = 0;
    std::size_t bytes = 0;
    for (auto _ : state) {
        core.begin_picture();
        for (;;) {
            const stopwatch watch;
            const auto piece = core.take_picture_piece(10'000);
            longest_piece = std::max(longest_piece, watch.seconds());
            if (!piece) break;
            bytes += piece->size();
        }
    }
    state.counters["bytes_session"] = benchmark::Counter(
        static_cast<double>(bytes) / static_cast<double>(state.range(0)), benchmark::Counter::kAvgIterations);
    state.counters["ms_longest_piece"] = longest_piece * 1e3;
}

}  // namespace

BENCHMARK(apply)
    ->ArgNames({"open", "channels"})
    ->ArgsProduct({{10'000, 100'000, 1'000'000, 10'000'000}, {1'000}})
    ->Args({100'000, 10'000})
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond)
    ->Iterations(500);
BENCHMARK(apply_identified)
    ->ArgNames({"open", "channels"})
    ->ArgsProduct({{10'000, 100'000, 1'000'000}, {1'000}})
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond)
    ->Iterations(500);
BENCHMARK(apply_singly)
    ->ArgName("open")
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond)
    ->Iterations(300);
BENCHMARK(close_minute)
    ->ArgName("open")
    ->Arg(10'000)
    ->Arg(1'000'000)
    ->Arg(10'000'000)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(3);
BENCHMARK(take_picture)->ArgName("open")->Arg(1'000'000)->Unit(benchmark::kMillisecond)->Iterations(3);

BENCHMARK_MAIN();
