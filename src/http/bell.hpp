// Waiting in a coroutine for an answer that another thread gives, maybe after the server is gone.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "http/asio.hpp"

namespace streamstats::http {

// What another thread has for a coroutine.
class letter {
public:
    virtual ~letter() = default;
    // On the thread of the coroutine.
    virtual void arrive() = 0;
};

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
    // Likewise, but what comes before the thread has looked is taken in one go: answers come in groups.
    void deliver(std::shared_ptr<letter> one) {
        const std::lock_guard lock{mutex_};
        if (context_ == nullptr) return;
        letters_.push_back(std::move(one));
        if (told_) return;
        asio::post(*context_, [this] { look(); });  // if that fails, the next letter tries again
        told_ = true;
    }
    void close() {
        const std::lock_guard lock{mutex_};
        context_ = nullptr;
        letters_.clear();
    }

private:
    void look() {
        {
            const std::lock_guard lock{mutex_};
            looked_at_.swap(letters_);
            told_ = false;
        }
        for (const std::shared_ptr<letter>& one : looked_at_) one->arrive();
        looked_at_.clear();
    }

    std::mutex mutex_;  // guards the next three
    asio::io_context* context_;
    std::vector<std::shared_ptr<letter>> letters_;
    bool told_ = false;                               // the thread is going to look
    std::vector<std::shared_ptr<letter>> looked_at_;  // on the thread of the io_context, which outlives it
};

// One for each connection. Used on the connection's thread only, by one coroutine at a time.
class bell {
public:
    bell(const executor& where, std::shared_ptr<mailbox> box)
        : timer_{std::make_shared<steady_timer>(where, steady_time::max())}, box_{std::move(box)} {}

    // Calls `start` with a callback and waits until somebody, on any thread, has called that.
    template <class T>
    task<T> ask(std::function<void(std::function<void(T)>)> start) {
        const auto wanted = std::make_shared<reply<T>>(timer_, box_);
        start([wanted](T given) {
            wanted->given = std::move(given);
            wanted->box->deliver(wanted);
        });
        error_code ignored;  // the timer only ever ends by being cancelled
        while (!wanted->arrived) co_await timer_->async_wait(asio::redirect_error(use_task, ignored));
        co_return std::move(*wanted->given);
    }

private:
    template <class T>
    struct reply final : letter {
        reply(const std::shared_ptr<steady_timer>& timer, std::shared_ptr<mailbox> to)
            : waiting{timer}, box{std::move(to)} {}
        void arrive() override {
            arrived = true;
            if (const auto timer = waiting.lock()) timer->cancel();
        }
        const std::weak_ptr<steady_timer> waiting;
        const std::shared_ptr<mailbox> box;
        std::optional<T> given;  // until it is delivered, in the hands of whoever gives it
        bool arrived = false;    // in those of the coroutine
    };

    std::shared_ptr<steady_timer> timer_;
    std::shared_ptr<mailbox> box_;
};

}  // namespace streamstats::http
