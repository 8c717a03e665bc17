// The policy in force, which may be replaced while requests are judged.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "http/access_policy.hpp"

namespace streamstats::http {

// Any thread.
class current_access {
public:
    void set(std::shared_ptr<const access_policy> policy) {
        const std::lock_guard lock{mutex_};
        policy_ = std::move(policy);
        version_.fetch_add(1, std::memory_order_release);
    }
    [[nodiscard]] std::shared_ptr<const access_policy> get() const {
        const std::lock_guard lock{mutex_};
        return policy_;
    }
    [[nodiscard]] std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const access_policy> policy_;
    std::atomic<std::uint64_t> version_{1};
};

// One thread's view of it: takes the lock only after a change.
class access_view {
public:
    explicit access_view(const current_access& source) : source_{source} {}
    // Null: everything is open.
    [[nodiscard]] const std::shared_ptr<const access_policy>& get() {
        const std::uint64_t version = source_.version();
        if (version != seen_) policy_ = source_.get();
        seen_ = version;
        return policy_;
    }

private:
    const current_access& source_;
    std::uint64_t seen_ = 0;
    std::shared_ptr<const access_policy> policy_;
};

}  // namespace streamstats::http
