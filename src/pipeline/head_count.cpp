#include "pipeline/head_count.hpp"

#include <memory>
#include <utility>

#include "pipeline/errand.hpp"

namespace streamstats::pipeline {

void head_count::ask(std::size_t limit, std::function<void(audience)> done) {
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back({limit, std::move(done)});
        if (std::exchange(looking_, true)) return;
    }
    look();
}

void head_count::look() {
    const auto its = std::make_shared<shared_look>();
    run_errand(
        way_,
        [this, its] {
            if (!its->counts) its->asked = take_waiting();
            return piece_(its->counts);
        },
        [this, its](bool answered) { end(*its, answered); });
}

void head_count::end(const shared_look& its, bool answered) {
    const tally nobody;
    const tally& counts = answered ? *its.counts : nobody;
    for (const question& each : its.asked) each.done(audience_of(counts, each.limit));
    for (const question& each : answered ? std::vector<question>{} : take_waiting()) each.done({});
    {
        const std::lock_guard lock(mutex_);
        looking_ = !waiting_.empty();
        if (!looking_) return;
    }
    look();
}

std::vector<head_count::question> head_count::take_waiting() {
    const std::lock_guard lock(mutex_);
    return std::exchange(waiting_, {});
}

}  // namespace streamstats::pipeline
