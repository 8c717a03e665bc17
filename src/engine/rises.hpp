// How far the sessions of each value rise, within one minute, above what they were at its beginning: the greatest
// running sum of its edges in order of time (ledger.hpp, peak). Made in pieces, while more edges may come. One thread
// at a time.
//
// Edges are gathered in slices of half a second. Of each slice and value it is known what its edges add up to, and
// their greatest running sum; put together from the first slice to the last, that gives the rise. So an edge that comes
// late costs the ordering of its slice and the putting together, but not the ordering of a minute with millions of
// edges.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/edges.hpp"
#include "streamstats/base/dimension.hpp"

namespace streamstats {

class rises {
public:
    explicit rises(const session_table& sessions) : sessions_(&sessions) {}

    // The minute whose edges it holds.
    [[nodiscard]] std::optional<minute_number> of() const { return minute_; }
    // Works on about so many edges of the minute, of which there may be more than last time; those of another minute
    // are dropped. False: the rises are those of all edges that there are.
    bool work(minute_number m, const minute_edges& edges, std::size_t edges_about);
    // visit(dimension, value, rise) for every value that has an edge. Only right after work() has said false.
    template <class Visit>
    void for_each(Visit visit) const {
        for (const dimension d : all_dimensions) {
            const running& its = sums_[index_of(d)];
            for (const std::uint32_t value : its.seen) visit(d, value, its.levels[value].rise);
        }
    }
    // Gives the memory of the edges back.
    void clear();

private:
    static constexpr std::uint16_t slice_ms = 500;
    static constexpr std::size_t slice_count = 60'000 / slice_ms;

    struct edge {
        labels who;
        std::uint16_t offset;  // from the beginning of the minute, in ms
        bool up;
    };
    struct sum {
        std::uint32_t value;
        std::int32_t total;
        std::int32_t rise;  // of the first slice: as that of the minute; of others: the greatest running sum
    };
    struct slice {
        std::vector<edge> edges;
        std::array<std::vector<sum>, dimension_count> sums;
        bool changed = false;  // since the sums were made
    };
    struct level {
        std::int32_t now = 0;
        std::int32_t rise = 0;
        bool seen = false;
    };
    struct running {
        std::vector<level> levels;        // by value
        std::vector<std::uint32_t> seen;  // values with a level

        level& of(std::uint32_t value);
        void reset();
    };

    bool take_in(const minute_edges& edges, std::size_t edges_about);
    std::size_t take_in(const edge_list& from, std::size_t& taken, bool up, std::size_t at_most);
    void order(std::vector<edge>& edges);
    void sum_up(slice& one, bool first);
    void sum_up(const std::vector<edge>& edges, dimension d, bool first, std::vector<sum>& into);
    void add(const slice& one, bool first);

    const session_table* sessions_;
    std::optional<minute_number> minute_;
    std::size_t up_taken_ = 0;
    std::size_t down_taken_ = 0;
    std::vector<slice> slices_;
    std::size_t added_ = 0;  // slices that are in the sums, from the first one on
    std::array<running, dimension_count> sums_;
    running scratch_;  // blank in between
    std::vector<edge> unordered_;
};

}  // namespace streamstats
