// A pipeline without threads: one clock, a store that fails on request, and a conductor whose timers ring when the
// clock is moved over them.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/conductor.hpp"
#include "streamstats/telemetry/metrics.hpp"
#include "support/batch.hpp"
#include "support/fake_store.hpp"
#include "support/memory_disk.hpp"
#include "support/reference.hpp"

namespace streamstats::testing {

// "12:00:10" or "12:00:10.250", on one day of 2026.
instant at_clock(std::string_view text);
minute at_minute(std::string_view text);

sent_event started(std::string id, std::string_view when);
sent_event closed(std::string id, std::string_view when, std::uint64_t bytes = 0);

inline constexpr auto everything_stored = pipeline::stop_outcome::everything_stored;
// For a stop by the machine's clock that must not run out of time, on a slow machine under a sanitizer, too.
inline constexpr std::chrono::seconds ample_time{300};

pipeline::pipeline_secret secret_of(std::uint8_t fill, bool just_made = false);

class fake_clock final : public pipeline::clock_source {
public:
    explicit fake_clock(instant now) : now_(now) {}
    [[nodiscard]] instant system_now() const override { return now_; }
    [[nodiscard]] steady_point steady_now() const override { return steady_; }
    void pass(milliseconds length) {
        now_ += length;
        steady_ += length;
    }
    void step(milliseconds by) { now_ += by; }

private:
    instant now_;
    steady_point steady_{std::chrono::hours{1}};
};

// Work for the store waits until it is run; alarms wait until the clock is there.
class fake_stage final : public pipeline::stage {
public:
    explicit fake_stage(const fake_clock& clock) : clock_(clock) {}
    void on_store(std::function<void()> work, std::function<void()> then) override {
        work_.emplace_back(std::move(work), std::move(then));
    }
    void on_disk(std::function<void()> work, std::function<void()> then) override {
        disk_work_.emplace_back(std::move(work), std::move(then));
    }
    void on_engine(std::function<void()> what) override {
        if (engine_busy_) {
            engine_work_.push_back(std::move(what));
        } else {
            what();
        }
    }
    void set_alarm(pipeline::alarm which, milliseconds wait) override {
        alarms_.at(static_cast<std::size_t>(which)) = clock_.steady_now() + wait;
    }

    // Runs the oldest call to the store, or to the disk; false: there is none.
    bool run_one();
    bool run_one_of_disk();
    // The next alarm that rings by `until`, taken off.
    std::optional<std::pair<pipeline::alarm, pipeline::clock_source::steady_point>> next_alarm(
        pipeline::clock_source::steady_point until);
    [[nodiscard]] std::size_t waiting() const { return work_.size(); }
    // While the engine thread is busy, what other threads hand to it waits.
    void engine_is_busy(bool busy);

private:
    using calls = std::deque<std::pair<std::function<void()>, std::function<void()>>>;
    static bool run_first(calls& of);

    const fake_clock& clock_;
    calls work_;
    calls disk_work_;
    std::deque<std::function<void()>> engine_work_;
    bool engine_busy_ = false;
    std::array<std::optional<pipeline::clock_source::steady_point>, pipeline::alarm_count> alarms_;
};

struct bench_settings {
    std::string_view now = "12:00:00";
    pipeline::pipeline_options options{};
    pipeline::pipeline_secret secret = secret_of(7);
    memory_disk* disk = nullptr;  // none: there is no journal
    bool store_works = true;      // see bench::store_works()
};

class bench {
public:
    // Started, and the store has answered as it will, if it works.
    explicit bench(fake_store& with, const bench_settings& settings = {});

    // Moves the clock; what is due on the way happens.
    bench& at(std::string_view when) { return pass(at_clock(when) - clock.system_now()); }
    bench& pass(milliseconds length);
    // Sends a batch now. Keeps the receipt for expected().
    intake_answer send(std::vector<sent_event> events);
    // Lets the store, the disk and the journal do what was handed to them.
    void settle();
    // As long as it is off, the store does nothing; likewise the journal.
    void store_works(bool on) { store_works_ = on; }
    void journal_works(bool on) { journal_works_ = on; }
    // Otherwise what is offered and asked waits for a call of conductor.take().
    void takes_at_once(bool on) { takes_at_once_ = on; }
    // What came of it within 8 s.
    pipeline::stop_outcome drain();

    // What the tables have to be by now.
    [[nodiscard]] rows expected() const;
    [[nodiscard]] health_report health() const { return report_of(board.facts(), clock.system_now()); }

    fake_store& store;
    const pipeline::pipeline_options options;
    fake_clock clock;
    telemetry::metrics metrics;
    fake_stage stage;
    pipeline::health_board board;
    pipeline::intake intake;
    std::optional<pipeline::start_outcome> outcome;
    std::optional<pipeline::stop_outcome> drained;
    std::string broken;  // why the journal failed
    pipeline::conductor conductor;
    std::unique_ptr<journal::writer> log;
    std::vector<receipt> receipts;

private:
    bool store_works_ = true;
    bool journal_works_ = true;
    bool takes_at_once_ = true;
};

}  // namespace streamstats::testing
