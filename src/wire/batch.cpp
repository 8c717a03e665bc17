#include <algorithm>

#include "streamstats/wire/decode.hpp"

namespace streamstats::wire {

// The last block is about as large as all others together, so the next batch of that size needs one more at most.
void batch::clear() {
    events.clear();
    if (events.capacity() > events_kept_max) events.shrink_to_fit();
    std::vector<rejection>{}.swap(rejections);
    received = 0;
    ignored = 0;
    if (block_bytes_ > block_bytes_max) {
        blocks_.clear();
        block_bytes_ = 0;
    } else if (blocks_.size() > 1) {
        blocks_.erase(blocks_.begin(), blocks_.end() - 1);
    }
    block_left_ = block_bytes_;
    next_ = blocks_.empty() ? nullptr : blocks_.back().get();
}

std::size_t batch::room() const {
    return sizeof *this + events.capacity() * sizeof(play_event) + block_bytes_;
}

void batch::add_block(std::size_t bytes) {
    // Small at first: most batches of one event need no more.
    const std::size_t usual = std::clamp(2 * block_bytes_, block_bytes_min, block_bytes_max);
    const std::size_t size = std::max(usual, bytes);
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    block_bytes_ = size;
    block_left_ = size;
    next_ = blocks_.back().get();
}

}  // namespace streamstats::wire
