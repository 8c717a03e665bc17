// One fixed day with checkpoints, trimmed segments, corrections of final minutes, a stop and a kill; and then the same
// day with its k-th file operation, or its k-th call to the store, gone wrong, for every k.
#include "streamstats/telemetry/log.hpp"
#include "support/catch.hpp"
#include "world.hpp"

using namespace streamstats;
using namespace streamstats::simulation;
using namespace std::chrono_literals;

namespace {

const instant noon = instant{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}} + 12h;

#ifdef STREAMSTATS_SANITIZED
constexpr std::uint64_t stride = 7;  // of k: it takes long
#else
constexpr std::uint64_t stride = 1;
#endif

// A session of which one event comes four minutes late, when its minutes are final.
void add_session(scenario& to, std::size_t number, milliseconds opens, milliseconds length) {
    testing::sent_event event;
    event.server = "edge" + std::to_string(number % 2);
    event.id = std::to_string(number);
    event.channel = "channel" + std::to_string(number % 3);
    event.user_id = "user" + std::to_string(number % 4);
    event.kind = event_kind::play_started;
    event.time = noon + opens;
    const auto send = [&](milliseconds late) {
        to.history.push_back({event, *event.time});
        to.deliveries.push_back({*event.time + late, {to.history.size() - 1}});
    };
    send(number % 3 == 0 ? 4min : 0min);
    if (number % 5 == 0) return;  // it stays open
    event.kind = event_kind::play_closed;
    event.time = noon + opens + length;
    event.bytes = 1'000'000 * (number + 1);
    send(number % 3 == 1 ? 4min : 0min);
}

scenario fixed_day() {
    scenario day;
    day.seed = 11;
    day.options.limits.late_window = 60s;
    day.options.limits.dedup_window = 24h;
    day.options.journal.own_thread = false;
    day.options.journal.room_retry = 0ms;
    day.options.journal.segment_bytes = 2 << 10;
    day.options.rows_per_flush_max = 15;
    day.options.revision_interval = 1s;
    day.options.session_sync_interval = 10s;
    day.options.checkpoint_interval = 45s;
    day.options.checkpoint_journal_bytes = 3'000;
    day.heartbeat = 5s;
    day.begin = noon - 30s;
    day.calm = noon + 9min;
    for (std::size_t number = 0; number < 14; ++number) add_session(day, number, number * 13s, 20s + number * 5s);
    day.faults.push_back({.at = noon + 3min + 10s, .kind = fault_kind::drain, .lasting = 5s});
    day.faults.push_back({.at = noon + 5min + 20s, .kind = fault_kind::kill, .lasting = 5s});
    return day;
}

std::string problem_with(fault_kind kind, std::uint64_t k) {
    scenario day = fixed_day();
    day.faults.insert(day.faults.begin(), fault{.at = day.begin, .kind = kind, .amount = k});
    const std::string problem = problem_of(day);
    if (problem.empty()) return "";
    return to_text(day.faults.front()) + "\n" + story_of(day);
}

}  // namespace

TEST_CASE("on a good day everything happens that the bad ones interrupt", "[simulation]") {
    telemetry::set_log_level(telemetry::log_level::error);
    const scenario day = fixed_day();
    world good(day);
    REQUIRE(good.run() == "");
    CHECK(good.processes() == 3);
    CHECK(good.file_operations() > 250);
    CHECK(good.store_calls() > 40);
    const auto flushes = good.store().inner.flushes();
    CHECK(std::any_of(flushes.begin(), flushes.end(), [](const flush& one) {
        return std::any_of(one.rows.begin(), one.rows.end(),
                           [](const minute_row& row) { return row.kind == row_kind::revision; });
    }));
}

TEST_CASE("the k-th file operation fails, or the power fails in it, and nothing is lost, for every k", "[simulation]") {
    const fault_kind kind = GENERATE(fault_kind::operation_fails, fault_kind::operation_crashes);
    const scenario day = fixed_day();
    world good(day);
    good.run();
    for (std::uint64_t k = 1; k <= good.file_operations(); k += stride) {
        const std::string problem = problem_with(kind, k);
        INFO("k = " << k);
        REQUIRE(problem == "");
    }
}

TEST_CASE("the k-th call to the store fails, or its answer is lost, and all is written once, for every k",
          "[simulation]") {
    const fault_kind kind = GENERATE(fault_kind::store_call_fails, fault_kind::store_call_lost, fault_kind::store_dies);
    const scenario day = fixed_day();
    world good(day);
    good.run();
    for (std::uint64_t k = 1; k <= good.store_calls(); k += stride) {
        const std::string problem = problem_with(kind, k);
        INFO("k = " << k);
        REQUIRE(problem == "");
    }
}
