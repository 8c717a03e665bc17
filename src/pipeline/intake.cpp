#include "pipeline/intake.hpp"

#include <utility>

namespace streamstats::pipeline {
namespace {

std::size_t bytes_of(const wire::rejection& rejection) {
    return sizeof rejection + rejection.field.size() + rejection.message.size() + rejection.json.size();
}

}  // namespace

// Room for the record is doubled where it does not suffice. What an earlier use of the batch left is not counted.
batch_weight weight_of(const wire::batch& events) {
    batch_weight weight{.events = events.events.size() + events.rejections.size(),
                        .bytes = sizeof events + 2 * events.encoded().size() +
                                 events.events.size() * (sizeof(play_event) + sizeof(event_identity))};
    for (const wire::rejection& rejection : events.rejections) weight.bytes += bytes_of(rejection);
    return weight;
}

intake::intake(const intake_limits& limits, std::function<void()> wake) : limits_(limits), wake_(std::move(wake)) {
    spare_.reserve(spare_max);
}

intake::offer_outcome intake::offer(taken_batch& batch) {
    if (const auto why = reserve(batch)) return *why;
    bool wake = false;
    try {
        identify(batch);
        if (express_ && express_(batch)) return offer_outcome::taken;
        const std::lock_guard lock(mutex_);
        waiting_.batches.push_back(std::move(batch));
        wake = must_wake();
    } catch (...) {  // no memory: its place must not stay taken, and a drain must not wait for it
        release(batch);
        wake_();
        throw;
    }
    if (wake) ring();
    return offer_outcome::taken;
}

// Nothing: there is a place for it, which is its own from now on.
std::optional<intake::offer_outcome> intake::reserve(taken_batch& batch) {
    const batch_weight& weight = batch.weight;
    const std::lock_guard lock(mutex_);
    if (state_ == intake_state::not_started) return offer_outcome::not_started;
    if (state_ == intake_state::closed) return offer_outcome::closed;
    const bool fits =
        weight_.events + weight.events <= limits_.events_max && weight_.bytes + weight.bytes <= limits_.bytes_max;
    if (batches_ > 0 && !fits) return offer_outcome::overloaded;
    ++batches_;
    weight_.events += weight.events;
    weight_.bytes += weight.bytes;
    weigh();
    lend_room(batch);
    return std::nullopt;
}

void intake::identify(taken_batch& batch) const {
    const std::vector<play_event>& events = batch.events->events;
    batch.who.reserve(events.size());
    for (const play_event& event : events) batch.who.push_back(secret_->identify(event));
}

bool intake::ask(question what) {
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        if (state_ != intake_state::open) return false;
        waiting_.questions.push_back(std::move(what));
        wake = must_wake();
    }
    if (wake) ring();
    return true;
}

// If that fails, whoever offers next tries again: otherwise nobody ever would.
void intake::ring() {
    try {
        wake_();
    } catch (...) {
        const std::lock_guard lock(mutex_);
        woken_ = false;
        throw;
    }
}

bool intake::must_wake() {
    return !std::exchange(woken_, true);
}

intake::group intake::take_all() {
    const std::lock_guard lock(mutex_);
    woken_ = false;
    return std::exchange(waiting_, {});
}

void intake::release(taken_batch& answered) {
    const std::lock_guard lock(mutex_);
    --batches_;
    weight_.events -= answered.weight.events;
    weight_.bytes -= answered.weight.bytes;
    weigh();
    take_room_back(answered);
}

void intake::lend_room(taken_batch& batch) {
    if (spare_.empty()) return;
    batch.who = std::move(spare_.back());
    spare_.pop_back();
    spare_bytes_ -= batch.who.capacity() * sizeof(event_identity);
}

void intake::take_room_back(taken_batch& batch) {
    batch.who.clear();
    const std::size_t bytes = batch.who.capacity() * sizeof(event_identity);
    if (bytes == 0 || spare_.size() == spare_max || spare_bytes_ + bytes > spare_bytes_max) return;
    spare_.push_back(std::move(batch.who));
    spare_bytes_ += bytes;
}

void intake::weigh() {
    full_.store(weight_.events >= limits_.events_max || weight_.bytes >= limits_.bytes_max, std::memory_order_relaxed);
}

void intake::open(const identity_secret& secret) {
    const std::lock_guard lock(mutex_);
    secret_ = secret;
    state_ = intake_state::open;
}

void intake::close() {
    const std::lock_guard lock(mutex_);
    state_ = intake_state::closed;
}

intake_state intake::state() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

bool intake::idle() const {
    const std::lock_guard lock(mutex_);
    return batches_ == 0 && waiting_.questions.empty();
}

}  // namespace streamstats::pipeline
