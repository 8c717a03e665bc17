// One process of the daemon: the real engine, journal, checkpoints, recovery and flushes, on simulated threads.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "pipeline/conductor.hpp"
#include "scenario.hpp"
#include "threads.hpp"
#include "watched_store.hpp"
#include "witness.hpp"

namespace streamstats::simulation {

// What outlives a process.
struct surroundings {
    const scenario& plan;
    simulated_clock& clock;
    testing::random_source& random;
    testing::memory_disk& disk;
    watched_store& store;
    const holdups& held;
    witness& seen;
    std::string& complaint;  // rules that were broken
};

class process {
public:
    explicit process(const surroundings& around);

    // Recovers, opens the journal and begins. False: it found that it cannot, and ends.
    bool start();
    // Events are taken.
    [[nodiscard]] bool open() const;
    // `answered` is told whether it is 200 or 503, at most once.
    void offer(std::size_t request, std::vector<testing::sent_event> events, std::function<void(bool)> answered);
    void drain();

    [[nodiscard]] instant next() const { return threads_.next(); }
    void step() { threads_.step(); }

    // It takes events, or has.
    [[nodiscard]] bool started() const { return started_; }
    // The journal has failed, and the process has to end.
    [[nodiscard]] bool broken() const { return broken_; }
    [[nodiscard]] std::optional<pipeline::stop_outcome> stop_outcome() const { return drained_; }
    // It is no more: what it was asked and had not answered stays open.
    void end();

    [[nodiscard]] std::uint64_t pending_rows() const;
    // Why it is degraded, for stories.
    [[nodiscard]] std::string health() const;

private:
    struct waiting {
        attempt what;
        std::function<void(bool)> answered;
    };

    void take();
    void note_receipt();
    void answer(std::list<waiting>::iterator to, const intake_answer& given);

    const surroundings around_;
    telemetry::metrics metrics_;
    pipeline::health_board board_;
    simulated_threads threads_;
    pipeline::intake intake_;
    pipeline::conductor conductor_;
    std::unique_ptr<journal::writer> log_;
    std::list<waiting> waiting_;
    bool started_ = false;
    std::optional<minute> first_mutable_;  // as recovered; none: there was nothing to recover from
    bool broken_ = false;
    bool draining_ = false;
    std::optional<pipeline::stop_outcome> drained_;
};

}  // namespace streamstats::simulation
