// How far the sessions of each value rise within one minute (value_rise.hpp; ledger.hpp, peak). Made in pieces, while
// more edges may come. One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/edges.hpp"
#include "engine/value_rise.hpp"
#include "streamstats/base/dimension.hpp"

namespace streamstats {

class rises {
public:
    explicit rises(const session_table& sessions) : sessions_(&sessions) {}

    // The minute whose edges it holds.
    [[nodiscard]] std::optional<minute_number> of() const { return minute_; }
    // Works on about so many edges of the minute, of which there may be more than last time; those of another minute
    // are dropped. False: all edges that there are were taken, and each value was looked at. So it comes to an end
    // however many edges come; what those change that come during that look is left for for_each().
    bool work(minute_number m, const minute_edges& edges, std::size_t edges_about);
    // visit(dimension, value, rise) for every value that has an edge. Only right after work() has said false.
    template <class Visit>
    void for_each(Visit visit) {
        for (const dimension d : all_dimensions) {
            for (auto& [value, its] : values_[index_of(d)].all) visit(d, value, its.get());
        }
    }
    // Gives the memory of the edges back.
    void clear();
    [[nodiscard]] std::size_t memory_bytes() const;

private:
    struct one {
        std::uint32_t value = 0;
        value_rise its;
    };
    // Of one dimension.
    struct values {
        static constexpr std::uint32_t nowhere = 0xFFFF'FFFF;
        std::vector<std::uint32_t> places;  // in `all`, by value
        std::vector<one> all;

        value_rise& of(std::uint32_t value) {
            if (value >= places.size()) places.resize(std::size_t{value} + 1, nowhere);
            std::uint32_t& place = places[value];
            if (place == nowhere) {
                all.push_back({value, {}});
                place = static_cast<std::uint32_t>(all.size() - 1);
            }
            return all[place].its;
        }
        void clear();
    };

    bool take_in(const minute_edges& edges, std::size_t edges_about);
    void take_in(const edge_list& from, std::size_t& taken, bool up, std::size_t& edges_left);
    bool look_at_values(std::size_t edges_about);

    const session_table* sessions_;
    std::optional<minute_number> minute_;
    std::size_t there_ = 0;  // edges, when it was worked on last
    std::size_t up_taken_ = 0;
    std::size_t down_taken_ = 0;
    std::array<values, dimension_count> values_;
    // The value to be looked at next.
    std::size_t dimension_at_ = 0;
    std::size_t value_at_ = 0;
};

}  // namespace streamstats
