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
#include "pipeline/errand.hpp"
#include "pipeline/gate.hpp"
#include "pipeline/head_count.hpp"
#include "pipeline/health_board.hpp"
#include "pipeline/intake.hpp"
#include "pipeline/stage.hpp"
#include "streamstats/base/thread.hpp"
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

// A search may look at all sessions: so many at a time.
constexpr int searches_max = 4;

session_answer not_answered(intake_state state) {
    if (state == intake_state::closed) return {std::nullopt, "shutting down", seconds{5}};
    return {std::nullopt, "starting", seconds{2}};
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
    threads(const pipeline_options& the_options, const pipeline_secret& the_secret, const pipeline_parts& the_parts)
        : options(the_options),
          secret(the_secret),
          parts(the_parts),
          waiting({.events_max = options.queue_events_max, .bytes_max = options.queue_bytes_max},
                  [this] { asio::post(engine_context, [this] { director.take(); }); }),
          director(options, secret, parts, *this, waiting, board,
                   {.started = [this](const start_outcome& outcome) { started.open(outcome); },
                    .drained = [this](stop_outcome outcome) { drained.open(outcome); },
                    .broken =
                        [this](const std::string& reason) {
                            is_broken.store(true);
                            if (broken) broken(reason);
                        }}) {
        for (std::size_t i = 0; i < alarm_count; ++i) timers.emplace_back(engine_context);
    }

    void on_store(std::function<void()> work, std::function<void()> then) override {
        run_on(store_context, std::move(work), std::move(then));
    }
    void on_disk(std::function<void()> work, std::function<void()> then) override {
        run_on(disk_context, std::move(work), std::move(then));
    }
    void run_on(asio::io_context& where, std::function<void()> work, std::function<void()> then) {
        asio::post(where, [this, work = std::move(work), then = std::move(then)]() mutable {
            work();
            asio::post(engine_context, std::move(then));
        });
    }
    void on_engine(std::function<void()> what) override { asio::dispatch(engine_context, std::move(what)); }
    void set_alarm(alarm which, milliseconds wait) override;

    std::optional<failure> recover_into(recovered_run& found, const recovery_settings& how);
    void launch(recovered_run found);
    stop_outcome drain(milliseconds deadline);
    void tick() { last_tick.store(parts.clock.steady_now(), std::memory_order_relaxed); }

    using work_guard = asio::executor_work_guard<asio::io_context::executor_type>;

    const pipeline_options options;
    const pipeline_secret secret;
    pipeline_parts parts;
    asio::io_context engine_context{1};
    asio::io_context store_context{1};
    asio::io_context disk_context{1};
    work_guard engine_work{engine_context.get_executor()};
    work_guard store_work{store_context.get_executor()};
    work_guard disk_work{disk_context.get_executor()};
    std::vector<asio::steady_timer> timers;               // engine thread
    std::array<std::uint64_t, alarm_count> settings{};    // engine thread: how often each alarm was set
    std::atomic<clock_source::steady_point> last_tick{};  // any thread
    health_board board;
    intake waiting;
    conductor director;  // engine thread
    head_count heads{waiting, [this](std::optional<tally>& counts) { return director.count(counts); }};
    gate<start_outcome> started;
    gate<stop_outcome> drained;
    std::function<void(const std::string&)> broken;  // set before the start
    std::atomic<bool> is_broken{false};
    std::atomic<int> searches{0};
    std::mutex stop_mutex;  // guards the next two and the joining
    bool launched = false;
    std::optional<stop_outcome> stopped;
    std::thread engine_thread;
    std::thread store_thread;
    std::thread disk_thread;
    std::unique_ptr<journal::writer> log;  // its thread calls what stands above
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

std::optional<failure> pipeline::threads::recover_into(recovered_run& found, const recovery_settings& how) {
    if (parts.journal_files == nullptr) return std::nullopt;
    auto recovered = recover(*parts.journal_files, how);
    if (!recovered) return recovered.error();
    found = std::move(recovered.value());
    if (found.abandoned) return std::nullopt;
    auto opened = journal::writer::open(*parts.journal_files, options.journal, found.journal);
    if (!opened) return opened.error();
    log = std::move(opened.value());
    return std::nullopt;
}

void pipeline::threads::launch(recovered_run found) {
    const std::lock_guard lock(stop_mutex);
    if (launched || stopped) return;
    launched = true;
    tick();
    auto handed_over = std::make_shared<recovered_run>(std::move(found));
    asio::post(engine_context, [this, handed_over] { director.begin(std::move(*handed_over), log.get()); });
    engine_thread = std::thread([this] {
        name_thread("engine");
        run_thread(engine_context);
    });
    store_thread = std::thread([this] {
        name_background_thread("store");
        run_thread(store_context);
    });
    disk_thread = std::thread([this] {
        name_background_thread("checkpoints");
        run_thread(disk_context);
    });
}

stop_outcome pipeline::threads::drain(milliseconds deadline) {
    const std::lock_guard lock(stop_mutex);
    waiting.close();
    if (stopped) return *stopped;
    stopped = stop_outcome::everything_stored;
    if (!launched) {
        started.open({});
        return *stopped;
    }
    asio::post(engine_context, [this, deadline] { director.drain(deadline); });
    stopped = drained.wait_for(deadline + stop_grace).value_or(stop_outcome::incomplete);
    engine_context.stop();
    store_context.stop();
    disk_context.stop();
    engine_thread.join();
    disk_thread.join();
    director.leave_journal();
    log.reset();
    return *stopped;
}

pipeline::pipeline(const pipeline_options& options, const pipeline_secret& secret, const pipeline_parts& parts)
    : threads_(std::make_unique<threads>(options, secret, parts)) {}

pipeline::~pipeline() {
    threads_->drain(stop_deadline_default);
    if (threads_->store_thread.joinable()) threads_->store_thread.join();
}

void pipeline::on_broken(std::function<void(const std::string& reason)> listener) {
    threads_->broken = std::move(listener);
}

bool pipeline::broken() const {
    return threads_->is_broken.load();
}

start_outcome pipeline::start(const std::function<void(std::uint64_t, std::uint64_t)>& progress,
                              const std::function<bool()>& abandon) {
    recovered_run found;
    start_outcome outcome;
    outcome.broken = threads_->recover_into(found, {.limits = threads_->options.limits,
                                                    .secret = threads_->secret.value,
                                                    .progress = progress,
                                                    .abandon = abandon});
    outcome.abandoned = found.abandoned;
    if (outcome.broken || outcome.abandoned) return outcome;
    threads_->launch(std::move(found));
    return threads_->started.wait();
}

stop_outcome pipeline::stop(milliseconds deadline) {
    return threads_->drain(deadline);
}

void pipeline::submit(std::shared_ptr<const wire::batch> events, std::function<void(intake_answer)> done) {
    const batch_weight weight = weight_of(*events);
    taken_batch batch{
        .events = std::move(events), .received = {}, .done = std::move(done), .weight = weight, .who = {}};
    const intake::offer_outcome outcome = threads_->waiting.offer(batch);
    if (outcome == intake::offer_outcome::taken) return;
    threads_->parts.metrics.add(outcome == intake::offer_outcome::overloaded ? telemetry::counter::refused_overloaded
                                                                             : telemetry::counter::refused_not_running);
    batch.done(refusal(outcome));
}

// What is certain before anything was read: the queue is full to the brim, or the disk is.
std::optional<intake_refusal> pipeline::refuses_now() const {
    if (threads_->board.no_room()) return intake_refusal{"the disk is full: events cannot be made durable", seconds{5}};
    if (threads_->waiting.full()) return intake_refusal{"overloaded", seconds{2}};
    return std::nullopt;
}

void pipeline::active(std::size_t limit, std::function<void(audience)> done) {
    threads_->heads.ask(limit, std::move(done));
}

void pipeline::series(series_question question, series_callback done) {
    if (threads_->parts.series != nullptr) return threads_->parts.series->ask(std::move(question), std::move(done));
    done(series_refusal{"there is no store to ask", seconds{60}});
}

void pipeline::count(std::function<void(tally)> done) {
    const auto counts = std::make_shared<std::optional<tally>>();
    run_errand(
        threads_->waiting, [this, counts] { return threads_->director.count(*counts); },
        [counts, done = std::move(done)](bool answered) { done(answered ? std::move(**counts) : tally{}); });
}

void pipeline::find_sessions(session_query asked, std::function<void(session_answer)> done) {
    threads& its = *threads_;
    if (its.searches.fetch_add(1) >= searches_max) {
        its.searches.fetch_sub(1);
        return done({std::nullopt, "many sessions are being looked for already", seconds{1}});
    }
    const auto search = std::make_shared<session_search>();
    search->asked = std::move(asked);
    const auto answer = std::make_shared<session_answer>();
    run_errand(
        its.waiting,
        [&its, search, answer] {
            answer->page = its.director.search(*search);
            return !answer->page;
        },
        [&its, answer, done = std::move(done)](bool) {
            its.searches.fetch_sub(1);
            if (!answer->page) *answer = not_answered(its.waiting.state());
            done(std::move(*answer));
        });
}

health_report pipeline::health() const {
    return report_of(threads_->board.facts(), threads_->parts.clock.system_now());
}

bool pipeline::alive(milliseconds within) const {
    const auto last = threads_->last_tick.load(std::memory_order_relaxed);
    return last != clock_source::steady_point{} && threads_->parts.clock.steady_now() - last <= within;
}

}  // namespace streamstats::pipeline
