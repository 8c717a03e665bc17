// Short names as numbers: comparing two of them takes no call and no loop.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace streamstats::wire {

// A name of 2 to 16 bytes as two numbers that overlap; names of the same length differ in one of them.
struct packed_name {
    std::uint64_t head = 0;
    std::uint64_t tail = 0;

    friend constexpr bool operator==(const packed_name& a, const packed_name& b) {
        return ((a.head ^ b.head) | (a.tail ^ b.tail)) == 0;
    }
};
inline constexpr std::size_t packed_bytes_min = 2;
inline constexpr std::size_t packed_bytes_max = 16;

// The bytes of a number as they stand in memory.
template <class Number>
constexpr Number number_at(const char* text) {
    std::array<char, sizeof(Number)> bytes{};
    std::copy_n(text, bytes.size(), bytes.begin());
    return std::bit_cast<Number>(bytes);
}

template <class Number>
constexpr packed_name packed_as(std::string_view name) {
    return {number_at<Number>(name.data()), number_at<Number>(name.data() + name.size() - sizeof(Number))};
}

constexpr packed_name packed(std::string_view name) {
    if (name.size() >= sizeof(std::uint64_t)) return packed_as<std::uint64_t>(name);
    if (name.size() >= sizeof(std::uint32_t)) return packed_as<std::uint32_t>(name);
    return packed_as<std::uint16_t>(name);
}

}  // namespace streamstats::wire
