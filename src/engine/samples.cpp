#include "engine/samples.hpp"

#include <algorithm>

namespace streamstats {

sample_history::added sample_history::add(byte_sample sample) {
    if (melted_ && sample.at <= base_.at) return sample == base_ ? added::known : added::too_old;
    newest_update_ = std::max(newest_update_, sample.at);
    if (samples_.empty() || samples_.back().at < sample.at) {
        samples_.push_back(sample);
        return added::in_order;
    }
    const auto at = std::lower_bound(samples_.begin(), samples_.end(), sample);
    if (at != samples_.end() && *at == sample) return added::known;
    samples_.insert(at, sample);
    return added::out_of_order;
}

void sample_history::melt(instant t, const interval& i) {
    while (!samples_.empty() && (samples_.front().at < t || samples_.size() > samples_max)) melt_first(i);
}

void sample_history::melt_first(const interval& i) {
    const byte_sample first = samples_.front();
    samples_.erase(samples_.begin());
    if (!melted_) base_ = {i.opened, 0};
    melted_ = true;
    const bool kept = first.bytes != session::no_bytes && first.at > base_.at && first.bytes >= base_.bytes;
    if (kept && first.at <= i.closed) base_ = first;
}

void sample_history::start_from(byte_sample base, instant newest_update) {
    samples_.clear();
    base_ = base;
    melted_ = true;
    newest_update_ = newest_update;
}

}  // namespace streamstats
