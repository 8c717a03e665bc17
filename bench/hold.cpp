// How much memory an audience needs, what its events cost, and what comes back when it goes:
//
//   bench_hold [open sessions]          10 000 000 without an argument; 60 000 000 need 8 GB
//
// Ids are UUIDs, every viewer has an address of his own, sessions open within ten minutes.
#include <malloc.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>

#include "audience.hpp"
#include "stopwatch.hpp"

using namespace streamstats;
using namespace streamstats::bench;

namespace {

double resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    double pages = 0;
    statm >> pages >> pages;
    return pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

void say(const char* what, double value, const char* unit) {
    std::cout << what << ": " << value << " " << unit << std::endl;
}

void take_sessions(engine& core) {
    for (;;) {
        const engine::table_changes changes = core.take_session_changes(10'000);
        if (changes.open.empty() && changes.gone.empty()) return;
    }
}

void take_revisions(engine& core) {
    core.begin_revisions();
    while (!core.take_revisions(10'000).empty()) continue;
}

// Half of the events open sessions, half close some.
void measure_events(engine& core, crowd& viewers) {
    constexpr int batches = 5'000;
    constexpr std::size_t half_batch = 50;
    event_batch batch;
    double seconds_spent = 0;
    instant now = opening_time();
    for (int i = 0; i < batches; ++i, now += milliseconds{1}) {
        batch.clear();
        viewers.arrive(batch, half_batch, now);
        viewers.leave(batch, half_batch, now);
        const stopwatch watch;
        core.advance(now);
        core.apply(batch.events(), now);
        seconds_spent += watch.seconds();
    }
    say("an event, then", seconds_spent * 1e9 / (batches * 2.0 * half_batch), "ns");
}

void send_home(engine& core, crowd& viewers) {
    constexpr std::size_t piece = 1'000;
    event_batch batch;
    instant now = opening_time() + std::chrono::minutes{1};
    while (viewers.open() > 0) {
        batch.clear();
        viewers.leave(batch, piece, now);
        core.advance(now += milliseconds{10});
        core.apply(batch.events(), now);
        if (viewers.open() % 100'000 == 0) take_revisions(core);
    }
    take_sessions(core);
    core.advance(now + std::chrono::hours{2});
    while (core.tidy(10'000)) continue;
    core.take_changed(false);
    take_revisions(core);
    malloc_trim(0);
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t sessions = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000;
    crowd viewers(audience_shape{});
    viewers.expect(sessions);
    engine core = fresh_engine();
    const double before = resident_bytes();
    const stopwatch watch;
    fill(core, viewers, sessions);
    say("filling, texts of events included", watch.seconds(), "s of CPU");
    core.take_changed(false);
    take_sessions(core);
    malloc_trim(0);
    const auto count = static_cast<double>(sessions);
    say("resident, an open session", (resident_bytes() - before) / count, "bytes");
    say("by its own count", static_cast<double>(core.totals().memory_bytes) / count, "bytes");
    measure_events(core, viewers);
    if (argc > 2) return 0;
    send_home(core, viewers);
    say("sessions known after two hours of silence", static_cast<double>(core.known_sessions()), "");
    say("resident, all of it", (resident_bytes() - before) / 1e6, "MB");
    return 0;
}
