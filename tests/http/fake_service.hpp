// An inside that does as it is told, and keeps what it was given.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "streamstats/pipeline/service.hpp"

namespace streamstats::http::testing {

class fake_service : public service {
public:
    void submit(std::shared_ptr<const wire::batch> events, std::function<void(intake_answer)> done) override {
        std::unique_lock lock{mutex_};
        if (const auto trouble = std::exchange(trouble_, nullptr)) std::rethrow_exception(trouble);
        const std::uint64_t all = events->events.size();
        batches_.push_back(std::move(events));
        came_.notify_all();
        const intake_answer reply = refusing_ ? intake_answer{false, 0, 0, "the disk is full", seconds{7}}
                                              : intake_answer{true, all, 0, "", seconds{1}};
        if (holding_) {
            held_.emplace_back([done = std::move(done), reply] { done(reply); });
            return;
        }
        lock.unlock();
        done(reply);
    }
    [[nodiscard]] std::optional<intake_refusal> refuses_now() const override {
        const std::lock_guard lock{mutex_};
        return refusal_ahead_;
    }
    void active(std::size_t limit, std::function<void(audience)> done) override {
        {
            const std::lock_guard lock{mutex_};
            asked_limit_ = limit;
        }
        done(open);
    }
    void series(series_question question, series_callback done) override {
        {
            const std::lock_guard lock{mutex_};
            asked_series_ = std::move(question);
        }
        done(lines);
    }
    void count(std::function<void(tally)> done) override {
        {
            const std::lock_guard lock{mutex_};
            ++counted_;
            came_.notify_all();
            if (holding_) {
                held_.emplace_back([this, done = std::move(done)] { done(counts); });
                return;
            }
        }
        done(counts);
    }
    void find_sessions(session_query asked, std::function<void(session_answer)> done) override {
        {
            const std::lock_guard lock{mutex_};
            searched_ = std::move(asked);
        }
        done(found);
    }
    [[nodiscard]] health_report health() const override { return report; }

    // What the next submit() throws.
    void fail_once(std::exception_ptr trouble) {
        const std::lock_guard lock{mutex_};
        trouble_ = std::move(trouble);
    }
    // From now on answers wait for release().
    void hold() {
        const std::lock_guard lock{mutex_};
        holding_ = true;
    }
    void release() {
        std::vector<std::function<void()>> held;
        {
            const std::lock_guard lock{mutex_};
            holding_ = false;
            held = std::exchange(held_, {});
        }
        for (const auto& answer : held) answer();
    }
    void refuse() {
        const std::lock_guard lock{mutex_};
        refusing_ = true;
    }
    // From now on, before a body is read.
    void refuse_ahead(std::optional<intake_refusal> why) {
        const std::lock_guard lock{mutex_};
        refusal_ahead_ = std::move(why);
    }
    void wait_for_batches(std::size_t count) {
        std::unique_lock lock{mutex_};
        came_.wait(lock, [&] { return batches_.size() >= count; });
    }
    [[nodiscard]] std::vector<std::shared_ptr<const wire::batch>> batches() const {
        const std::lock_guard lock{mutex_};
        return batches_;
    }
    [[nodiscard]] std::size_t asked_limit() const {
        const std::lock_guard lock{mutex_};
        return asked_limit_;
    }
    [[nodiscard]] series_question asked_series() const {
        const std::lock_guard lock{mutex_};
        return asked_series_;
    }

    void wait_for_counts(std::size_t times) {
        std::unique_lock lock{mutex_};
        came_.wait(lock, [&] { return counted_ >= times; });
    }
    [[nodiscard]] std::size_t times_counted() const {
        const std::lock_guard lock{mutex_};
        return counted_;
    }

    [[nodiscard]] session_query searched() const {
        const std::lock_guard lock{mutex_};
        return searched_;
    }

    // Set before the first request.
    health_report report;
    audience open;
    series_answer lines{std::vector<series_points>{}};
    tally counts;
    session_answer found;

private:
    mutable std::mutex mutex_;
    std::condition_variable came_;
    std::vector<std::shared_ptr<const wire::batch>> batches_;
    std::vector<std::function<void()>> held_;
    bool holding_ = false;
    std::exception_ptr trouble_;
    bool refusing_ = false;
    std::optional<intake_refusal> refusal_ahead_;
    std::size_t asked_limit_ = 0;
    series_question asked_series_;
    std::size_t counted_ = 0;
    session_query searched_;
};

}  // namespace streamstats::http::testing
