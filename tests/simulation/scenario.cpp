#include "scenario.hpp"

#include <algorithm>

#include "support/delivery.hpp"

namespace streamstats::simulation {
namespace {

using namespace std::chrono_literals;
using testing::random_source;
using testing::store_call;

const instant noon = instant{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}} + 12h;
constexpr std::size_t events_per_request_max = 20;

// A segment holds the largest record of corrections, as it does with the sizes of production.
void choose_sizes(random_source& random, pipeline::pipeline_options& options) {
    switch (random.below(3)) {
        case 0:
            options.journal.segment_bytes = 16 << 10;
            options.rows_per_flush_max = 3 + random.below(60);
            break;
        case 1:
            options.journal.segment_bytes = 64 << 10;
            options.rows_per_flush_max = 200;
            break;
        default:
            options.journal.segment_bytes = 1 << 20;
            options.rows_per_flush_max = 20'000;
            break;
    }
    options.journal.own_thread = false;
    options.journal.room_retry = 0ms;
    options.journal.group_bytes_max = 1'000 + random.below(20'000);
    options.sessions_per_sync_max = random.chance(50) ? 3 : 20'000;
    options.checkpoint_journal_bytes = random.chance(50) ? 2'000 + random.below(8'000) : 1 << 20;
    if (random.chance(50)) {  // batches and checkpoints come in the middle of a flush
        options.values_per_piece = 1 + random.below(5);
        options.edges_per_piece = 1 + random.below(5);
    }
}

void choose_intervals(random_source& random, pipeline::pipeline_options& options) {
    options.aggregation_interval = random.pick(std::vector<seconds>{60s, 60s, 60s, 30s, 10s});
    // Half of the time at every flush, so that nothing is missing after the next one.
    options.revision_interval = random.chance(50) ? 1s : seconds{1 + random.below(200)};
    options.session_sync_interval = random.pick(std::vector<seconds>{10s, 30s});
    options.checkpoint_interval = seconds{1 + random.below(300)};
}

void choose_limits(random_source& random, engine_limits& limits, bool timely) {
    limits.late_window = timely ? 3'600s : random.pick(std::vector<seconds>{0s, 60s, 90s, 300s, 900s});
    limits.dedup_window = 24h;
    limits.session_max_age = random.chance(70) ? seconds{20min} : seconds{24h};
    limits.idle_timeout = random.pick(std::vector<seconds>{60s, 180s, 600s});
}

std::vector<testing::history_event> history_of(random_source& random, const scenario& s, bool orderly) {
    testing::history_shape shape;
    shape.begin = noon;
    shape.openings_span = minutes{4 + random.below(5)};
    shape.length_max = 12min;
    shape.daemon_started = s.begin;
    shape.idle_timeout = s.options.limits.idle_timeout;
    shape.session_max_age = s.options.limits.session_max_age;
    shape.sessions_max = 7;
    shape.orderly = orderly;
    auto history = testing::make_history(random, shape);
    if (history.size() > 120) history.resize(120);
    return history;
}

std::vector<delivery> deliveries_of(random_source& random, const scenario& s, milliseconds delay_max) {
    testing::delivery_style style;
    style.delay_max = delay_max;
    style.shuffled = random.chance(50);
    style.repeated_percent = random.chance(60) ? static_cast<unsigned>(random.below(51)) : 0;
    style.batch = random.pick(std::vector<milliseconds>{0s, 1s, 10s, 60s});
    style.end = s.calm;
    std::vector<delivery> all;
    for (const testing::step& next : testing::plan_delivery(random, s.history, style)) {
        if (next.kind != testing::step_kind::request) continue;
        for (std::size_t done = 0; done < next.events.size(); done += events_per_request_max) {
            const auto first = next.events.begin() + static_cast<std::ptrdiff_t>(done);
            const auto count = std::min(events_per_request_max, next.events.size() - done);
            all.push_back({next.at, {first, first + static_cast<std::ptrdiff_t>(count)}});
        }
    }
    return all;
}

// ---- what goes wrong

milliseconds short_or_long(random_source& random) {
    return random.chance(70) ? random.up_to(20s) : random.up_to(5min);
}

fault any_fault(random_source& random) {
    constexpr std::array troubles{store_trouble::away, store_trouble::busy, store_trouble::read_only,
                                  store_trouble::too_large, store_trouble::refused};
    constexpr std::array calls{store_call::prepare, store_call::position,      store_call::keep_secret,
                               store_call::write,   store_call::write,         store_call::write,
                               store_call::write,   store_call::sync_sessions, store_call::load_sessions};
    constexpr std::array kinds{fault_kind::kill,
                               fault_kind::kill,
                               fault_kind::power_cut,
                               fault_kind::operation_crashes,
                               fault_kind::writes_fail,
                               fault_kind::operation_crashes,
                               fault_kind::operation_fails,
                               fault_kind::disk_full,
                               fault_kind::disk_slow,
                               fault_kind::store_away,
                               fault_kind::store_away,
                               fault_kind::store_fails,
                               fault_kind::store_fails,
                               fault_kind::store_answer_lost,
                               fault_kind::store_answer_lost,
                               fault_kind::store_dies,
                               fault_kind::store_dies,
                               fault_kind::store_hangs,
                               fault_kind::store_takes_little,
                               fault_kind::answers_lost,
                               fault_kind::clock_steps,
                               fault_kind::drain};
    fault f;
    f.kind = kinds.at(random.below(kinds.size()));
    f.lasting = short_or_long(random);
    f.call = calls.at(random.below(calls.size()));
    f.trouble = troubles.at(random.below(troubles.size()));
    switch (f.kind) {
        case fault_kind::operation_crashes:
        case fault_kind::operation_fails:
            f.amount = 1 + random.below(random.chance(50) ? 8 : 60);
            break;
        case fault_kind::writes_fail:
            f.amount = 1 + random.below(10);
            break;
        case fault_kind::disk_full:
            f.amount = random.chance(50) ? 0 : random.below(64 << 10);
            break;
        case fault_kind::store_fails:
        case fault_kind::store_dies:
            f.amount = 1 + random.below(4);
            break;
        case fault_kind::store_takes_little:
            f.amount = 1 + random.below(30);
            break;
        case fault_kind::clock_steps:
            f.lasting = random.up_to(random.chance(50) ? 5s : 400s);
            if (random.chance(50)) f.lasting = -f.lasting;
            break;
        default:
            break;
    }
    return f;
}

std::vector<fault> faults_of(random_source& random, const scenario& s) {
    std::vector<fault> all;
    const std::uint64_t count = random.chance(10) ? 0 : 1 + random.below(random.chance(70) ? 5 : 14);
    const bool clock_is_steady = random.chance(80);
    for (std::uint64_t i = 0; i < count; ++i) {
        fault f = any_fault(random);
        if (f.kind == fault_kind::clock_steps && clock_is_steady) continue;
        f.at = s.begin + random.up_to(s.calm - s.begin);
        f.lasting = std::min(f.lasting, s.calm - f.at);
        all.push_back(f);
    }
    std::ranges::stable_sort(all, {}, &fault::at);
    return all;
}

std::string in_seconds(milliseconds length) {
    const auto ms = length.count();
    return std::to_string(ms / 1'000) + (ms % 1'000 == 0 ? "" : "." + std::to_string(1'000 + ms % 1'000).substr(1)) +
           " s";
}

const char* name_of(store_trouble trouble) {
    constexpr std::array names{"away", "busy", "read-only", "too large", "refused"};
    return names.at(static_cast<std::size_t>(trouble));
}

const char* name_of(store_call call) {
    constexpr std::array names{"prepare",       "position",      "keep_secret",    "write",
                               "sync_sessions", "load_sessions", "append_rejected"};
    return names.at(static_cast<std::size_t>(call));
}

}  // namespace

// Half of the histories arrive while no minute is final, so that every column is compared; the others come up to an
// hour late, to daemons with small late windows.
scenario scenario_from(std::uint64_t seed) {
    random_source random(seed);
    scenario s;
    s.seed = random.next();
    const bool timely = random.chance(50);
    choose_limits(random, s.options.limits, timely);
    choose_sizes(random, s.options);
    choose_intervals(random, s.options);
    s.heartbeat = random.chance(10) ? 1s : 15s;
    s.begin = noon - random.up_to(2min);
    const milliseconds delay_max = timely ? random.pick(std::vector<milliseconds>{0s, 10s, 120s, 600s})
                                          : random.pick(std::vector<milliseconds>{10s, 600s, 600s, 60min});
    s.calm = noon + 25min + delay_max + random.up_to(1min);
    const bool orderly = !timely && random.chance(50);
    s.history = history_of(random, s, orderly);
    const bool silent = orderly && random.chance(50);
    if (silent) {
        std::erase_if(s.history, [](const auto& one) { return one.event.kind == event_kind::play_updated; });
    }
    s.late_samples = !timely && !silent;
    s.deliveries = deliveries_of(random, s, delay_max);
    s.faults = faults_of(random, s);
    return s;
}

std::string to_text(const fault& what) {
    const std::string lasting = " for " + in_seconds(what.lasting);
    const std::string amount = std::to_string(what.amount);
    switch (what.kind) {
        case fault_kind::kill:
            return "the process is killed, and started again " + in_seconds(what.lasting) + " later";
        case fault_kind::power_cut:
            return "the power is cut" + lasting;
        case fault_kind::operation_crashes:
            return "the power is going to fail in the " + amount + ". file operation from now";
        case fault_kind::operation_fails:
            return "the " + amount + ". file operation from now is going to fail";
        case fault_kind::writes_fail:
            return amount + " % of writes and syncs fail" + lasting;
        case fault_kind::disk_full:
            return "the disk has room for " + amount + " more bytes" + lasting;
        case fault_kind::disk_slow:
            return "a sync takes 5 s" + lasting;
        case fault_kind::store_away:
            return std::string("the store is ") + name_of(what.trouble) + lasting;
        case fault_kind::store_fails:
            return "the next " + amount + " calls of " + name_of(what.call) + " find the store " +
                   name_of(what.trouble);
        case fault_kind::store_answer_lost:
            return std::string("the answer to the next ") + name_of(what.call) + " is going to be lost";
        case fault_kind::store_dies:
            return "the process is going to be killed while the " + amount + ". call to the store from now returns";
        case fault_kind::store_call_fails:
            return "the connection is going to be lost before the " + amount + ". call to the store from now";
        case fault_kind::store_call_lost:
            return "the connection is going to be lost after the " + amount + ". call to the store from now";
        case fault_kind::store_hangs:
            return "the store hangs" + lasting;
        case fault_kind::store_takes_little:
            return "the store takes at most " + amount + " rows at once" + lasting;
        case fault_kind::answers_lost:
            return "no answer reaches its sender" + lasting;
        case fault_kind::clock_steps:
            return "the system's clock steps by " + in_seconds(what.lasting);
        case fault_kind::drain:
            return "SIGTERM; the daemon will be started again " + in_seconds(what.lasting) + " after its end";
    }
    return "";
}

std::string to_text(const scenario& s) {
    const auto& o = s.options;
    return "late window " + in_seconds(o.limits.late_window) + ", idle " + in_seconds(o.limits.idle_timeout) +
           ", age " + in_seconds(o.limits.session_max_age) + ", flush every " + in_seconds(o.aggregation_interval) +
           " of at most " + std::to_string(o.rows_per_flush_max) + " rows, revisions every " +
           in_seconds(o.revision_interval) + ", sessions every " + in_seconds(o.session_sync_interval) +
           " of at most " + std::to_string(o.sessions_per_sync_max) + ", checkpoints every " +
           in_seconds(o.checkpoint_interval) + " or " + std::to_string(o.checkpoint_journal_bytes) +
           " bytes, segments of " + std::to_string(o.journal.segment_bytes) + " bytes";
}

}  // namespace streamstats::simulation
