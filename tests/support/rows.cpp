#include "support/rows.hpp"

#include <set>

namespace streamstats::testing {
namespace {

constexpr int differences_shown_max = 6;

void add(minute_numbers& to, const minute_numbers& more) {
    to.sessions_started += more.sessions_started;
    to.sessions_closed += more.sessions_closed;
    to.watch_time_ms += more.watch_time_ms;
    to.peak_concurrent += more.peak_concurrent;
    to.unique_users += more.unique_users;
    to.total_bytes += more.total_bytes;
}

std::string side(const rows& content, const row_key& key) {
    const auto found = content.find(key);
    return found == content.end() ? "no row" : to_text(found->second);
}

bool same(const rows& left, const rows& right, const row_key& key) {
    const auto l = left.find(key);
    const auto r = right.find(key);
    if (l == left.end() || r == right.end()) return (l == left.end()) == (r == right.end());
    return l->second == r->second;
}

}  // namespace

void table::clear(minute at) {
    std::erase_if(content_, [at](const auto& row) { return std::get<0>(row.first) == at; });
}

void table::apply(const std::vector<minute_row>& handed_out) {
    const minute_row* previous = nullptr;
    for (const minute_row& row : handed_out) {
        examine(row);
        if (previous != nullptr && previous->at > row.at) complaint_ += "not oldest minute first\n";
        previous = &row;

        const row_key key{row.at, row.dim, row.value};
        minute_numbers& stored = content_[key];
        if (row.kind == row_kind::whole) {
            stored = row.numbers;
        } else {
            add(stored, row.numbers);
        }
        if (stored.all_zero() && row.dim != dimension::global) content_.erase(key);
    }
}

void table::examine(const minute_row& row) {
    const row_key key{row.at, row.dim, row.value};
    if ((row.dim == dimension::global) != row.value.empty()) {
        complaint_ += "a value is missing, or global has one: " + to_text(key) + "\n";
    }
    const bool touches_fixed = row.numbers.peak_concurrent != 0 || row.numbers.unique_users != 0;
    if (row.kind == row_kind::revision && touches_fixed) {
        complaint_ += "a revision changes peak_concurrent or unique_users: " + to_text(key) + "\n";
    }
}

std::string difference(const rows& expected, const rows& actual) {
    std::set<row_key> keys;
    for (const auto& [key, numbers] : expected) keys.insert(key);
    for (const auto& [key, numbers] : actual) keys.insert(key);

    std::string text;
    int differing = 0;
    for (const row_key& key : keys) {
        if (same(expected, actual, key)) continue;
        if (++differing > differences_shown_max) continue;
        text += to_text(key) + "\n    expected " + side(expected, key) + "\n    actual   " + side(actual, key) + "\n";
    }
    if (differing > differences_shown_max) {
        text += "and " + std::to_string(differing - differences_shown_max) + " more rows\n";
    }
    return text;
}

std::string to_text(const row_key& key) {
    const auto& [at, dim, value] = key;
    std::string text = to_sql_text(at) + " " + std::string{name_of(dim)};
    if (!value.empty()) text += " '" + value + "'";
    return text;
}

std::string to_text(const minute_numbers& n) {
    return "started " + std::to_string(n.sessions_started) + ", closed " + std::to_string(n.sessions_closed) +
           ", watched " + std::to_string(n.watch_time_ms) + " ms, peak " + std::to_string(n.peak_concurrent) +
           ", users " + std::to_string(n.unique_users) + ", bytes " + std::to_string(n.total_bytes);
}

}  // namespace streamstats::testing
