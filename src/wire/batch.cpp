#include <algorithm>
#include <cstring>

#include "streamstats/wire/decode.hpp"

namespace streamstats::wire {

std::string_view batch::keep(std::string_view text) {
    if (text.empty()) return {};
    if (text.size() > block_left_) {
        // Small at first: most batches of one event need no more.
        const std::size_t usual =
            std::min(block_bytes_min << std::min<std::size_t>(blocks_.size(), 8), block_bytes_max);
        block_left_ = std::max(usual, text.size());
        blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_left_));
        next_ = blocks_.back().get();
    }
    std::memcpy(next_, text.data(), text.size());
    const std::string_view kept{next_, text.size()};
    next_ += text.size();
    block_left_ -= text.size();
    return kept;
}

}  // namespace streamstats::wire
