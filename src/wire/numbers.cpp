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
bool is_integer(std::string_view number) {
    Integer value{};
    const char* const end = number.data() + number.size();
    const auto read = std::from_chars(number.data(), end, value);
    return read.ec == std::errc{} && read.ptr == end;
}

}  // namespace

bool is_json_number(std::string_view text) {
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

bool read_copied_number(std::string_view text, std::uint64_t& number) {
    std::array<char, plain_digits_max> copy;
    copy.fill('0');
    std::copy(text.begin(), text.end(), copy.end() - text.size());
    return read_plain_number({copy.end() - text.size(), text.size()}, plain_digits_max, number);
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
    const split_number parts = split(number, 0);
    constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
    if (parts.negative || !parts.whole_only || !parts.whole || *parts.whole > largest) return std::nullopt;
    return parts.whole;
}

std::optional<std::string_view> integer_text_from(std::string_view number) {
    if (!is_integer<std::int64_t>(number) && !is_integer<std::uint64_t>(number)) return std::nullopt;
    return number == "-0" ? "0" : number;  // no other integer can be written in two ways
}

}  // namespace streamstats::wire
