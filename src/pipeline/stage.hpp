// Where the engine thread's parts get threads and timers from: real ones in pipeline.cpp, hand-driven ones in tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "streamstats/base/time.hpp"

namespace streamstats::pipeline {

enum class alarm : std::uint8_t {
    flush,       // rows are due
    sessions,    // the session sync is due
    heartbeat,   // gauges and health are due
    retry,       // the store may be asked again
    start,       // the store has had its time to answer at the start
    checkpoint,  // it is time to look whether a checkpoint is due; in the drain: to write the last one
    give_up,     // the drain has had its time
};
inline constexpr std::size_t alarm_count = 7;

class stage {
public:
    virtual ~stage() = default;
    // Runs `work` on the store thread, after all that was handed over before; then `then` on the engine thread.
    virtual void on_store(std::function<void()> work, std::function<void()> then) = 0;
    // Likewise on the disk thread, which neither the store nor the journal's own writes hold up.
    virtual void on_disk(std::function<void()> work, std::function<void()> then) = 0;
    // Runs `what` on the engine thread; at once if this is it.
    virtual void on_engine(std::function<void()> what) = 0;
    // Rings once after `wait`, in place of what was set for this alarm before.
    virtual void set_alarm(alarm which, milliseconds wait) = 0;
};

}  // namespace streamstats::pipeline
