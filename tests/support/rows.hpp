// The tables as a store would hold them after writing what the engine hands out, and how they differ from others.
#pragma once

#include <string>
#include <vector>

#include "streamstats/base/minute_row.hpp"
#include "support/reference.hpp"

namespace streamstats::testing {

class table {
public:
    // Whole rows replace, and remove when they are all zero; revisions add, and remove what becomes all zero. Rows of
    // stats_global are never removed.
    void apply(const std::vector<minute_row>& handed_out);

    // Removes all rows of this minute.
    void clear(minute at);

    [[nodiscard]] const rows& content() const { return content_; }
    // What was wrong with the handed out rows themselves (order, contents of revisions); empty: nothing.
    [[nodiscard]] const std::string& complaint() const { return complaint_; }

private:
    void examine(const minute_row& row);

    rows content_;
    std::string complaint_;
};

// The first few rows that differ, both sides of each; empty if there are none.
std::string difference(const rows& expected, const rows& actual);

std::string to_text(const row_key& key);
std::string to_text(const minute_numbers& numbers);

}  // namespace streamstats::testing
