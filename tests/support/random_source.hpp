// Seeded chance for generated tests: the same seed gives the same numbers with every standard library.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "streamstats/base/time.hpp"

namespace streamstats::testing {

class random_source {
public:
    explicit random_source(std::uint64_t seed) : state_(seed) {}

    // splitmix64
    std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
    // 0 … count - 1
    std::uint64_t below(std::uint64_t count) { return next() % count; }
    bool chance(unsigned percent) { return below(100) < percent; }
    // 0 … most, both included
    milliseconds up_to(milliseconds most) {
        return milliseconds{static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most.count()) + 1))};
    }
    template <class T>
    const T& pick(const std::vector<T>& among) {
        return among[below(among.size())];
    }
    template <class T>
    void shuffle(std::vector<T>& items) {
        for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
    }

private:
    std::uint64_t state_;
};

}  // namespace streamstats::testing
