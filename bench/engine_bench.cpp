// What an event and a minute cost in the engine, at 10^4 to 10^7 open sessions.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <vector>

#include "audience.hpp"

using namespace streamstats;
using namespace streamstats::bench;

namespace {

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

audience_shape shape_of(const benchmark::State& state) {
    audience_shape shape;
    shape.channels = static_cast<std::size_t>(state.range(1));
    return shape;
}

// Batches of 100: as many sessions open as close.
void apply(benchmark::State& state) {
    constexpr std::size_t half_batch = 50;
    constexpr int batches = 10;
    engine core = fresh_engine();
    crowd viewers(shape_of(state));
    fill(core, viewers, static_cast<std::size_t>(state.range(0)));
    core.take_changed(false);
    core.take_session_changes();
    instant now = opening_time();
    std::vector<event_batch> ready(batches);
    std::size_t events = 0;
    std::vector<double> costs;
    for (auto _ : state) {
        for (event_batch& batch : ready) {
            batch.clear();
            viewers.arrive(batch, half_batch, now);
            viewers.leave(batch, half_batch, now);
            events += batch.events().size();
        }
        const double before = cpu_seconds();
        for (const event_batch& batch : ready) {
            core.advance(now);
            benchmark::DoNotOptimize(core.apply(batch.events(), now).data());
            now += milliseconds{1};
        }
        costs.push_back((cpu_seconds() - before) * 1e9 / (2 * half_batch * batches));
        state.SetIterationTime(costs.back() * 1e-9 * 2 * half_batch * batches);
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(events));
    std::sort(costs.begin(), costs.end());
    state.counters["ns/event"] = costs[costs.size() / 2];
    state.counters["ns/event undisturbed"] = costs[costs.size() / 10];
}

}  // namespace

BENCHMARK(apply)
    ->ArgNames({"open", "channels"})
    ->ArgsProduct({{10'000, 100'000, 1'000'000, 10'000'000}, {1'000}})
    ->Args({100'000, 10'000})
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond)
    ->Iterations(300);

BENCHMARK_MAIN();
