// When to look at which session again, by the minute. One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <map>
#include <utility>

#include "engine/session_table.hpp"

namespace streamstats {

// Only the entry in the minute that the session itself names (session::due) counts; others are leftovers that a change
// of plan left behind, and are skipped when their minute comes.
class timetable {
    // In blocks: a vector of millions would hold up to as much again in reserve.
    using entries = std::deque<session_ref>;

public:
    void add(session& s, session_ref ref, minute_number at) {
        if (s.due == at) return;
        s.due = at;
        entries_at(at).push_back(ref);
    }

    // Calls look(ref) for each session that is due by `now`, which makes a new plan for it. That may be for the same
    // minute: such a one waits for the next call.
    template <class Look>
    void run(minute_number now, session_table& table, Look look) {
        while (!minutes_.empty() && minutes_.begin()->first <= now) {
            const minute_number at = minutes_.begin()->first;
            const entries due = std::move(minutes_.begin()->second);
            minutes_.erase(minutes_.begin());
            recent_ = {};
            for (const session_ref ref : due) {
                session& s = table.at(ref);
                if (!s.alive || s.due != at) continue;
                look(ref);
            }
            if (at == now) return;
        }
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
