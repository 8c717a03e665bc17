// How many connections are open, and a way to wait until there is none. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace streamstats::http {

class census {
public:
    void enter() {
        const std::lock_guard lock{mutex_};
        ++open_;
    }
    void leave() {
        const std::lock_guard lock{mutex_};
        if (--open_ == 0) empty_.notify_all();
    }
    [[nodiscard]] std::size_t open() const {
        const std::lock_guard lock{mutex_};
        return open_;
    }
    // False: some are left at `deadline`.
    bool wait_until_empty(std::chrono::steady_clock::time_point deadline) {
        std::unique_lock lock{mutex_};
        return empty_.wait_until(lock, deadline, [this] { return open_ == 0; });
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable empty_;
    std::size_t open_ = 0;
};

}  // namespace streamstats::http
