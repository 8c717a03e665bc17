#include "pipeline/journal_line.hpp"

#include <utility>

#include "streamstats/wire/event_codec.hpp"

namespace streamstats::pipeline {

journal_line::journal_line(const clock_source& clock, std::function<void(const answer&)> arrived)
    : clock_(clock), arrived_(std::move(arrived)) {}

void journal_line::lead_to(journal::writer& log) {
    const std::lock_guard lock(mutex_);
    log_ = &log;
}

void journal_line::close() {
    const std::lock_guard lock(mutex_);
    log_ = nullptr;
}

bool journal_line::append(taken_batch& batch) {
    const std::lock_guard lock(mutex_);
    if (log_ == nullptr) return false;
    const instant now = clock_.system_now();
    journal::payload record{wire::lead_of(now), batch.events->encoded(), batch.events};
    const std::uint64_t bytes = journal::frame_bytes(record.size());
    taken_batch& lined_up = batches_.emplace_back();
    const ticket its = first_ + batches_.size() - 1;
    try {
        log_->append(journal::frame_kind::batch, std::move(record),
                     [this, its](journal::append_outcome outcome, journal::lsn number) {
                         arrived_({its, outcome, number});
                     });
    } catch (...) {
        batches_.pop_back();
        throw;
    }
    bytes_ += bytes;
    batch.received = now;
    lined_up = std::move(batch);
    return true;
}

std::optional<taken_batch> journal_line::take(const answer& about) {
    const std::lock_guard lock(mutex_);
    if (batches_.empty() || about.whose != first_) return std::nullopt;
    std::optional<taken_batch> first{std::move(batches_.front())};
    batches_.pop_front();
    ++first_;
    return first;
}

std::deque<taken_batch> journal_line::give_up() {
    const std::lock_guard lock(mutex_);
    first_ += batches_.size();
    return std::exchange(batches_, {});
}

std::optional<instant> journal_line::oldest() const {
    const std::lock_guard lock(mutex_);
    return batches_.empty() ? std::nullopt : std::optional(batches_.front().received);
}

std::uint64_t journal_line::take_bytes() {
    const std::lock_guard lock(mutex_);
    return std::exchange(bytes_, 0);
}

}  // namespace streamstats::pipeline
