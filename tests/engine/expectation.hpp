// What the tables must hold while a history arrives: the reference at every moment, and for the minutes that are final
// the peak and the viewers as they were when they became it (SEMANTICS 4).
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "support/reference.hpp"

namespace streamstats::testing {

class expectation {
public:
    expectation(const engine_limits& limits, instant started);

    void receive(const receipt& r);
    // A run ends, in which all minutes before this one became final, and another begins.
    void begin_run(instant started, minute first_mutable);
    // The first minute that is not final at `now`, if nothing happens until then.
    [[nodiscard]] minute first_mutable_at(instant now) const;
    // It makes no difference in how many steps the clock moves: a minute becomes final in between, at its moment.
    void advance(instant now);

    [[nodiscard]] rows tables(bool growing) const;
    [[nodiscard]] std::vector<session_facts> sessions() const { return sessions_at(receipts_, limits_, now_); }
    // Without the rows of zeros in stats_global that may be there or not: of the minute that grows; of minutes before
    // the first, left over from an opening that turned out to be later; of minutes that were final from the beginning.
    [[nodiscard]] rows comparable(rows all) const;
    // Something has been said about a minute that is final.
    [[nodiscard]] bool anything_final() const { return minute_of(earliest_) < first_mutable_; }
    [[nodiscard]] minute first() const;
    [[nodiscard]] minute first_mutable() const { return first_mutable_; }
    [[nodiscard]] const std::vector<receipt>& receipts() const { return receipts_; }
    // An engine need not call it new: the like of it has been there.
    [[nodiscard]] bool has_like_of(const receipt& r) const;

private:
    void make_final();
    // From when on the minute is final.
    [[nodiscard]] instant final_at(minute m) const;

    engine_limits limits_;
    instant started_;
    instant now_;
    std::vector<receipt> receipts_;
    instant earliest_ = instant_max;
    minute first_mutable_;
    minute first_mutable_at_start_;
    std::map<minute, value_rows> when_final_;  // of minutes that were not before the first, when they became final
};

}  // namespace streamstats::testing
