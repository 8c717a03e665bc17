#include "laws.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "support/rows.hpp"

namespace streamstats::testing {
namespace {

using additive = std::array<std::int64_t, 4>;

void add(additive& to, const minute_numbers& n) {
    to[0] += n.sessions_started;
    to[1] += n.sessions_closed;
    to[2] += n.watch_time_ms;
    to[3] += n.total_bytes;
}

bool is_global(const row_key& key) {
    return std::get<dimension>(key) == dimension::global;
}

std::int64_t open_at(instant t, const std::vector<session_facts>& sessions) {
    return std::count_if(sessions.begin(), sessions.end(),
                         [t](const session_facts& s) { return s.opened < t && (!s.closed || *s.closed >= t); });
}

}  // namespace

std::string unbalanced_books(const rows& table) {
    std::map<minute, std::array<additive, dimension_count>> sums;
    for (const auto& [key, numbers] : table) {
        const auto& [m, dim, value] = key;
        add(sums[m][index_of(dim)], numbers);
    }
    for (const auto& [m, by_dimension] : sums) {
        for (const dimension d : all_dimensions) {
            if (by_dimension[index_of(d)] == by_dimension[index_of(dimension::global)]) continue;
            return "the books do not balance: " + to_sql_text(m) + " " + std::string{name_of(d)} + "\n";
        }
    }
    return "";
}

std::string broken_recurrence(const rows& table, const std::vector<session_facts>& sessions, instant now) {
    std::int64_t open = 0;
    for (const auto& [key, numbers] : table) {
        const minute m = std::get<minute>(key);
        if (!is_global(key) || end_of(m) > now) continue;
        if (open != open_at(start_of(m), sessions)) {
            return "open at " + to_sql_text(m) + ": " + std::to_string(open_at(start_of(m), sessions)) +
                   ", but started - closed before is " + std::to_string(open) + "\n";
        }
        open += numbers.sessions_started - numbers.sessions_closed;
    }
    return "";
}

std::string broken_ceilings(const rows& table, const std::vector<session_facts>& sessions) {
    for (const auto& [key, numbers] : table) {
        const minute m = std::get<minute>(key);
        const std::string row = to_text(key) + " " + to_text(numbers) + "\n";
        if (numbers.watch_time_ms > numbers.peak_concurrent * minute_length.count()) return "watched too long: " + row;
        if (!is_global(key)) continue;
        const auto present =
            std::count_if(sessions.begin(), sessions.end(), [m](const session_facts& s) { return overlaps(s, m); });
        if (numbers.unique_users > present) return "more viewers than sessions: " + row;
    }
    return "";
}

std::string lost_bytes(const rows& table, const std::vector<session_facts>& sessions) {
    std::int64_t counted = 0;
    for (const auto& [key, numbers] : table) counted += is_global(key) ? numbers.total_bytes : 0;
    std::int64_t sent = 0;
    for (const session_facts& s : sessions) sent += static_cast<std::int64_t>(s.samples.back().bytes);
    if (counted == sent) return "";
    return "bytes of the newest samples " + std::to_string(sent) + ", in the tables " + std::to_string(counted) + "\n";
}

std::int64_t left_open(const rows& table) {
    std::int64_t open = 0;
    for (const auto& [key, numbers] : table) {
        if (is_global(key)) open += numbers.sessions_started - numbers.sessions_closed;
    }
    return open;
}

}  // namespace streamstats::testing
