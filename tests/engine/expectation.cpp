#include "expectation.hpp"

#include <algorithm>

namespace streamstats::testing {

using namespace std::chrono_literals;

expectation::expectation(const engine_limits& limits, instant started)
    : limits_(limits), started_(started), now_(started), first_mutable_(minute_of(started) - 62min) {
    advance(started);
    first_mutable_at_start_ = first_mutable_;
}

void expectation::receive(const receipt& r) {
    receipts_.push_back(r);
    const sent_event& e = r.event;
    earliest_ = std::min({earliest_, time_of(r), e.opened_at.value_or(earliest_), e.closed_at.value_or(earliest_),
                          e.updated_at.value_or(earliest_)});
}

instant expectation::final_at(minute m) const {
    const instant by_late_window = std::max(end_of(m), started_) + limits_.late_window;
    return std::min(by_late_window, end_of(m) + 60min) + 1ms;
}

void expectation::advance(instant now) {
    now_ = now;
    while (final_at(first_mutable_) <= now) make_final();
}

void expectation::make_final() {
    const instant then = final_at(first_mutable_);
    const std::vector<session_facts> all = sessions_at(receipts_, limits_, then);
    const std::optional<minute> first_known = first_minute(receipts_, all);
    if (first_known && first_mutable_ >= *first_known) {
        when_final_[first_mutable_] = rows_of_minute(first_mutable_, all, then);
    }
    first_mutable_ += minutes{1};
}

void expectation::begin_run(instant started, minute first_mutable) {
    while (first_mutable_ < first_mutable) make_final();
    started_ = started;
}

minute expectation::first_mutable_at(instant now) const {
    minute first = first_mutable_;
    while (final_at(first) <= now) first += minutes{1};
    return first;
}

rows expectation::tables(bool growing) const {
    rows expected = rows_at(receipts_, limits_, now_, growing);
    for (auto& [key, numbers] : expected) {
        if (std::get<minute>(key) < first_mutable_) numbers.peak_concurrent = numbers.unique_users = 0;
    }
    for (const auto& [m, values] : when_final_) {
        for (const auto& [value, then] : values) {
            minute_numbers& numbers = expected[{m, value.first, value.second}];
            numbers.peak_concurrent = then.peak_concurrent;
            numbers.unique_users = then.unique_users;
        }
    }
    std::erase_if(expected, [](const auto& row) {
        return std::get<dimension>(row.first) != dimension::global && row.second.all_zero();
    });
    return expected;
}

rows expectation::comparable(rows all) const {
    const minute first_known = first();
    std::erase_if(all, [&](const auto& row) {
        const minute m = std::get<minute>(row.first);
        const bool left_out = end_of(m) > now_ || m < first_known || m < first_mutable_at_start_;
        return row.second.all_zero() && left_out;
    });
    return all;
}

minute expectation::first() const {
    return first_minute(receipts_, sessions()).value_or(minute_of(now_));
}

bool expectation::has_like_of(const receipt& r) const {
    return std::any_of(receipts_.begin(), receipts_.end(), [&r](const receipt& known) {
        const sent_event& a = known.event;
        const sent_event& b = r.event;
        if (a.kind != b.kind || a.server != b.server || a.id != b.id) return false;
        if (a.kind == event_kind::server_started) return time_of(known) == time_of(r);
        if (a.kind == event_kind::play_updated) {
            return update_time_of(known) == update_time_of(r) && bytes_of(a) == bytes_of(b);
        }
        return true;
    });
}

}  // namespace streamstats::testing
