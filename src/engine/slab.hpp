// Cells of one size by 32-bit index, in blocks that give their memory back when their last cell is free. Old indices
// can still be read: the first two bytes of a free cell are anything, the rest is as it was left, or zero. One thread
// at a time.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "engine/memory_region.hpp"

namespace streamstats {

class slab {
public:
    static constexpr std::uint32_t none = 0xFFFF'FFFF;
    static constexpr std::size_t block_bytes = 16'384;

    slab(std::size_t cell_bytes, std::size_t cells_max)
        : cell_bytes_(cell_bytes),
          cells_per_block_(static_cast<std::uint32_t>(block_bytes / cell_bytes)),
          blocks_max_(cells_max / cells_per_block_),
          region_(blocks_max_ * block_bytes) {}

    [[nodiscard]] std::byte* at(std::uint32_t cell) const {
        return region_.data() + std::size_t{cell / cells_per_block_} * block_bytes +
               std::size_t{cell % cells_per_block_} * cell_bytes_;
    }
    // The first cell. If no block has bytes to spare, the others are right behind it.
    [[nodiscard]] std::byte* begin() const { return region_.data(); }
    // None: all cells_max are taken. What is in the cell is what was left there.
    std::uint32_t allocate() {
        if (current_ == none || blocks_[current_].alive == cells_per_block_) current_ = block_with_room();
        if (current_ == none) return none;
        block& from = blocks_[current_];
        const std::uint32_t first = current_ * cells_per_block_;
        ++from.alive;
        if (from.free == end_of_list) return first + from.used++;
        const std::uint32_t cell = first + from.free;
        std::memcpy(&from.free, at(cell), sizeof from.free);
        return cell;
    }
    // The first bytes of the cell are ours until it is allocated again.
    void free(std::uint32_t cell);

    // Cells are below this.
    [[nodiscard]] std::uint32_t limit() const { return static_cast<std::uint32_t>(blocks_.size()) * cells_per_block_; }
    [[nodiscard]] std::size_t memory_bytes() const {
        return (blocks_.size() - empty_.size()) * block_bytes + blocks_.capacity() * sizeof(block);
    }

private:
    static constexpr std::uint16_t end_of_list = 0xFFFF;

    struct block {
        std::uint16_t used = 0;   // cells from the beginning that were ever allocated
        std::uint16_t alive = 0;  // of them
        std::uint16_t free = end_of_list;
        bool listed = false;  // in partial_
    };

    [[gnu::noinline]] std::uint32_t block_with_room();

    std::size_t cell_bytes_;
    std::uint32_t cells_per_block_;
    std::size_t blocks_max_;
    memory_region region_;
    std::vector<block> blocks_;
    std::vector<std::uint32_t> partial_;  // blocks with room; some of them may have none any more
    std::vector<std::uint32_t> empty_;    // blocks without memory
    std::uint32_t current_ = none;        // cells are taken from this one
};

}  // namespace streamstats
