// Copies of few bytes, where a call for each would cost more than the copying.
#pragma once

#include <cstddef>
#include <cstring>

namespace streamstats {

// As memcpy does, also for no bytes at all. They are moved in pieces of a fixed size, the last of which overlaps the
// one before: nothing outside of them is read, and nothing outside of their copy written.
template <class Byte>
inline void copy_bytes(Byte* to, const Byte* from, std::size_t size) {
    static_assert(sizeof(Byte) == 1);
    constexpr std::size_t piece = 16;
    constexpr std::size_t few_max = 64;
    if (size > few_max) {
        std::memcpy(to, from, size);
    } else if (size >= piece) {
        const std::size_t last = size - piece;
        for (std::size_t at = 0; at < last; at += piece) std::memcpy(to + at, from + at, piece);
        std::memcpy(to + last, from + last, piece);
    } else if (size >= 8) {
        std::memcpy(to, from, 8);
        std::memcpy(to + size - 8, from + size - 8, 8);
    } else if (size >= 4) {
        std::memcpy(to, from, 4);
        std::memcpy(to + size - 4, from + size - 4, 4);
    } else {
        for (std::size_t at = 0; at < size; ++at) to[at] = from[at];
    }
}

}  // namespace streamstats
