// How far the sessions of one value rise, within one minute, above what they were at its beginning: the greatest count
// that is attained, the one at the very beginning included. Of an instant (a millisecond) only what its edges add up to
// matters: what goes down goes first, so no count in between is greater than the one after the instant.
//
// The edges of most values are few, and kept in order: one that comes late costs a look at all of them. From some
// thousands on they are summed up for each millisecond, in blocks: one that comes late costs the look at its block and
// at what is known of the others. One thread at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "streamstats/base/time.hpp"

namespace streamstats {

class value_rise {
public:
    // At so many ms from the beginning of the minute. Returns about how many steps it took: nearly always one.
    std::size_t add(std::uint16_t offset, bool up) {
        changed_ = true;
        if (sums_) {
            sums_->add(offset, up ? 1 : -1);
            return 1;
        }
        if (edges_.empty()) edges_.reserve(edges_usual);
        edges_.push_back(edge_of(offset, up));
        return edges_.size() <= edges_max ? 1 : sum_up();
    }
    // Of all edges that were added. The first call after them does what is left to do.
    [[nodiscard]] std::int32_t get() {
        if (changed_) rise_ = sums_ ? sums_->rise() : rise_of_edges();
        changed_ = false;
        return rise_;
    }
    [[nodiscard]] std::size_t memory_bytes() const {
        return edges_.capacity() * sizeof(std::uint32_t) + (sums_ ? sizeof(sums) : 0);
    }
    // About how many steps the next get() takes, each as much as a look at one millisecond.
    [[nodiscard]] std::size_t steps() const {
        if (!changed_) return 0;
        return sums_ ? sums_->steps() : edges_.size() * steps_of_an_edge;
    }

private:
    static constexpr std::size_t edges_usual = 8;
    static constexpr std::size_t steps_of_an_edge = 16;  // to be put in order
    static constexpr std::size_t edges_max = 4'096;

    // Per millisecond of the minute.
    class sums {
    public:
        void add(std::uint16_t offset, std::int32_t change) {
            changes_[offset] += change;
            block& its = blocks_[offset / block_ms];
            changed_blocks_ += its.changed ? 0 : 1;
            its.changed = true;
        }
        std::int32_t rise() {
            std::int32_t count = 0;
            std::int32_t greatest = changes_.front();
            for (std::size_t at = 0; at < block_count; ++at) {
                block& its = blocks_[at];
                if (its.changed) its = look_at(at);
                greatest = std::max(greatest, count + its.greatest);
                count += its.total;
            }
            changed_blocks_ = 0;
            return greatest;
        }
        [[nodiscard]] std::size_t steps() const { return changed_blocks_ * block_ms + block_count; }

    private:
        static constexpr std::size_t block_ms = 60;
        static constexpr std::size_t block_count = static_cast<std::size_t>(minute_length.count()) / block_ms;
        static_assert(block_count * block_ms == static_cast<std::size_t>(minute_length.count()));

        struct block {
            std::int32_t total = 0;
            std::int32_t greatest = 0;  // sum from its beginning on
            bool changed = false;
        };

        [[nodiscard]] block look_at(std::size_t number) const {
            const std::int32_t* const first = &changes_[number * block_ms];
            block its{*first, *first};
            for (std::size_t ms = 1; ms < block_ms; ++ms) {
                its.total += first[ms];
                its.greatest = std::max(its.greatest, its.total);
            }
            return its;
        }

        std::array<std::int32_t, block_ms * block_count> changes_{};
        std::array<block, block_count> blocks_{};
        std::size_t changed_blocks_ = 0;
    };

    // In their order.
    static constexpr std::uint32_t edge_of(std::uint16_t offset, bool up) {
        return std::uint32_t{offset} << 1U | (up ? 1U : 0U);
    }
    static constexpr std::uint16_t offset_of(std::uint32_t edge) { return static_cast<std::uint16_t>(edge >> 1U); }
    static constexpr bool is_up(std::uint32_t edge) { return (edge & 1U) != 0; }

    std::size_t sum_up() {
        auto made = std::make_unique<sums>();
        for (const std::uint32_t edge : edges_) made->add(offset_of(edge), is_up(edge) ? 1 : -1);
        sums_ = std::move(made);
        std::vector<std::uint32_t>{}.swap(edges_);
        return static_cast<std::size_t>(minute_length.count());
    }

    std::int32_t rise_of_edges() {
        const auto unordered = edges_.begin() + static_cast<std::ptrdiff_t>(ordered_);
        std::sort(unordered, edges_.end());
        std::inplace_merge(edges_.begin(), unordered, edges_.end());
        ordered_ = edges_.size();
        std::int32_t count = 0;
        std::int32_t greatest = 0;
        for (const std::uint32_t edge : edges_) {
            count += is_up(edge) ? 1 : -1;
            greatest = offset_of(edge) == 0 ? count : std::max(greatest, count);
        }
        return greatest;
    }

    std::vector<std::uint32_t> edges_;  // until there are sums
    std::size_t ordered_ = 0;           // of them, from the first one on
    std::unique_ptr<sums> sums_;
    std::int32_t rise_ = 0;
    bool changed_ = false;
};

}  // namespace streamstats
