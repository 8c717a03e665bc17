// Rows that the store does not have yet: one for each minute and dimension value, however often it changed, so memory
// is bounded by changed rows and not by events or by how long the store has been away. Not thread-safe.
//
// A revision exists only after the final whole row of its minute was handed out. So: a newer whole row replaces, a
// revision is added to whatever waits for the same row, and what was taken out to be written goes first.
#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "streamstats/base/minute_row.hpp"
#include "streamstats/base/time.hpp"

namespace streamstats::pipeline {

class pending_rows {
public:
    // Rows as the engine hands them out, in that order.
    void add(std::vector<minute_row> rows);
    // Takes out at most `rows_max` rows, oldest minutes first.
    std::vector<minute_row> take(std::size_t rows_max);
    // What take() gave and the store surely does not have; what came since is newer.
    void put_back(std::vector<minute_row> older);

    [[nodiscard]] std::size_t size() const { return size_; }
    // The earliest minute from `from` on that has a row.
    [[nodiscard]] std::optional<minute> first_from(minute from) const;

    // The store's rows before `before` came from an earlier run of which the engine knows nothing: its whole rows for
    // these minutes, those that wait and those to come, are turned into differences that are added to what is there.
    void keep_earlier_rows(minute before);
    // No whole row of a minute before `first` will come any more: forgets what differences were taken from.
    void finish_before(minute first);

private:
    struct row_key {
        dimension dim{};
        std::string value;
        friend auto operator<=>(const row_key&, const row_key&) = default;
    };
    struct cell {
        row_kind kind{};
        minute_numbers numbers;
    };
    using cells = std::map<row_key, cell>;

    void add_one(minute_row row);
    void erase_if_nothing(minute at, const row_key& key);
    cell difference(minute at, const row_key& key, const minute_numbers& whole);

    std::map<minute, cells> minutes_;  // no empty ones
    std::size_t size_ = 0;
    minute earlier_before_ = minute::min();
    std::map<minute, std::map<row_key, minute_numbers>> counted_;  // of minutes before earlier_before_
};

}  // namespace streamstats::pipeline
