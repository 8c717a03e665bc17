#include "wire/numbers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <limits>
#include <system_error>

namespace streamstats::wire {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Eight characters as one number, the first in its lowest byte: digits are looked at eight at a time.
constexpr std::size_t word_bytes = 8;
std::uint64_t word_at(const char* at) {
    std::uint64_t word = 0;
    for (unsigned i = 0; i < word_bytes; ++i) word |= std::uint64_t{static_cast<unsigned char>(at[i])} << (8 * i);
    return word;
}

constexpr std::uint64_t zeros = 0x3030303030303030;
constexpr std::array<std::uint64_t, word_bytes + 1> powers_of_ten{1,       10,        100,        1'000,      10'000,
                                                                  100'000, 1'000'000, 10'000'000, 100'000'000};

// '0' is 0x30, and '9' + 6 is the last that begins with 3 as well.
bool is_digits(std::uint64_t word) {
    constexpr std::uint64_t high_halves = 0xF0F0F0F0F0F0F0F0;
    return (word & high_halves) == zeros && ((word + 0x0606060606060606) & high_halves) == zeros;
}

// What eight digits stand for: neighbours are put together to numbers of two digits, of four, of eight.
std::uint64_t number_of_digits(std::uint64_t word) {
    word -= zeros;
    word = (word * 10 + (word >> 8U)) & 0x00FF00FF00FF00FF;
    word = (word * 100 + (word >> 16U)) & 0x0000FFFF0000FFFF;
    return (word * 10'000 + (word >> 32U)) & 0xFFFFFFFF;
}

bool is_all_digits(std::string_view text) {
    const char* at = text.data();
    std::size_t left = text.size();
    for (; left >= word_bytes; at += word_bytes, left -= word_bytes) {
        if (!is_digits(word_at(at))) return false;
    }
    return std::all_of(at, at + left, is_digit);
}

// Moves past one digit or more; false if there is none.
bool skip_digits(const char*& at, const char* end) {
    const char* const begin = at;
    while (at != end && is_digit(*at)) ++at;
    return at != begin;
}

bool skip_one_of(const char*& at, const char* end, char one, char other) {
    if (at == end || (*at != one && *at != other)) return false;
    ++at;
    return true;
}

// The exponent, or a bound far beyond any number of digits that fits into a body.
std::int64_t exponent_from(std::string_view text) {
    constexpr std::int64_t bound = 1'000'000'000'000'000;
    if (text.starts_with('+')) text.remove_prefix(1);
    std::int64_t exponent = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), exponent);
    const bool out_of_range = read.ec == std::errc::result_out_of_range || exponent > bound || exponent < -bound;
    if (!out_of_range) return exponent;
    return text.starts_with('-') ? -bound : bound;
}

void append_digit(std::optional<std::uint64_t>& number, std::uint64_t digit) {
    if (!number) return;
    if (*number > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) {
        number.reset();
    } else {
        *number = *number * 10 + digit;
    }
}

template <class Integer>
std::optional<std::string> text_of_integer(std::string_view number) {
    Integer value{};
    const char* const end = number.data() + number.size();
    const auto read = std::from_chars(number.data(), end, value);
    if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
    return std::to_string(value);
}

}  // namespace

bool is_json_number(std::string_view text) {
    if (is_all_digits(text)) return text.size() == 1 || (!text.empty() && text.front() != '0');
    const char* at = text.data();
    const char* const end = at + text.size();
    skip_one_of(at, end, '-', '-');
    if (!skip_one_of(at, end, '0', '0') && !skip_digits(at, end)) return false;
    if (skip_one_of(at, end, '.', '.') && !skip_digits(at, end)) return false;
    if (skip_one_of(at, end, 'e', 'E')) {
        skip_one_of(at, end, '+', '-');
        if (!skip_digits(at, end)) return false;
    }
    return at == end;
}

bool read_plain_number(std::string_view text, std::uint64_t& number) {
    if (text.size() > 2 * word_bytes) return false;
    if (text.size() <= word_bytes) {
        number = 0;
        for (const char c : text) {
            if (!is_digit(c)) return false;
            number = number * 10 + static_cast<std::uint64_t>(c - '0');
        }
        return true;
    }
    // The last eight with zeros for those of them that are also among the first eight.
    const std::uint64_t first = word_at(text.data());
    const std::uint64_t last = word_at(text.data() + text.size() - word_bytes);
    if (!is_digits(first) || !is_digits(last)) return false;
    const std::size_t more = text.size() - word_bytes;
    const std::uint64_t new_in_last = ~std::uint64_t{0} << (8 * (word_bytes - more));
    number =
        number_of_digits(first) * powers_of_ten[more] + number_of_digits((last & new_in_last) | (zeros & ~new_in_last));
    return true;
}

split_number split(std::string_view number, int shift) {
    const bool minus = number.starts_with('-');
    if (minus) number.remove_prefix(1);
    const auto exponent = std::find_if(number.begin(), number.end(), [](char c) { return c == 'e' || c == 'E'; });
    const std::string_view mantissa{number.begin(), exponent};
    const auto point = std::find_if(mantissa.begin(), mantissa.end(), [](char c) { return c == '.'; });
    std::int64_t places = (point - mantissa.begin()) + shift;
    if (exponent != number.end()) places += exponent_from({exponent + 1, number.end()});

    split_number parts;
    parts.whole = 0;
    for (const char c : mantissa) {
        if (c == '.') continue;
        if (places > 0) {
            append_digit(parts.whole, static_cast<std::uint64_t>(c - '0'));
        } else if (c != '0') {
            parts.whole_only = false;
        }
        --places;
    }
    for (; places > 0 && parts.whole.value_or(0) != 0; --places) append_digit(parts.whole, 0);
    parts.negative = minus && (parts.whole != 0 || !parts.whole_only);
    return parts;
}

std::optional<std::uint64_t> byte_count_from(std::string_view number) {
    if (std::uint64_t plain = 0; read_plain_number(number, plain)) return plain;
    const split_number parts = split(number, 0);
    constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
    if (parts.negative || !parts.whole_only || !parts.whole || *parts.whole > largest) return std::nullopt;
    return parts.whole;
}

std::optional<std::string> integer_text_from(std::string_view number) {
    if (auto text = text_of_integer<std::int64_t>(number)) return text;
    return text_of_integer<std::uint64_t>(number);
}

}  // namespace streamstats::wire
