// Copies of short texts, where a call for each would cost more than the copying.
#pragma once

#include <cstddef>
#include <cstring>

namespace streamstats {

// As memcpy does, also for no bytes at all. A text is moved in pieces of a fixed size, the last of which overlaps the
// one before: nothing outside of the text is read, and nothing outside of its copy written.
inline void copy_text(char* to, const char* from, std::size_t size) {
    constexpr std::size_t piece = 16;
    constexpr std::size_t short_max = 64;
    if (size > short_max) {
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
    } else if (size >= 2) {
        std::memcpy(to, from, 2);
        to[size - 1] = from[size - 1];
    } else if (size == 1) {
        *to = *from;
    }
}

}  // namespace streamstats
