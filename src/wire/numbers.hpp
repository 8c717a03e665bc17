// JSON numbers as text: exact, where a double would round.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "wire/packed_name.hpp"

namespace streamstats::wire {

// Whether all of `text` is a number by the grammar of JSON, however large.
bool is_json_number(std::string_view text);

// Digits are looked at eight at a time, the first in the lowest byte of a word.
inline constexpr std::size_t word_bytes = 8;
static_assert(std::endian::native == std::endian::little, "elsewhere the bytes of a word need to be turned round");

// What eight characters are as digits.
inline std::uint64_t digits_at(const char* at) {
    constexpr std::uint64_t zeros = 0x3030303030303030;
    return number_at<std::uint64_t>(at) ^ zeros;
}

// The last `count` of them, at least one; a 0 for each of the others.
inline std::uint64_t last_of(std::uint64_t digits, std::size_t count) {
    return digits & (~std::uint64_t{0} << (8 * (word_bytes - count)));
}

// Whether each byte is at most 9: with 0x76 more it is below 0x80.
inline bool are_digits(std::uint64_t word) {
    return (((word + 0x7676767676767676) | word) & 0x8080808080808080) == 0;
}

// What eight digits stand for: neighbours are put together to numbers of two digits, of four, of eight.
inline std::uint64_t number_of_digits(std::uint64_t word) {
    word = ((word * (10 * (1U << 8U) + 1)) >> 8U) & 0x00FF00FF00FF00FF;
    word = ((word * (100 * (1U << 16U) + 1)) >> 16U) & 0x0000FFFF0000FFFF;
    return (word * (10'000 * (std::uint64_t{1} << 32U) + 1)) >> 32U;
}

inline constexpr std::size_t plain_digits_max = 2 * word_bytes;

// For a number with too little in front of it.
bool read_copied_number(std::string_view text, std::uint64_t& number);

// The usual JSON number: digits and nothing else, at most 16 of them, no zero in front. False for everything else.
// `before`: how many bytes in front of `text` can be read as well; with enough of them no digit is copied.
inline bool read_plain_number(std::string_view text, std::size_t before, std::uint64_t& number) {
    if (text.empty() || text.size() > plain_digits_max || (text.front() == '0' && text.size() > 1)) return false;
    if (before + text.size() < plain_digits_max) return read_copied_number(text, number);
    // The words that end with the text; what stands in them in front of it does not count.
    const char* const end = text.data() + text.size();
    const std::uint64_t low = digits_at(end - word_bytes);
    if (text.size() <= word_bytes) {
        const std::uint64_t digits = last_of(low, text.size());
        number = number_of_digits(digits);
        return are_digits(digits);
    }
    const std::uint64_t high = last_of(digits_at(end - 2 * word_bytes), text.size() - word_bytes);
    number = number_of_digits(high) * 100'000'000 + number_of_digits(low);
    return are_digits(low) && are_digits(high);
}

// The following take what is_json_number accepts.

// number x 10^shift, split at the point.
struct split_number {
    bool negative = false;               // below zero, so not for -0
    bool whole_only = true;              // nothing but zeros after the point
    std::optional<std::uint64_t> whole;  // before the point, without the sign; absent if it needs more than 64 bits
};
split_number split(std::string_view number, int shift);

// A count of bytes: an integer from 0 to 2^63 - 1, also when written as 5.0 or 1e6.
std::optional<std::uint64_t> byte_count_from(std::string_view number);

// The decimal text of a 64-bit integer, signed or unsigned; absent for everything larger and for 5.0 or 1e6. A view of
// `number` or of a constant.
std::optional<std::string_view> integer_text_from(std::string_view number);

}  // namespace streamstats::wire
