#include "streamstats/pipeline/series_desk.hpp"

#include <exception>
#include <utility>
#include <vector>

#include "pipeline/series_steps.hpp"
#include "streamstats/telemetry/log.hpp"

namespace streamstats::pipeline {
namespace {

series_refusal shutting_down() {
    return {"shutting down", seconds{5}};
}

series_refusal refusal_of(const store_failure& trouble) {
    telemetry::log(telemetry::log_level::warning, "a series could not be read",
                   {{"reason", trouble.what}, {"hint", trouble.hint}});
    if (trouble.trouble == store_trouble::busy)
        return {"the database is busy, or what is asked for takes it too long", seconds{5}};
    return {"the database cannot be asked now", seconds{5}};
}

}  // namespace

series_desk::series_desk(series_source& source) : source_(source), thread_([this] { work(); }) {}

series_desk::~series_desk() {
    close();
    thread_.join();
}

void series_desk::ask(series_question question, series_callback done) {
    std::unique_lock lock(mutex_);
    if (!closed_ && waiting_.size() < series_waiting_max) {
        waiting_.push_back({std::move(question), std::move(done)});
        changed_.notify_one();
        return;
    }
    const bool closed = closed_;
    lock.unlock();
    done(closed ? shutting_down() : series_refusal{"too many questions wait for the database", seconds{2}});
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
    while (const auto question = next()) {
        bool away = false;
        const series_answer answer = answer_to(*question, away);
        answered(answer, away);
    }
}

std::optional<series_question> series_desk::next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    if (closed_) return std::nullopt;
    job first = std::move(waiting_.front());
    waiting_.pop_front();
    asking_ = std::move(first.done);
    reading_ = true;
    return std::move(first.question);
}

series_answer series_desk::answer_to(const series_question& question, bool& away) {
    try {
        series_steps steps(question);
        const auto trouble = source_.read(question, [&](const series_part& part) { steps.add(part); });
        if (!trouble) return steps.lines();
        away = trouble->trouble != store_trouble::busy;
        return refusal_of(*trouble);
    } catch (const std::exception& broken) {  // out of memory
        return refusal_of({{broken.what(), {}}, store_trouble::busy});
    }
}

void series_desk::answered(const series_answer& answer, bool away) {
    std::vector<series_callback> told;
    {
        const std::lock_guard lock(mutex_);
        reading_ = false;
        if (asking_) told.push_back(*std::exchange(asking_, std::nullopt));
        if (away) {
            for (job& each : std::exchange(waiting_, {})) told.push_back(std::move(each.done));
        }
    }
    for (const series_callback& done : told) done(answer);
}

}  // namespace streamstats::pipeline
