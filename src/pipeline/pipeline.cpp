#include "streamstats/pipeline/pipeline.hpp"

#include <array>
#include <atomic>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "pipeline/conductor.hpp"
#include "pipeline/gate.hpp"
#include "pipeline/health_board.hpp"
#include "pipeline/intake.hpp"
#include "pipeline/stage.hpp"
#include "streamstats/telemetry/log.hpp"

namespace streamstats::pipeline {
namespace {

namespace asio = boost::asio;

constexpr milliseconds stop_deadline_default{8'000};
constexpr milliseconds stop_grace{1'000};  // for an engine thread that is in the middle of something

intake_answer refusal(std::string reason, seconds retry_after) {
    intake_answer answer;
    answer.reason = std::move(reason);
    answer.retry_after = retry_after;
    return answer;
}

intake_answer refusal(intake::offer_outcome outcome) {
    switch (outcome) {
        case intake::offer_outcome::overloaded:
            return refusal("overloaded", seconds{2});
        case intake::offer_outcome::not_started:
            return refusal("starting", seconds{2});
        case intake::offer_outcome::closed:
            return refusal("shutting down", seconds{5});
        case intake::offer_outcome::taken:
            break;
    }
    std::abort();
}

// What a handler throws is a broken assumption: say it, and let recovery do its work.
void run_thread(asio::io_context& context) {
    try {
        context.run();
    } catch (const std::exception& broken) {
        telemetry::log(telemetry::log_level::error, "thread of the pipeline failed", {{"what", broken.what()}});
        telemetry::flush_log();
        std::abort();
    }
}

}  // namespace

struct pipeline::threads final : stage {
    threads(const pipeline_options& options, const pipeline_secret& secret, const pipeline_parts& the_parts)
        : parts(the_parts),
          waiting({.events_max = options.queue_events_max, .bytes_max = options.queue_bytes_max},
                  [this] { asio::post(engine_context, [this] { director.take(); }); }),
          director(options, secret, parts, *this, waiting, board,
                   {.started = [this](const start_outcome& outcome) { started.open(outcome); },
                    .drained = [this](bool complete) { drained.open(complete); }}) {
        for (std::size_t i = 0; i < alarm_count; ++i) timers.emplace_back(engine_context);
        health_facts facts;
        facts.database = parts.store.description();
        board.post(std::move(facts));
    }

    void on_store(std::function<void()> work, std::function<void()> then) override {
        asio::post(store_context, [this, work = std::move(work), then = std::move(then)]() mutable {
            work();
            asio::post(engine_context, std::move(then));
        });
    }
    void on_engine(std::function<void()> what) override { asio::dispatch(engine_context, std::move(what)); }
    void set_alarm(alarm which, milliseconds wait) override;

    void launch();
    bool drain(milliseconds deadline);
    void tick() { last_tick.store(parts.clock.steady_now(), std::memory_order_relaxed); }

    using work_guard = asio::executor_work_guard<asio::io_context::executor_type>;

    pipeline_parts parts;
    asio::io_context engine_context{1};
    asio::io_context store_context{1};
    work_guard engine_work{engine_context.get_executor()};
    work_guard store_work{store_context.get_executor()};
    std::vector<asio::steady_timer> timers;               // engine thread
    std::array<std::uint64_t, alarm_count> settings{};    // engine thread: how often each alarm was set
    std::atomic<clock_source::steady_point> last_tick{};  // any thread
    health_board board;
    intake waiting;
    conductor director;  // engine thread
    gate<start_outcome> started;
    gate<bool> drained;
    std::mutex stop_mutex;  // guards the next two and the joining
    bool launched = false;
    std::optional<bool> stopped;
    std::thread engine_thread;
    std::thread store_thread;
};

void pipeline::threads::set_alarm(alarm which, milliseconds wait) {
    const auto index = static_cast<std::size_t>(which);
    const std::uint64_t setting = ++settings[index];
    timers[index].expires_after(wait);
    timers[index].async_wait([this, which, index, setting](const boost::system::error_code& cancelled) {
        // A timer that had expired already when it was set again still calls.
        if (cancelled || setting != settings[index]) return;
        if (which == alarm::heartbeat) tick();
        director.ring(which);
    });
}

void pipeline::threads::launch() {
    const std::lock_guard lock(stop_mutex);
    if (launched || stopped) return;
    launched = true;
    tick();
    asio::post(engine_context, [this] { director.begin(); });
    engine_thread = std::thread([this] { run_thread(engine_context); });
    store_thread = std::thread([this] { run_thread(store_context); });
}

bool pipeline::threads::drain(milliseconds deadline) {
    const std::lock_guard lock(stop_mutex);
    waiting.set(intake_state::closed);
    if (stopped) return *stopped;
    stopped = true;
    if (!launched) {
        started.open({});
        return true;
    }
    asio::post(engine_context, [this, deadline] { director.drain(deadline); });
    const std::optional<bool> complete = drained.wait_for(deadline + stop_grace);
    stopped = complete.value_or(false);
    engine_context.stop();
    store_context.stop();
    engine_thread.join();
    return *stopped;
}

pipeline::pipeline(const pipeline_options& options, const pipeline_secret& secret, const pipeline_parts& parts)
    : threads_(std::make_unique<threads>(options, secret, parts)) {}

pipeline::~pipeline() {
    threads_->drain(stop_deadline_default);
    if (threads_->store_thread.joinable()) threads_->store_thread.join();
}

start_outcome pipeline::start() {
    threads_->launch();
    return threads_->started.wait();
}

bool pipeline::stop(milliseconds deadline) {
    return threads_->drain(deadline);
}

void pipeline::submit(std::shared_ptr<const wire::batch> events, instant received,
                      std::function<void(intake_answer)> done) {
    const batch_weight weight = weight_of(*events);
    taken_batch batch{.events = std::move(events), .received = received, .done = std::move(done), .weight = weight};
    const intake::offer_outcome outcome = threads_->waiting.offer(batch);
    if (outcome != intake::offer_outcome::taken) batch.done(refusal(outcome));
}

void pipeline::active(std::size_t limit, std::function<void(audience)> done) {
    const bool asked = threads_->waiting.ask([this, limit, done] { done(threads_->director.active(limit)); });
    if (!asked) done({});
}

health_report pipeline::health() const {
    return report_of(threads_->board.facts(), threads_->parts.clock.system_now());
}

bool pipeline::alive(milliseconds within) const {
    const auto last = threads_->last_tick.load(std::memory_order_relaxed);
    return last != clock_source::steady_point{} && threads_->parts.clock.steady_now() - last <= within;
}

}  // namespace streamstats::pipeline
