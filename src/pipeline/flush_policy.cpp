#include "pipeline/flush_policy.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "streamstats/base/mutant.hpp"

namespace streamstats::pipeline {

flush_policy::flush_policy(std::size_t rows_max, const retry_limits& limits, std::uint32_t seed)
    : rows_limit_(rows_max),
      rows_max_(rows_max),
      limits_(limits),
      wait_(limits.wait_min),
      busy_wait_(limits.busy_wait_min),
      random_(seed) {}

void flush_policy::resume(std::uint64_t stored, std::optional<std::uint64_t> in_hand) {
    if (stored_ || in_hand_) std::abort();
    at_least_ = stored;
    in_hand_ = in_hand;
}

std::uint64_t flush_policy::begin() {
    if (!stored_ || in_hand_) std::abort();  // a flush under a number that may be taken would be lost
    in_hand_ = *stored_ + 1;
    return *in_hand_;
}

flush_decision flush_policy::written() {
    if (!in_hand_) std::abort();
    stored_ = in_hand_;
    if (rows_max_ < rows_limit_ && ++stored_since_halved_ >= stored_before_growing) {
        rows_max_ = std::min(rows_limit_, rows_max_ * 2);
        stored_since_halved_ = 0;
    }
    return proceed();
}

flush_decision flush_policy::write_failed(store_trouble trouble) {
    switch (trouble) {
        case store_trouble::busy:
            return {.action = flush_action::write_same, .wait = busy_back_off()};
        case store_trouble::too_large:
            if (rows_max_ == 1) return contact_later(store_trouble::refused);
            rows_max_ = rows_max_ / 2;
            stored_since_halved_ = 0;
            rebuild_ = true;  // once the number says that nothing of it was applied
            return {.action = flush_action::contact};
        case store_trouble::away:
        case store_trouble::read_only:
        case store_trouble::refused:
        case store_trouble::not_ours:
            return contact_later(trouble);
    }
    std::abort();
}

flush_decision flush_policy::contacted(std::uint64_t stored_number) {
    const bool strange = stored_ ? stored_number != *stored_ && stored_number != in_hand_ : stored_number < at_least_;
    const auto expected = in_hand_ ? *in_hand_ - 1 : stored_number;
    stored_ = stored_number;
    flush_decision decision;
    const bool stored = in_hand_ && stored_number >= *in_hand_ && !mutant::breaks("stored_flush_is_not_written_again");
    if (!in_hand_ || stored || mutant::breaks("flush_is_written_until_it_is_stored")) {
        decision = proceed();
    } else if (rebuild_ || stored_number != expected) {
        decision.action = flush_action::rebuild;
        in_hand_.reset();
        rebuild_ = false;
    } else {
        decision.action = flush_action::write_same;
    }
    decision.strange_number = strange;
    return decision;
}

flush_decision flush_policy::contact_failed(store_trouble trouble) {
    return contact_later(trouble);
}

flush_decision flush_policy::contact_later(store_trouble trouble) {
    switch (trouble) {
        case store_trouble::busy:
            return {.action = flush_action::contact, .wait = busy_back_off()};
        case store_trouble::away:
        case store_trouble::read_only:
            return {.action = flush_action::contact, .wait = back_off()};
        case store_trouble::too_large:
        case store_trouble::refused:
        case store_trouble::not_ours:
            return {.action = flush_action::contact, .wait = limits_.refused_wait};
    }
    std::abort();
}

// The waits start anew only here: a store that answers but takes no flush is not hammered.
flush_decision flush_policy::proceed() {
    in_hand_.reset();
    rebuild_ = false;
    wait_ = limits_.wait_min;
    busy_wait_ = limits_.busy_wait_min;
    return {.action = flush_action::proceed};
}

milliseconds flush_policy::back_off() {
    const milliseconds full = std::exchange(wait_, std::min(wait_ * 2, limits_.wait_max));
    std::uniform_int_distribution<milliseconds::rep> less(0, full.count() / 2);
    return full - milliseconds{less(random_)};
}

milliseconds flush_policy::busy_back_off() {
    return std::exchange(busy_wait_, std::min(busy_wait_ * 2, limits_.busy_wait_max));
}

}  // namespace streamstats::pipeline
