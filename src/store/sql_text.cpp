#include "store/sql_text.hpp"

#include <array>
#include <charconv>

namespace streamstats::store {
namespace {

template <class Number>
void append_decimal(std::string& to, Number number) {
    std::array<char, 24> digits{};
    const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    to.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

// The digits text[at, at + count) as a number.
std::optional<unsigned> digits_at(std::string_view text, std::size_t at, std::size_t count) {
    unsigned number = 0;
    if (text.size() < at + count) return std::nullopt;
    const char* end = text.data() + at + count;
    const auto parsed = std::from_chars(text.data() + at, end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    return number;
}

struct utf8_range {
    unsigned char lead_min, lead_max;      // of the first byte
    unsigned char second_min, second_max;  // of the second; the others are 80..BF
    std::size_t length;
};
constexpr std::array<utf8_range, 9> utf8_ranges{{{0x00, 0x7f, 0, 0, 1},
                                                 {0xc2, 0xdf, 0x80, 0xbf, 2},
                                                 {0xe0, 0xe0, 0xa0, 0xbf, 3},
                                                 {0xe1, 0xec, 0x80, 0xbf, 3},
                                                 {0xed, 0xed, 0x80, 0x9f, 3},
                                                 {0xee, 0xef, 0x80, 0xbf, 3},
                                                 {0xf0, 0xf0, 0x90, 0xbf, 4},
                                                 {0xf1, 0xf3, 0x80, 0xbf, 4},
                                                 {0xf4, 0xf4, 0x80, 0x8f, 4}}};

bool between(unsigned char c, unsigned char smallest, unsigned char largest) {
    return smallest <= c && c <= largest;
}

// How many bytes the character at the begin of `text` has; 0: it is none.
std::size_t character_length(std::string_view text) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    for (const utf8_range& range : utf8_ranges) {
        if (!between(byte(0), range.lead_min, range.lead_max)) continue;
        if (text.size() < range.length) return 0;
        if (range.length > 1 && !between(byte(1), range.second_min, range.second_max)) return 0;
        for (std::size_t at = 2; at < range.length; ++at) {
            if (!between(byte(at), 0x80, 0xbf)) return 0;
        }
        return range.length;
    }
    return 0;
}

}  // namespace

void append_number(std::string& to, std::int64_t number) {
    append_decimal(to, number);
}

void append_number(std::string& to, std::uint64_t number) {
    append_decimal(to, number);
}

void append_seconds(std::string& to, std::int64_t milliseconds) {
    // Unsigned, so that the smallest number has a positive twin too.
    const auto bits = static_cast<std::uint64_t>(milliseconds);
    const std::uint64_t size = milliseconds < 0 ? 0 - bits : bits;
    if (milliseconds < 0) to += '-';
    append_decimal(to, size / 1'000);
    const auto thousandths = static_cast<unsigned>(size % 1'000);
    to += '.';
    to += static_cast<char>('0' + thousandths / 100);
    to += static_cast<char>('0' + thousandths / 10 % 10);
    to += static_cast<char>('0' + thousandths % 10);
}

void append_quoted(std::string& to, std::string_view text) {
    to += '\'';
    for (auto quote = text.find('\''); quote != std::string_view::npos; quote = text.find('\'')) {
        to.append(text.substr(0, quote + 1)) += '\'';
        text.remove_prefix(quote + 1);
    }
    to.append(text) += '\'';
}

void append_binary(std::string& to, std::span<const std::uint8_t> bytes) {
    constexpr std::string_view hex_digits = "0123456789abcdef";
    to += "X'";
    for (const std::uint8_t byte : bytes) {
        to += hex_digits[byte >> 4U];
        to += hex_digits[byte & 15U];
    }
    to += '\'';
}

std::string to_sql_text(instant t) {
    std::string text = to_iso_text(t);
    text[10] = ' ';
    text.pop_back();
    return text;
}

std::optional<instant> instant_of(std::string_view text) {
    using namespace std::chrono;
    const auto year = digits_at(text, 0, 4);
    const auto month = digits_at(text, 5, 2);
    const auto day = digits_at(text, 8, 2);
    const auto hour = digits_at(text, 11, 2);
    const auto minute_of_hour = digits_at(text, 14, 2);
    const auto second = digits_at(text, 17, 2);
    const auto thousandths = text.size() > 19 ? digits_at(text, 20, 3) : std::optional<unsigned>{0};
    if (!year || !month || !day || !hour || !minute_of_hour || !second || !thousandths) return std::nullopt;
    const year_month_day date{std::chrono::year{static_cast<int>(*year)}, std::chrono::month{*month},
                              std::chrono::day{*day}};
    if (!date.ok()) return std::nullopt;
    return instant{sys_days{date} + hours{*hour} + std::chrono::minutes{*minute_of_hour} + seconds{*second} +
                   milliseconds{*thousandths}};
}

std::string clean_text(std::string_view text, std::size_t bytes_max) {
    constexpr std::string_view replacement = "\xef\xbf\xbd";
    std::string clean;
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        const std::string_view next = length == 0 ? replacement : text.substr(0, length);
        if (clean.size() + next.size() > bytes_max) break;
        clean += next;
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return clean;
}

}  // namespace streamstats::store
