// How many bytes of request bodies may be held at the same time, over all connections. Any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace streamstats::http {

class byte_budget {
public:
    explicit byte_budget(std::size_t bytes_max) : bytes_max_{bytes_max} {}
    [[nodiscard]] bool take(std::size_t bytes) {
        if (used_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= bytes_max_) return true;
        give_back(bytes);
        return false;
    }
    // A look ahead, before any byte of a body is taken in. A quarter is left to those that have begun: one that is
    // refused half way was work for nothing.
    [[nodiscard]] bool may_begin(std::size_t bytes) const { return used() + bytes <= bytes_max_ - bytes_max_ / 4; }
    void give_back(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
    [[nodiscard]] std::size_t used() const { return used_.load(std::memory_order_relaxed); }

private:
    const std::size_t bytes_max_;
    std::atomic<std::size_t> used_{0};
};

// What one request holds of the budget; given back when it is gone.
class byte_claim {
public:
    explicit byte_claim(byte_budget& budget) : budget_{budget} {}
    ~byte_claim() { budget_.give_back(bytes_); }
    byte_claim(const byte_claim&) = delete;
    byte_claim& operator=(const byte_claim&) = delete;

    // False: the budget does not allow it, and the claim is as it was.
    [[nodiscard]] bool grow_to(std::size_t bytes) {
        if (bytes <= bytes_) return true;
        if (!budget_.take(bytes - bytes_)) return false;
        bytes_ = bytes;
        return true;
    }
    void release() { budget_.give_back(std::exchange(bytes_, 0)); }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
    byte_budget& budget_;
    std::size_t bytes_ = 0;
};

}  // namespace streamstats::http
