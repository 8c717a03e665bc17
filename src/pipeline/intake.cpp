#include "pipeline/intake.hpp"

#include <utility>

namespace streamstats::pipeline {
namespace {

std::size_t bytes_of(const play_event& event) {
    return sizeof event + event.server.size() + event.id.size() + event.channel.size() + event.country.size() +
           event.protocol.size() + event.user_id.size() + event.ip.size() + event.user_agent.size();
}

std::size_t bytes_of(const wire::rejection& rejection) {
    return sizeof rejection + rejection.field.size() + rejection.message.size() + rejection.json.size();
}

}  // namespace

batch_weight weight_of(const wire::batch& events) {
    batch_weight weight{.events = events.events.size() + events.rejections.size(), .bytes = sizeof events};
    for (const play_event& event : events.events) weight.bytes += bytes_of(event);
    for (const wire::rejection& rejection : events.rejections) weight.bytes += bytes_of(rejection);
    return weight;
}

intake::intake(const intake_limits& limits, std::function<void()> wake) : limits_(limits), wake_(std::move(wake)) {}

intake::offer_outcome intake::offer(taken_batch& batch) {
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        if (state_ == intake_state::not_started) return offer_outcome::not_started;
        if (state_ == intake_state::closed) return offer_outcome::closed;
        const bool fits = weight_.events + batch.weight.events <= limits_.events_max &&
                          weight_.bytes + batch.weight.bytes <= limits_.bytes_max;
        if (batches_ > 0 && !fits) return offer_outcome::overloaded;
        ++batches_;
        weight_.events += batch.weight.events;
        weight_.bytes += batch.weight.bytes;
        weigh();
        waiting_.batches.push_back(std::move(batch));
        wake = must_wake();
    }
    if (wake) wake_();
    return offer_outcome::taken;
}

bool intake::ask(question what) {
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        if (state_ != intake_state::open) return false;
        waiting_.questions.push_back(std::move(what));
        wake = must_wake();
    }
    if (wake) wake_();
    return true;
}

bool intake::must_wake() {
    return !std::exchange(woken_, true);
}

intake::group intake::take_all() {
    const std::lock_guard lock(mutex_);
    woken_ = false;
    return std::exchange(waiting_, {});
}

void intake::release(const batch_weight& weight) {
    const std::lock_guard lock(mutex_);
    --batches_;
    weight_.events -= weight.events;
    weight_.bytes -= weight.bytes;
    weigh();
}

void intake::weigh() {
    full_.store(weight_.events >= limits_.events_max || weight_.bytes >= limits_.bytes_max, std::memory_order_relaxed);
}

void intake::set(intake_state state) {
    const std::lock_guard lock(mutex_);
    state_ = state;
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
