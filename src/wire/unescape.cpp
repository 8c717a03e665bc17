#include "wire/unescape.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace streamstats::wire {
namespace {

constexpr std::size_t hex_digits = 4;

bool is_high_surrogate(std::uint32_t unit) {
    return unit >= 0xD800 && unit <= 0xDBFF;
}
bool is_low_surrogate(std::uint32_t unit) {
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

void append_utf8(std::uint32_t point, std::string& out) {
    const auto append_low_bits = [&](unsigned shift) { out += static_cast<char>(0x80U | ((point >> shift) & 0x3FU)); };
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xC0U | (point >> 6U));
        append_low_bits(0);
    } else if (point < 0x10000) {
        out += static_cast<char>(0xE0U | (point >> 12U));
        append_low_bits(6);
        append_low_bits(0);
    } else {
        out += static_cast<char>(0xF0U | (point >> 18U));
        append_low_bits(12);
        append_low_bits(6);
        append_low_bits(0);
    }
}

// Takes "XXXX" of \uXXXX from the beginning.
std::optional<std::uint32_t> take_unit(std::string_view& raw) {
    std::uint32_t unit = 0;
    const std::string_view digits = raw.substr(0, hex_digits);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
    if (digits.size() < hex_digits || read.ptr != digits.data() + digits.size()) return std::nullopt;
    raw.remove_prefix(hex_digits);
    return unit;
}

// Takes what follows \u from the beginning, with the second half of a pair.
unescaped append_unicode_escape(std::string_view& raw, std::string& out) {
    const std::optional<std::uint32_t> first = take_unit(raw);
    if (!first) return unescaped::malformed;
    if (is_low_surrogate(*first)) return unescaped::lone_surrogate;
    if (!is_high_surrogate(*first)) {
        append_utf8(*first, out);
        return unescaped::text;
    }
    if (!raw.starts_with("\\u")) return unescaped::lone_surrogate;
    std::string_view after = raw.substr(2);
    const std::optional<std::uint32_t> second = take_unit(after);
    if (!second) return unescaped::malformed;
    if (!is_low_surrogate(*second)) return unescaped::lone_surrogate;
    raw = after;
    append_utf8(0x10000 + ((*first - 0xD800) << 10U) + (*second - 0xDC00), out);
    return unescaped::text;
}

// What a backslash and this letter stand for; '\0': no such escape.
char short_escape(char letter) {
    switch (letter) {
        case '"':
        case '\\':
        case '/':
            return letter;
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return '\0';
    }
}

}  // namespace

unescaped append_unescaped(std::string_view raw, std::string& out) {
    unescaped result = unescaped::text;
    while (!raw.empty()) {
        const std::size_t plain = std::min(raw.find('\\'), raw.size());
        out += raw.substr(0, plain);
        raw.remove_prefix(plain);
        if (raw.empty()) break;
        if (raw.size() < 2) return unescaped::malformed;
        const char letter = raw[1];
        raw.remove_prefix(2);
        if (letter == 'u') {
            const unescaped escape = append_unicode_escape(raw, out);
            if (escape == unescaped::malformed) return escape;
            if (escape == unescaped::lone_surrogate) result = escape;  // go on: the rest must still be JSON
        } else if (const char meant = short_escape(letter); meant != '\0') {
            out += meant;
        } else {
            return unescaped::malformed;
        }
    }
    return result;
}

}  // namespace streamstats::wire
