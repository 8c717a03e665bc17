#include <algorithm>

#include "streamstats/wire/decode.hpp"

namespace streamstats::wire {

void batch::add_block(std::size_t bytes) {
    // Small at first: most batches of one event need no more.
    const std::size_t usual = std::min(block_bytes_min << std::min<std::size_t>(blocks_.size(), 8), block_bytes_max);
    block_left_ = std::max(usual, bytes);
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_left_));
    next_ = blocks_.back().get();
}

}  // namespace streamstats::wire
