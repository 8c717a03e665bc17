#include "simulate/random.hpp"

#include <algorithm>
#include <cmath>

namespace streamstats::simulate {

std::uint64_t mix(std::uint64_t number) {
    number += 0x9e3779b97f4a7c15U;
    number = (number ^ (number >> 30U)) * 0xbf58476d1ce4e5b9U;
    number = (number ^ (number >> 27U)) * 0x94d049bb133111ebU;
    return number ^ (number >> 31U);
}

std::uint64_t random_source::next() {
    const std::uint64_t result = mix(state_);
    state_ += 0x9e3779b97f4a7c15U;
    return result;
}

std::uint64_t random_source::below(std::uint64_t bound) {
    return next() % bound;  // the bias is below 2^-32 for the small bounds in use here
}

double random_source::fraction() {
    return static_cast<double>(next() >> 11U) * 0x1p-53;
}

milliseconds random_source::exponential(double mean_milliseconds) {
    return milliseconds{static_cast<std::int64_t>(-std::log1p(-fraction()) * mean_milliseconds)};
}

weighted_choice::weighted_choice(std::span<const double> weights) {
    double sum = 0;
    sums_.reserve(weights.size());
    for (const double weight : weights) sums_.push_back(sum += weight);
}

weighted_choice weighted_choice::zipf(std::size_t count, double exponent) {
    std::vector<double> weights(count);
    for (std::size_t k = 0; k < count; ++k) weights[k] = std::pow(static_cast<double>(k + 1), -exponent);
    return weighted_choice{weights};
}

std::size_t weighted_choice::at(double fraction) const {
    const auto found = std::upper_bound(sums_.begin(), sums_.end(), fraction * sums_.back());
    return std::min(static_cast<std::size_t>(found - sums_.begin()), sums_.size() - 1);
}

}  // namespace streamstats::simulate
