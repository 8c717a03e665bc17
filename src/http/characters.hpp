// The characters of HTTP's grammar, and small helpers for texts of them. Pure.
#pragma once

#include <algorithm>
#include <string_view>

namespace streamstats::http {

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

constexpr bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

// tchar of RFC 9110.
constexpr bool is_token_character(char c) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return is_digit(c) || is_letter(c) || others.find(c) != std::string_view::npos;
}

// Visible ASCII, space, tab and bytes beyond ASCII; no other control character.
constexpr bool is_field_character(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

// -1: not a hexadecimal digit.
constexpr int hexadecimal(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool equal_ignoring_case(std::string_view text, std::string_view in_lower_case) {
    return std::equal(text.begin(), text.end(), in_lower_case.begin(), in_lower_case.end(),
                      [](char a, char b) { return lower(a) == b; });
}

constexpr bool starts_ignoring_case(std::string_view text, std::string_view in_lower_case) {
    return equal_ignoring_case(text.substr(0, in_lower_case.size()), in_lower_case);
}

constexpr std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

}  // namespace streamstats::http
