// Connections that are kept open between calls. Any thread; blocks at most for the wait limit and for opening.
//
// `size` connections stay open, up to `overflow` more are opened while calls overlap and closed after use. A kept
// connection that died meanwhile is replaced before anything is sent over it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "store/store_error.hpp"

namespace streamstats::store {

struct pool_limits {
    std::size_t size = 10;
    std::size_t overflow = 20;
    std::chrono::milliseconds wait{30'000};
};

template <class Connection>
class connection_pool {
public:
    using opener = std::function<std::unique_ptr<Connection>()>;
    using check = std::function<bool(Connection&)>;

    // `open` may throw; `alive` must not.
    connection_pool(pool_limits limits, opener open, check alive)
        : limits_(limits), open_(std::move(open)), alive_(std::move(alive)) {}

    // A connection of one's own, until the lease ends.
    class lease {
    public:
        lease(connection_pool& home, std::unique_ptr<Connection> connection, std::uint64_t generation)
            : home_(home), connection_(std::move(connection)), generation_(generation) {}
        ~lease() { home_.take_back(std::move(connection_), generation_); }
        lease(const lease&) = delete;
        lease& operator=(const lease&) = delete;

        Connection& operator*() const { return *connection_; }
        // The connection is of no more use: closed at the end of the lease.
        void discard() { connection_.reset(); }

    private:
        connection_pool& home_;
        std::unique_ptr<Connection> connection_;
        std::uint64_t generation_;
    };

    // Throws store_error: busy when all are in use for too long, or what opening threw.
    lease acquire() {
        std::uint64_t generation = 0;
        std::unique_ptr<Connection> connection = reserve(generation);
        try {
            while (connection && !alive_(*connection)) connection = next_idle();
            if (!connection) connection = open_();
        } catch (...) {
            take_back(nullptr, generation);
            throw;
        }
        return lease{*this, std::move(connection), generation};
    }

    // Closes what is idle now; what is in use is closed when its lease ends.
    void clear() {
        std::vector<std::unique_ptr<Connection>> closing;
        const std::lock_guard lock(mutex_);
        ++generation_;
        closing.swap(idle_);
    }

    [[nodiscard]] std::size_t idle() const {
        const std::lock_guard lock(mutex_);
        return idle_.size();
    }

private:
    // Takes one of the places, and an idle connection if there is one.
    std::unique_ptr<Connection> reserve(std::uint64_t& generation) {
        std::unique_lock lock(mutex_);
        const auto free = [this] { return in_use_ < limits_.size + limits_.overflow; };
        if (!returned_.wait_for(lock, limits_.wait, free)) {
            throw store_error(store_trouble::busy, "all connections to the database are in use",
                              "raise STREAM_DB_POOL_SIZE or STREAM_DB_POOL_OVERFLOW");
        }
        ++in_use_;
        generation = generation_;
        return pop_idle();
    }

    std::unique_ptr<Connection> next_idle() {
        const std::lock_guard lock(mutex_);
        return pop_idle();
    }

    std::unique_ptr<Connection> pop_idle() {
        if (idle_.empty()) return nullptr;
        std::unique_ptr<Connection> last = std::move(idle_.back());
        idle_.pop_back();
        return last;
    }

    void take_back(std::unique_ptr<Connection> connection, std::uint64_t generation) noexcept {
        {
            const std::lock_guard lock(mutex_);
            --in_use_;
            const bool kept = connection && generation == generation_ && idle_.size() < limits_.size;
            if (kept) idle_.push_back(std::move(connection));
        }
        returned_.notify_one();
    }

    const pool_limits limits_;
    const opener open_;
    const check alive_;
    mutable std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Connection>> idle_;  // guarded by mutex_, as are the next two
    std::size_t in_use_ = 0;
    std::uint64_t generation_ = 0;
};

}  // namespace streamstats::store
