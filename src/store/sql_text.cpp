#include "store/sql_text.hpp"

#include <array>
#include <charconv>

#include "streamstats/base/utf8.hpp"

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
    std::string clean;
    while (!text.empty()) {
        const utf8_sequence first = first_utf8_sequence(text);
        const std::string_view next = first.valid ? text.substr(0, first.length) : utf8_replacement;
        if (clean.size() + next.size() > bytes_max) break;
        clean += next;
        text.remove_prefix(first.valid ? first.length : 1);
    }
    return clean;
}

}  // namespace streamstats::store
