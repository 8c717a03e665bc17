// When to look at which session again, by the minute. One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <utility>

#include "engine/block_list.hpp"
#include "engine/session_table.hpp"

namespace streamstats {

// Only the entry in the minute that the session itself names (session::due) counts; others are leftovers that a change
// of plan left behind, and are skipped when their minute comes.
class timetable {
    using entries = block_list<session_ref>;

public:
    void add(session& s, session_ref ref, minute_number at) {
        s.due = at;
        entries_at(at).push_back(ref);
    }

    // Calls take(ref) for at most so many of the sessions that are due by `until`, which makes a plan for a later
    // minute; false: that were all.
    template <class Take>
    bool run(minute_number until, std::size_t at_most, const session_table& table, Take take) {
        while (!minutes_.empty() && minutes_.begin()->first <= until) {
            const minute_number at = minutes_.begin()->first;
            entries& due = minutes_.begin()->second;
            for (; !due.empty(); --at_most) {
                if (at_most == 0) return true;
                const session_ref ref = due.front();
                due.pop_front();
                const session& s = table.at(ref);
                if (s.alive && s.due == at) take(ref);
            }
            minutes_.erase(minutes_.begin());
            recent_ = {};
        }
        return false;
    }

    [[nodiscard]] std::size_t memory_bytes() const {
        std::size_t bytes = 0;
        for (const auto& [at, due] : minutes_) bytes += due.size() * sizeof(session_ref);
        return bytes;
    }

private:
    entries& entries_at(minute_number at) {
        auto& [kept_at, its] = recent_[at % recent_.size()];
        if (its == nullptr || kept_at != at) {
            kept_at = at;
            its = &minutes_[at];
        }
        return *its;
    }

    std::map<minute_number, entries> minutes_;
    std::array<std::pair<minute_number, entries*>, 8> recent_{};  // of minutes_, to spare the search
};

}  // namespace streamstats
