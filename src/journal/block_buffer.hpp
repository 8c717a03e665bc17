// What is written to a file next, in whole blocks and in memory that begins with one, as writes past the page cache
// want it. A block that is not full is written again with what follows: its beginning stays here meanwhile. Its memory
// is not cleared before it is filled. One thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

#include "streamstats/journal/file_system.hpp"

namespace streamstats::journal {

class block_buffer {
public:
    static constexpr std::size_t block_bytes = 4096;

    [[nodiscard]] std::size_t size() const { return size_; }
    // Room for so many bytes behind all others, to be filled by the caller. Ends with the next call.
    std::byte* add(std::size_t bytes) {
        make_room(size_ + bytes);
        std::byte* const begin = memory_.get() + size_;
        size_ += bytes;
        return begin;
    }
    [[nodiscard]] bytes_view all() const { return {memory_.get(), size_}; }
    [[nodiscard]] bytes_view full_blocks() const { return all().first(size_ - size_ % block_bytes); }
    // All of it, and zeros behind it up to so many bytes, which are no part of it.
    bytes_view padded_to(std::size_t bytes) {
        make_room(bytes);
        std::fill(memory_.get() + size_, memory_.get() + bytes, std::byte{0});
        return {memory_.get(), bytes};
    }
    // Those go. Tells how much that was.
    std::size_t drop_full_blocks() {
        const std::size_t dropped = full_blocks().size();
        const std::size_t rest = size_ - dropped;
        if (dropped > 0 && rest > 0) std::memcpy(memory_.get(), memory_.get() + dropped, rest);
        size_ = rest;
        return dropped;
    }
    void clear() { size_ = 0; }

private:
    static constexpr std::align_val_t alignment{block_bytes};
    struct release {
        void operator()(std::byte* memory) const { operator delete[](memory, alignment); }
    };
    using block_memory = std::unique_ptr<std::byte[], release>;

    void make_room(std::size_t bytes) {
        if (bytes <= capacity_) return;
        const std::size_t wanted = (std::max(bytes, 2 * capacity_) + block_bytes - 1) / block_bytes * block_bytes;
        block_memory wider{new (alignment) std::byte[wanted]};
        if (size_ > 0) std::memcpy(wider.get(), memory_.get(), size_);
        memory_ = std::move(wider);
        capacity_ = wanted;
    }

    block_memory memory_;
    std::size_t capacity_ = 0;
    std::size_t size_ = 0;
};

}  // namespace streamstats::journal
