#include "streamstats/pipeline/series_desk.hpp"

#include <chrono>
#include <exception>
#include <utility>
#include <vector>

#include "pipeline/series_steps.hpp"
#include "streamstats/base/thread.hpp"
#include "streamstats/telemetry/log.hpp"

namespace streamstats::pipeline {
namespace {

using steady = std::chrono::steady_clock;
using telemetry::counter;

series_refusal shutting_down() {
    return {"shutting down", seconds{5}};
}

}  // namespace

series_desk::series_desk(series_source& source, telemetry::metrics& counts, milliseconds patience)
    : source_(source), counts_(counts), patience_(patience), thread_([this] { work(); }) {}

series_desk::~series_desk() {
    close();
    thread_.join();
}

void series_desk::ask(series_question question, series_callback done) {
    std::unique_lock lock(mutex_);
    if (!closed_ && waiting_.size() < series_waiting_max) {
        waiting_.push_back({std::move(question), std::move(done), steady::now()});
        changed_.notify_one();
        return;
    }
    const bool closed = closed_;
    lock.unlock();
    if (closed) return done(shutting_down());
    counts_.add(counter::series_refused_crowded);
    done(series_refusal{"too many questions wait for the database", seconds{2}});
}

void series_desk::close() {
    std::vector<series_callback> refused;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        if (asking_) refused.push_back(*std::exchange(asking_, std::nullopt));
        for (job& each : std::exchange(waiting_, {})) refused.push_back(std::move(each.done));
        changed_.notify_one();
    }
    for (const series_callback& done : refused) done(shutting_down());
}

bool series_desk::idle() const {
    const std::lock_guard lock(mutex_);
    return !reading_;
}

void series_desk::work() {
    name_background_thread("series");
    while (const auto asked = next()) tell(outcome_of(*asked));
}

std::optional<series_desk::job> series_desk::next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    if (closed_) return std::nullopt;
    job first = std::move(waiting_.front());
    waiting_.pop_front();
    asking_ = std::move(first.done);
    reading_ = true;
    return first;
}

series_desk::outcome series_desk::outcome_of(const job& asked) {
    if (steady::now() - asked.asked_at >= patience_)
        return {series_refusal{"others have asked the database for too much", seconds{5}},
                counter::series_refused_late};
    try {
        series_steps steps(asked.question);
        const auto trouble = source_.read(asked.question, [&](const series_part& part) { steps.add(part); });
        if (trouble) return refusal_of(*trouble);
        return {steps.lines(), std::nullopt};
    } catch (const std::exception& broken) {  // out of memory
        return refusal_of({{broken.what(), {}}, store_trouble::busy});
    }
}

series_desk::outcome series_desk::refusal_of(const store_failure& trouble) {
    telemetry::log(telemetry::log_level::warning, "a series could not be read",
                   {{"reason", trouble.what}, {"hint", trouble.hint}});
    if (trouble.trouble == store_trouble::busy)
        return {series_refusal{"the database is busy, or what is asked for takes it too long", seconds{5}},
                counter::series_refused_busy};
    return {series_refusal{"the database cannot be asked now", seconds{5}}, counter::series_refused_away};
}

void series_desk::tell(const outcome& found) {
    std::vector<series_callback> told;
    {
        const std::lock_guard lock(mutex_);
        reading_ = false;
        if (asking_) told.push_back(*std::exchange(asking_, std::nullopt));
        if (found.refused_as == counter::series_refused_away) {
            for (job& each : std::exchange(waiting_, {})) told.push_back(std::move(each.done));
        }
    }
    if (found.refused_as) counts_.add(*found.refused_as, told.size());
    for (const series_callback& done : told) done(found.answer);
}

}  // namespace streamstats::pipeline
