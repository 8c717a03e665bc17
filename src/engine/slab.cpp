#include "engine/slab.hpp"

namespace streamstats {

std::uint32_t slab::block_with_room() {
    while (!partial_.empty()) {
        const std::uint32_t candidate = partial_.back();
        partial_.pop_back();
        blocks_[candidate].listed = false;
        const block& its = blocks_[candidate];  // it may have become empty, and full again, since
        if (its.alive > 0 && its.alive < cells_per_block_) return candidate;
    }
    if (!empty_.empty()) {
        const std::uint32_t candidate = empty_.back();
        empty_.pop_back();
        return candidate;
    }
    if (blocks_.size() == blocks_max_) return none;
    region_.grow_to((blocks_.size() + 1) * block_bytes);
    blocks_.emplace_back();
    return static_cast<std::uint32_t>(blocks_.size() - 1);
}

void slab::free(std::uint32_t cell) {
    const std::uint32_t number = cell / cells_per_block_;
    block& its = blocks_[number];
    assert(its.alive > 0);
    std::memcpy(at(cell), &its.free, sizeof its.free);
    its.free = static_cast<std::uint16_t>(cell % cells_per_block_);
    --its.alive;
    if (number == current_) return;
    if (its.alive == 0) {
        region_.release(std::size_t{number} * block_bytes, block_bytes);
        its.used = 0;
        its.free = end_of_list;
        empty_.push_back(number);
    } else if (!its.listed) {
        its.listed = true;
        partial_.push_back(number);
    }
}

}  // namespace streamstats
