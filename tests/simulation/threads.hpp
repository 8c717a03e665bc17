// The threads of a pipeline without threads: each has a line of calls, of which one is under way, and everything takes
// as long as chance, or a fault, has it.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "pipeline/stage.hpp"
#include "streamstats/pipeline/clock_source.hpp"
#include "support/random_source.hpp"

namespace streamstats::simulation {

using steady_point = pipeline::clock_source::steady_point;

class simulated_clock final : public pipeline::clock_source {
public:
    explicit simulated_clock(instant begin) : begin_(begin), now_(begin) {}

    [[nodiscard]] instant system_now() const override { return now_ + offset_; }
    [[nodiscard]] steady_point steady_now() const override { return steady_at(now_); }
    // The true time, which nobody knows but the simulation.
    [[nodiscard]] instant now() const { return now_; }
    [[nodiscard]] instant true_at(steady_point when) const {
        return begin_ + std::chrono::ceil<milliseconds>(when - steady_at(begin_));
    }
    // The latest that the system's clock has ever shown.
    [[nodiscard]] instant system_latest() const { return std::max(latest_, system_now()); }
    void move_to(instant when) { now_ = std::max(now_, when); }
    void step(milliseconds by) {
        latest_ = system_latest();
        offset_ += by;
    }

private:
    static steady_point steady_at(instant t) { return steady_point{t.time_since_epoch()}; }

    instant begin_;
    instant now_;
    milliseconds offset_{0};
    instant latest_{};
};

// Until when a thread is held up.
struct holdups {
    instant store_until{};
    bool store_hesitates = true;  // now and then a call takes some seconds
    instant disk_until{};         // also the journal's thread: whatever it does takes 5 s
};

class simulated_threads final : public pipeline::stage {
public:
    simulated_threads(const simulated_clock& clock, testing::random_source& random, const holdups& held,
                      milliseconds heartbeat, std::function<void(pipeline::alarm)> ring)
        : clock_(clock), random_(random), held_(held), heartbeat_(heartbeat), ring_(std::move(ring)) {}

    void on_store(std::function<void()> work, std::function<void()> then) override {
        enqueue(store_, std::move(work), std::move(then), store_latency());
    }
    void on_disk(std::function<void()> work, std::function<void()> then) override {
        enqueue(disk_, std::move(work), std::move(then), disk_latency());
    }
    void on_engine(std::function<void()> what) override;
    void set_alarm(pipeline::alarm which, milliseconds wait) override;

    // On the engine thread, a moment later.
    void later(std::function<void()> what) { post(std::move(what), random_.up_to(milliseconds{2}), posted_at_); }
    // The writer of the journal, which says whether it found something to do.
    void run_journal(std::function<bool()> work) { journal_work_ = std::move(work); }
    // It has got something to do from a thread that is none of these.
    void wake_journal();

    // When something happens next; there is always an alarm ahead.
    [[nodiscard]] instant next() const;
    // It happens.
    void step();
    // The process is killed: a call that the store has got may be carried out all the same.
    void end_of_process();

private:
    struct call {
        std::function<void()> work;
        std::function<void()> then;
    };
    struct line {
        std::deque<call> calls;
        instant front_at{};   // when the work of the first one is done
        instant posted_at{};  // when the engine thread hears of the last one
    };

    void enqueue(line& of, std::function<void()> work, std::function<void()> then, milliseconds latency);
    void step(line& of, instant held_until, milliseconds latency_of_next);
    void step_journal();
    // Answers of one thread keep their order.
    void post(std::function<void()> what, milliseconds latency, instant& last_of_thread);
    milliseconds store_latency();
    milliseconds disk_latency();

    const simulated_clock& clock_;
    testing::random_source& random_;
    const holdups& held_;
    milliseconds heartbeat_;
    std::function<void(pipeline::alarm)> ring_;
    std::function<bool()> journal_work_;
    line store_;
    line disk_;
    std::optional<instant> journal_at_;  // when its thread looks for work
    bool in_journal_ = false;
    instant journal_posted_at_{};
    instant posted_at_{};
    std::multimap<instant, std::function<void()>> inbox_;  // of the engine thread
    std::array<std::optional<instant>, pipeline::alarm_count> alarms_;
};

}  // namespace streamstats::simulation
