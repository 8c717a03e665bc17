// One life of a daemon and of the world around it, all of it from one seed: what media servers send and when, how the
// daemon is configured, and what goes wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "streamstats/pipeline/pipeline.hpp"
#include "support/fake_store.hpp"
#include "support/history.hpp"

namespace streamstats::simulation {

enum class fault_kind : std::uint8_t {
    kill,                // the process ends in the middle of what it does, and is started again `lasting` later
    power_cut,           // likewise the machine: what was not synced is torn, dropped or reordered
    operation_crashes,   // the power fails in the file operation that is the `amount`-th from then
    operation_fails,     // that operation fails
    writes_fail,         // `amount` of a hundred writes and syncs fail
    disk_full,           // no more than `amount` bytes can be added
    disk_slow,           // a sync takes 5 s
    store_away,          // each call fails like `trouble`
    store_fails,         // the next `amount` calls of the sort `call` fail like `trouble`
    store_answer_lost,   // the next call of the sort `call` does its work, and the connection is lost
    store_dies,          // the `amount`-th call from then does its work, and the process is killed
    store_call_fails,    // that call does nothing, and the connection is lost
    store_call_lost,     // that call does its work, and the connection is lost
    store_hangs,         // calls return only when it is over
    store_takes_little,  // flushes of more than `amount` rows are too large
    answers_lost,        // senders do not get the answers
    clock_steps,         // the system's clock, by `lasting`
    drain,               // SIGTERM; started again `lasting` later
};

struct fault {
    instant at{};
    fault_kind kind{};
    milliseconds lasting{0};
    std::uint64_t amount = 0;
    testing::store_call call{};
    store_trouble trouble{};
};

// Sent first at `at`, then again and again until it is answered with 200.
struct delivery {
    instant at{};
    std::vector<std::size_t> events;  // places in the history
};

struct scenario {
    std::uint64_t seed = 0;  // of latencies, and of what the disk loses
    pipeline::pipeline_options options;
    milliseconds heartbeat{1'000};  // the daemon's own, slowed down: most of a simulation would be heartbeats
    // Of minutes that are final only the newest byte sample of a session is remembered, so their bytes are exact only
    // where samples cannot come late.
    bool late_samples = false;
    std::vector<testing::history_event> history;
    std::vector<delivery> deliveries;
    std::vector<fault> faults;
    instant begin{};
    instant calm{};  // every fault has ended
};

scenario scenario_from(std::uint64_t seed);

// "the store is away for 40 s"
std::string to_text(const fault& what);
// The settings in a line.
std::string to_text(const scenario& what);

}  // namespace streamstats::simulation
