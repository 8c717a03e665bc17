// Random numbers that are the same everywhere: the standard distributions are not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "streamstats/base/time.hpp"

namespace streamstats::simulate {

// One step of splitmix64: spreads any number over all 64 bits.
std::uint64_t mix(std::uint64_t number);
inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    return mix(mix(a) ^ b);
}

class random_source {
public:
    explicit random_source(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next();
    // From 0 to less than `bound`, which is not 0.
    std::uint64_t below(std::uint64_t bound);
    // From 0 to less than 1.
    double fraction();
    bool chance(double percent) { return fraction() * 100.0 < percent; }
    // Memoryless waiting time.
    milliseconds exponential(double mean_milliseconds);

private:
    std::uint64_t state_;
};

// Draws positions of a list of weights, each as often as its weight says.
class weighted_choice {
public:
    explicit weighted_choice(std::span<const double> weights);
    // Position k (from 0) has the weight 1 / (k + 1)^exponent.
    static weighted_choice zipf(std::size_t count, double exponent);

    // `fraction` is from 0 to less than 1.
    [[nodiscard]] std::size_t at(double fraction) const;
    std::size_t draw(random_source& random) const { return at(random.fraction()); }

private:
    std::vector<double> sums_;  // running, the last one is the total
};

}  // namespace streamstats::simulate
