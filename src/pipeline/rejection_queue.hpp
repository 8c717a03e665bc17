// Rejected events on their way to `rejected_events`: bounded, because a sender chooses how many there are.
// Like the table, it keeps the newest: the excess is only counted. Not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <iterator>
#include <utility>
#include <vector>

#include "streamstats/pipeline/rollup_store.hpp"

namespace streamstats::pipeline {

class rejection_queue {
public:
    explicit rejection_queue(std::size_t pending_max) : pending_max_(pending_max) {}

    // False: the oldest one had to make room.
    bool add(rejected_event event) {
        const bool fits = waiting_.size() < pending_max_;
        if (!fits) waiting_.pop_front();
        waiting_.push_back(std::move(event));
        return fits;
    }
    std::vector<rejected_event> take(std::size_t events_max) {
        const auto count = static_cast<std::ptrdiff_t>(std::min(events_max, waiting_.size()));
        std::vector<rejected_event> taken(std::move_iterator(waiting_.begin()),
                                          std::move_iterator(waiting_.begin() + count));
        waiting_.erase(waiting_.begin(), waiting_.begin() + count);
        return taken;
    }
    // What take() gave, back to the front. Returns how many had to be left out, the oldest.
    std::size_t put_back(std::vector<rejected_event> events) {
        const std::size_t fit = std::min(events.size(), pending_max_ - waiting_.size());
        const auto begin = events.end() - static_cast<std::ptrdiff_t>(fit);
        waiting_.insert(waiting_.begin(), std::move_iterator(begin), std::move_iterator(events.end()));
        return events.size() - fit;
    }
    [[nodiscard]] bool empty() const { return waiting_.empty(); }
    [[nodiscard]] std::size_t size() const { return waiting_.size(); }

private:
    std::size_t pending_max_;
    std::deque<rejected_event> waiting_;
};

}  // namespace streamstats::pipeline
