#include "pipeline/pending_rows.hpp"

#include <utility>

namespace streamstats::pipeline {
namespace {

// The columns that can be added up; a peak or a number of distinct users cannot.
void add_additive(minute_numbers& to, const minute_numbers& more, int sign = 1) {
    to.sessions_started += sign * more.sessions_started;
    to.sessions_closed += sign * more.sessions_closed;
    to.watch_time_ms += sign * more.watch_time_ms;
    to.total_bytes += sign * more.total_bytes;
}

}  // namespace

void pending_rows::add(std::vector<minute_row> rows) {
    for (minute_row& row : rows) add_one(std::move(row));
}

void pending_rows::add_one(minute_row row) {
    const minute at = row.at;
    row_key key{row.dim, std::move(row.value)};
    cell newer{row.kind, row.numbers};
    if (newer.kind == row_kind::whole && at < earlier_before_) newer = difference(at, key, newer.numbers);

    const auto [place, fresh] = minutes_[at].try_emplace(key, newer);
    size_ += fresh ? 1 : 0;
    if (!fresh && newer.kind == row_kind::whole) place->second = newer;
    if (!fresh && newer.kind == row_kind::revision) add_additive(place->second.numbers, newer.numbers);
    erase_if_nothing(at, key);
}

// Differences that cancel out need not be written. A whole row of zeros does: it removes the stored one.
void pending_rows::erase_if_nothing(minute at, const row_key& key) {
    const auto of_minute = minutes_.find(at);
    const auto place = of_minute->second.find(key);
    if (place->second.kind == row_kind::whole || !place->second.numbers.all_zero()) return;
    of_minute->second.erase(place);
    --size_;
    if (of_minute->second.empty()) minutes_.erase(of_minute);
}

pending_rows::cell pending_rows::difference(minute at, const row_key& key, const minute_numbers& whole) {
    minute_numbers& counted = counted_[at][key];
    cell result{row_kind::revision, {}};
    add_additive(result.numbers, whole);
    add_additive(result.numbers, counted, -1);
    counted = whole;
    return result;
}

std::vector<minute_row> pending_rows::take(std::size_t rows_max) {
    std::vector<minute_row> taken;
    while (taken.size() < rows_max && !minutes_.empty()) {
        const auto oldest = minutes_.begin();
        auto node = oldest->second.extract(oldest->second.begin());
        taken.push_back({.at = oldest->first,
                         .dim = node.key().dim,
                         .value = std::move(node.key().value),
                         .kind = node.mapped().kind,
                         .numbers = node.mapped().numbers});
        if (oldest->second.empty()) minutes_.erase(oldest);
    }
    size_ -= taken.size();
    return taken;
}

void pending_rows::put_back(std::vector<minute_row> older) {
    for (minute_row& row : older) {
        row_key key{row.dim, std::move(row.value)};
        const auto [place, fresh] = minutes_[row.at].try_emplace(key, cell{row.kind, row.numbers});
        size_ += fresh ? 1 : 0;
        if (fresh || place->second.kind == row_kind::whole) continue;
        add_additive(row.numbers, place->second.numbers);
        place->second = {row.kind, row.numbers};
        erase_if_nothing(row.at, key);
    }
}

std::optional<minute> pending_rows::first_from(minute from) const {
    const auto found = minutes_.lower_bound(from);
    if (found == minutes_.end()) return std::nullopt;
    return found->first;
}

void pending_rows::keep_earlier_rows(minute before) {
    earlier_before_ = before;
    std::map<minute, cells> waiting;
    while (!minutes_.empty() && minutes_.begin()->first < before) waiting.insert(minutes_.extract(minutes_.begin()));
    for (auto& [at, of_minute] : waiting) {
        size_ -= of_minute.size();
        for (const auto& [key, waits] : of_minute) add_one({at, key.dim, key.value, waits.kind, waits.numbers});
    }
}

void pending_rows::finish_before(minute first) {
    counted_.erase(counted_.begin(), counted_.lower_bound(first));
}

}  // namespace streamstats::pipeline
