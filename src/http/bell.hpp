// Waiting in a coroutine for an answer that another thread gives, maybe after the server is gone.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "http/asio.hpp"

namespace streamstats::http {

// The way back to one io_context. Shared with callbacks that may outlive it. Any thread.
class mailbox {
public:
    explicit mailbox(asio::io_context& context) : context_{&context} {}
    // Runs `work` on the thread of the io_context, or drops it if that is closed.
    template <class Work>
    void post(Work work) {
        const std::lock_guard lock{mutex_};
        if (context_ != nullptr) asio::post(*context_, std::move(work));
    }
    void close() {
        const std::lock_guard lock{mutex_};
        context_ = nullptr;
    }

private:
    std::mutex mutex_;
    asio::io_context* context_;
};

// One for each connection. Used on the connection's thread only, by one coroutine at a time.
class bell {
public:
    bell(const executor& where, std::shared_ptr<mailbox> box)
        : timer_{std::make_shared<steady_timer>(where, steady_time::max())}, box_{std::move(box)} {}

    // Calls `start` with a callback and waits until somebody, on any thread, has called that.
    template <class T>
    task<T> ask(std::function<void(std::function<void(T)>)> start) {
        auto slot = std::make_shared<std::optional<T>>();
        start([box = box_, slot, timer = std::weak_ptr{timer_}](T given) {
            box->post([slot, timer, given = std::move(given)]() mutable {
                *slot = std::move(given);
                if (const auto waiting = timer.lock()) waiting->cancel();
            });
        });
        error_code ignored;  // the timer only ever ends by being cancelled
        while (!*slot) co_await timer_->async_wait(asio::redirect_error(use_task, ignored));
        co_return std::move(**slot);
    }

private:
    std::shared_ptr<steady_timer> timer_;
    std::shared_ptr<mailbox> box_;
};

}  // namespace streamstats::http
