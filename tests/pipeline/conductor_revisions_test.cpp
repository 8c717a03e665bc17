// Corrections of final minutes on their way into the store: as rows, no more of them at once than go into a flush.
#include <algorithm>
#include <tuple>

#include "bench.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::testing;
using namespace std::chrono_literals;
using telemetry::counter;
using telemetry::gauge;

namespace {

constexpr std::size_t rows_per_flush = 20;
constexpr std::size_t rows_waiting_max = 2 * rows_per_flush + 16;  // in hand, and the next ones

bench_settings correcting_every_minute(std::string_view now, memory_disk* disk) {
    pipeline::pipeline_options options;
    options.limits.late_window = 120s;
    options.revision_interval = 60s;
    options.rows_per_flush_max = rows_per_flush;
    return {.now = now, .options = options, .disk = disk};
}

// Two sessions, one of which turns out at 12:20 to have ended at 12:10:30.
bench& with_a_late_close(bench& b) {
    b.send({started("s1", "12:00:00"), started("s2", "12:00:00")});
    b.at("12:20:20");
    b.store_works(false);
    b.send({closed("s1", "12:10:30", 63'000)});
    return b.at("12:21:10");
}

bool takes_anything_back(const std::vector<flush>& flushes) {
    return std::ranges::any_of(flushes, [](const flush& one) {
        return std::ranges::any_of(one.rows, [](const minute_row& row) { return row.numbers.total_bytes < 0; });
    });
}

void check_late_close(const rows& content) {
    for (const dimension d : {dimension::global, dimension::server, dimension::channel}) {
        CAPTURE(name_of(d));
        std::int64_t bytes = 0;
        std::int64_t closed = 0;
        for (const auto& [key, numbers] : content) {
            if (std::get<dimension>(key) != d) continue;
            bytes += numbers.total_bytes;
            closed += numbers.sessions_closed;
        }
        CHECK(bytes == 63'000);
        CHECK(closed == 1);
    }
    CHECK(content.at({at_minute("12:05"), dimension::server, "edge1"}).total_bytes == 6'000);
    CHECK(content.at({at_minute("12:10"), dimension::server, "edge1"}).watch_time_ms == 90'000);
}

}  // namespace

TEST_CASE("no more corrections wait as rows than go into a flush", "[pipeline]") {
    fake_store store;
    bench b(store, correcting_every_minute("12:00:00", nullptr));
    with_a_late_close(b);
    CHECK(b.metrics.value(gauge::pending_rows) <= rows_waiting_max);
    b.at("12:40:00");
    b.store_works(true);
    b.settle();
    CHECK(b.metrics.value(gauge::pending_rows) == 0);
    check_late_close(store.content());
    CHECK(store.complaint().empty());
    const auto flushes = store.flushes();
    CHECK(std::ranges::all_of(flushes, [](const flush& one) { return one.rows.size() <= rows_per_flush; }));
    CHECK(b.metrics.total(counter::revision_rows_written) >= 6 * 11);
}

TEST_CASE("corrections that a stop leaves behind are written at the next start", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    {
        bench b(store, correcting_every_minute("12:00:00", &disk));
        with_a_late_close(b);
        CHECK(b.drain() == pipeline::stop_outcome::kept_for_next_start);
        disk.crash();
    }
    bench b(store, correcting_every_minute("12:21:30", &disk));
    b.at("12:21:40");
    check_late_close(store.content());
    CHECK(store.complaint().empty());
}

TEST_CASE("wherever a crash cuts off the writing of corrections, each counts once", "[pipeline]") {
    const seconds checkpoint_interval = GENERATE(300s, 700s);  // the late close is in the checkpoint, or is not
    for (int calls = 0; calls < 12; ++calls) {
        CAPTURE(checkpoint_interval.count(), calls);
        fake_store store;
        memory_disk disk(1);
        {
            bench_settings settings = correcting_every_minute("12:00:00", &disk);
            settings.options.checkpoint_interval = checkpoint_interval;
            bench b(store, settings);
            with_a_late_close(b);
            for (int i = 0; i < calls; ++i) {
                b.stage.run_one();
                while (b.log->work()) continue;
            }
            disk.crash();
        }
        bench b(store, correcting_every_minute("12:21:30", &disk));
        b.at("12:23:00");
        check_late_close(store.content());
        CHECK(store.complaint().empty());
        CHECK_FALSE(takes_anything_back(store.flushes()));
    }
}

TEST_CASE("a stop gives a slow store half of its time for what is left", "[pipeline]") {
    fake_store store;
    memory_disk disk(1);
    bench b(store, correcting_every_minute("12:00:00", &disk));
    with_a_late_close(b);
    b.conductor.drain(8s);
    b.pass(3s);
    CHECK_FALSE(b.drained);
    b.store_works(true);
    b.settle();
    b.pass(500ms);
    CHECK(b.drained == everything_stored);
    check_late_close(store.content());
}
