#include "engine/dictionary.hpp"

#include <utility>

namespace streamstats {

dictionary::dictionary(std::size_t values_max, const identity_secret& secret,
                       std::function<void(std::uint32_t)> dropping)
    : secret_(&secret), values_max_(values_max), dropping_(std::move(dropping)) {
    entries_.push_back({std::string(other_value), 0, 0, true});
    index_.insert(secret_->text(other_value), other);
}

std::uint32_t dictionary::find(std::string_view value) const {
    return index_.find(secret_->text(value), [&](std::uint32_t id) { return entries_[id].value == value; });
}

std::uint32_t dictionary::acquire(std::string_view value, minute_number now) {
    const text_ends ends(value);
    const std::uint32_t id = recent_[ends.place()];
    // The value of an entry that is not held is empty, and no value is.
    return ends.are_of(entries_[id].value, value) ? use(id, now) : acquire_by_hash(value, ends.place(), now);
}

std::uint32_t dictionary::acquire_by_hash(std::string_view value, std::size_t recent_place, minute_number now) {
    const std::uint32_t known = find(value);
    const std::uint32_t id = known == none ? claim(value, now) : known;
    recent_[recent_place] = id;
    return use(id, now);
}

std::uint32_t dictionary::adopt(std::string_view value, minute_number last_seen) {
    const std::uint32_t known = find(value);
    return known == none ? claim(value, last_seen) : known;
}

std::uint32_t dictionary::claim(std::string_view value, minute_number now) {
    if (held_ >= values_max_) drop_unused(now);
    if (held_ >= values_max_) return other;
    std::uint32_t id = id_limit();
    if (free_.empty()) {
        entries_.emplace_back();
    } else {
        id = free_.back();
        free_.pop_back();
    }
    entries_[id] = {std::string(value), 0, now, true};
    index_.insert(secret_->text(value), id);
    ++held_;
    return id;
}

// Looks through all entries, so at most once a minute.
void dictionary::drop_unused(minute_number now) {
    if (now < next_drop_) return;
    next_drop_ = now + 1;
    for (std::uint32_t id = other + 1; id < id_limit(); ++id) {
        entry& e = entries_[id];
        if (!e.held || e.uses != 0 || e.last_seen + hold_minutes > now) continue;
        if (dropping_) dropping_(id);
        index_.erase(secret_->text(e.value), id);
        e = entry{};
        free_.push_back(id);
        --held_;
    }
}

}  // namespace streamstats
