#include "pipeline/pending_rows.hpp"

#include <utility>

#include "streamstats/base/mutant.hpp"

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
    row_key key{row.dim, std::move(row.value)};
    const cell newer{row.kind, row.numbers};
    const auto [place, fresh] = minutes_[row.at].try_emplace(key, newer);
    size_ += fresh ? 1 : 0;
    if (!fresh && newer.kind == row_kind::whole) place->second = newer;
    if (!fresh && newer.kind == row_kind::revision) add_additive(place->second.numbers, newer.numbers);
    erase_if_nothing(row.at, key);
}

// Differences that cancel out need not be written. A whole row of zeros does: it removes the stored one. So does a row
// of stats_global: it may be the first that the store gets of a minute in which nothing happened.
void pending_rows::erase_if_nothing(minute at, const row_key& key) {
    if (key.dim == dimension::global && !mutant::breaks("global_rows_of_zeros_are_written")) return;
    const auto of_minute = minutes_.find(at);
    const auto place = of_minute->second.find(key);
    if (place->second.kind == row_kind::whole || !place->second.numbers.all_zero()) return;
    of_minute->second.erase(place);
    --size_;
    if (of_minute->second.empty()) minutes_.erase(of_minute);
}

rows_to_write pending_rows::take(std::size_t rows_max) {
    rows_to_write taken;
    const auto clear_up_to = [&](minute last) {
        const auto end = cleared_.upper_bound(last);
        taken.cleared.insert(taken.cleared.end(), cleared_.begin(), end);
        cleared_.erase(cleared_.begin(), end);
    };
    while (taken.rows.size() < rows_max && !minutes_.empty()) {
        const auto oldest = minutes_.begin();
        clear_up_to(oldest->first);
        auto node = oldest->second.extract(oldest->second.begin());
        taken.rows.push_back({.at = oldest->first,
                              .dim = node.key().dim,
                              .value = std::move(node.key().value),
                              .kind = node.mapped().kind,
                              .numbers = node.mapped().numbers});
        if (oldest->second.empty()) minutes_.erase(oldest);
    }
    if (minutes_.empty()) clear_up_to(minute::max());
    size_ -= taken.rows.size();
    return taken;
}

void pending_rows::put_back(rows_to_write older) {
    for (minute_row& row : older.rows) {
        if (cleared_.contains(row.at)) continue;  // what waits for this minute is all there is to it
        row_key key{row.dim, std::move(row.value)};
        const auto [place, fresh] = minutes_[row.at].try_emplace(key, cell{row.kind, row.numbers});
        size_ += fresh ? 1 : 0;
        if (fresh || place->second.kind == row_kind::whole) continue;
        add_additive(row.numbers, place->second.numbers);
        place->second = {row.kind, row.numbers};
        erase_if_nothing(row.at, key);
    }
    cleared_.insert(older.cleared.begin(), older.cleared.end());
}

void pending_rows::forget_from(minute first) {
    const auto begin = minutes_.lower_bound(first);
    for (auto one = begin; one != minutes_.end(); ++one) size_ -= one->second.size();
    minutes_.erase(begin, minutes_.end());
}

void pending_rows::subtract(const minute_row& revision) {
    const auto of_minute = minutes_.find(revision.at);
    if (of_minute != minutes_.end()) {
        const auto waits = of_minute->second.find(row_key{revision.dim, revision.value});
        if (waits != of_minute->second.end() && waits->second.kind == row_kind::whole) return;
    }
    minute_row opposite = revision;
    opposite.numbers = {};
    add_additive(opposite.numbers, revision.numbers, -1);
    add_one(std::move(opposite));
}

std::optional<minute> pending_rows::first_from(minute from) const {
    const auto found = minutes_.lower_bound(from);
    if (found == minutes_.end()) return std::nullopt;
    return found->first;
}

}  // namespace streamstats::pipeline
