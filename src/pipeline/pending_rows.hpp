// Rows that the store does not have yet: one for each minute and dimension value, however often it changed, so memory
// is bounded by changed rows and not by events or by how long the store has been away. Not thread-safe.
//
// A revision exists only after the final whole row of its minute was handed out. So: a newer whole row replaces, a
// revision is added to whatever waits for the same row, and what was taken out to be written goes first.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "streamstats/base/minute_row.hpp"
#include "streamstats/base/time.hpp"

namespace streamstats::pipeline {

// What goes into one flush.
struct rows_to_write {
    std::vector<minute_row> rows;
    std::vector<minute> cleared;  // what the store has of these minutes goes first
};

class pending_rows {
public:
    // Rows as the engine hands them out, in that order.
    void add(std::vector<minute_row> rows);
    // What the store has of this minute is not to be relied on: all its rows are among those that wait or will come.
    void clear_first(minute at) { cleared_.insert(at); }
    // Rows of this minute and later ones are all made anew: one that does not come again is to be gone.
    void forget_from(minute first);
    void clear_no_more(minute at) { cleared_.erase(at); }
    [[nodiscard]] const std::set<minute>& cleared() const { return cleared_; }
    // Takes out at most `rows_max` rows, oldest minutes first.
    rows_to_write take(std::size_t rows_max);
    // What take() gave and the store surely does not have; what came since is newer.
    void put_back(rows_to_write older);
    // This revision is in the store already, or on its way there. What is in a whole row that waits stays in it.
    void subtract(const minute_row& revision);

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0 && cleared_.empty(); }
    // The earliest minute from `from` on that has a row.
    [[nodiscard]] std::optional<minute> first_from(minute from) const;
    // In order of time.
    template <class Visit>
    void for_each(Visit visit) const {
        for (const auto& [at, of_minute] : minutes_) {
            for (const auto& [key, waits] : of_minute) {
                visit(minute_row{at, key.dim, key.value, waits.kind, waits.numbers});
            }
        }
    }

private:
    struct row_key {
        dimension dim{};
        std::string value;
        friend bool operator<(const row_key& left, const row_key& right) {
            return std::tie(left.dim, left.value) < std::tie(right.dim, right.value);
        }
    };
    struct cell {
        row_kind kind{};
        minute_numbers numbers;
    };
    using cells = std::map<row_key, cell>;

    void add_one(minute_row row);
    void erase_if_nothing(minute at, const row_key& key);

    std::map<minute, cells> minutes_;  // no empty ones
    std::size_t size_ = 0;
    std::set<minute> cleared_;
};

}  // namespace streamstats::pipeline
