// What the engine thread tells the world about itself, and what a person should make of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "streamstats/base/time.hpp"
#include "streamstats/pipeline/rollup_store.hpp"
#include "streamstats/pipeline/service.hpp"

namespace streamstats::pipeline {

enum class running_state : std::uint8_t { starting, running, stopping, broken };

struct health_facts {
    running_state state = running_state::starting;
    instant started{};
    std::uint64_t active_sessions = 0;
    bool store_up = false;
    instant store_away_since{};            // while it is not up
    std::optional<store_failure> trouble;  // of the last call that failed, until one of its kind succeeds
    std::optional<instant> last_flush;
    std::optional<instant> rows_waiting_since;  // since when something has always waited to be written
    std::uint64_t pending_rows = 0;
    std::uint64_t rejections_left_out = 0;  // since rejected_events was last written
    bool sessions_full = false;
    milliseconds clock_behind{0};                   // of the system, behind the newest time of receipt
    bool no_room = false;                           // for the journal: nothing can be taken
    std::optional<std::string> checkpoint_trouble;  // since the last one that was written
    std::vector<std::string> findings;              // of the recovery at the start

    // Limits that the sentences speak of.
    seconds aggregation_interval{60};
    std::uint64_t pending_rows_notable = 0;
};

// Pure.
health_report report_of(const health_facts& facts, instant now);

// Any thread.
class health_board {
public:
    void post(health_facts facts) {
        const std::lock_guard lock(mutex_);
        no_room_.store(facts.no_room, std::memory_order_relaxed);
        facts_ = std::move(facts);
    }
    void set_active_sessions(std::uint64_t count) {
        const std::lock_guard lock(mutex_);
        facts_.active_sessions = count;
    }
    void set_no_room(bool no_room) {
        const std::lock_guard lock(mutex_);
        facts_.no_room = no_room;
        no_room_.store(no_room, std::memory_order_relaxed);
    }
    // Cheap: asked for each request.
    [[nodiscard]] bool no_room() const { return no_room_.load(std::memory_order_relaxed); }
    [[nodiscard]] health_facts facts() const {
        const std::lock_guard lock(mutex_);
        return facts_;
    }

private:
    mutable std::mutex mutex_;
    health_facts facts_;
    std::atomic<bool> no_room_{false};
};

}  // namespace streamstats::pipeline
