#include "engine/samples.hpp"

#include <algorithm>

namespace streamstats {

sample_history::added sample_history::add(byte_sample sample) {
    if (based_ && sample.at <= base_.at) return sample == base_ ? added::known : added::too_old;
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

std::size_t sample_history::melt(instant t, const interval& i, std::size_t at_most) {
    const std::size_t before = samples_.size();
    while (!samples_.empty() && (samples_.front().at < t || samples_.size() > at_most)) melt_first(i);
    return before - samples_.size();
}

void sample_history::melt_first(const interval& i) {
    const byte_sample first = samples_.front();
    samples_.erase(samples_.begin());
    const byte_sample last = based_ ? base_ : byte_sample{i.opened, 0};
    const bool kept = first.bytes != session::no_bytes && first.at > last.at && first.bytes >= last.bytes;
    if (!kept || first.at > i.closed) return;
    base_ = first;
    based_ = true;
}

void sample_history::start_from(byte_sample base, instant newest_update) {
    samples_.clear();
    base_ = base;
    based_ = true;
    newest_update_ = newest_update;
}

namespace {

void write_sample(byte_writer& to, const byte_sample& sample) {
    to.time(sample.at);
    to.number(sample.bytes + 1);  // no_bytes wraps round to 0
}

byte_sample read_sample(byte_reader& from) {
    const instant at = from.time();
    return {at, from.number() - 1};
}

}  // namespace

void sample_history::write(byte_writer& to) const {
    to.octet(based_ ? 1 : 0);
    write_sample(to, base_);
    to.time(newest_update_);
    to.number(samples_.size());
    for (const byte_sample& sample : samples_) write_sample(to, sample);
}

sample_history sample_history::read(byte_reader& from) {
    sample_history history;
    history.based_ = from.octet() != 0;
    history.base_ = read_sample(from);
    history.newest_update_ = from.time();
    const std::uint64_t count = from.number();
    for (std::uint64_t i = 0; i < count && !from.failed(); ++i) history.samples_.push_back(read_sample(from));
    return history;
}

}  // namespace streamstats
