// One value, handed once from one thread to another that waits for it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "streamstats/base/time.hpp"

namespace streamstats::pipeline {

template <class T>
class gate {
public:
    void open(T value) {
        const std::lock_guard lock(mutex_);
        value_ = std::move(value);
        opened_.notify_all();
    }
    T wait() {
        std::unique_lock lock(mutex_);
        opened_.wait(lock, [this] { return value_.has_value(); });
        return *value_;
    }
    std::optional<T> wait_for(milliseconds length) {
        std::unique_lock lock(mutex_);
        opened_.wait_for(lock, length, [this] { return value_.has_value(); });
        return value_;
    }

private:
    std::mutex mutex_;
    std::condition_variable opened_;
    std::optional<T> value_;
};

}  // namespace streamstats::pipeline
