#include "line_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

namespace streamstats::telemetry {
namespace {

struct character {
    std::uint32_t code = 0;
    std::size_t bytes = 0;  // 0: what follows is not UTF-8
};

// The first character of a text that is not empty. Overlong forms, surrogates and codes past U+10FFFF are not UTF-8.
character first_of(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80) return {lead, 1};
    const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
    std::uint32_t code = lead & (0x7FU >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xC0U) != 0x80U) return {};
        code = (code << 6U) | (next & 0x3FU);
    }
    constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < smallest[bytes] || code > 0x10FFFF || surrogate) return {};
    return {code, bytes};
}

bool must_be_escaped(std::uint32_t code) {
    const bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
    const bool separator_or_embedding = code >= 0x2028 && code <= 0x202E;
    const bool direction = code == 0x200E || code == 0x200F || (code >= 0x2066 && code <= 0x2069);
    return control || separator_or_embedding || direction;
}

void append_escape(std::string& to, std::uint32_t code) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "\\u%04x", static_cast<unsigned>(code));
    to += text.data();
}

bool is_plain(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
               c == '_' || c == '/' || c == ':' || c == '+';
    });
}

}  // namespace

std::string quoted_text(std::string_view text) {
    std::string result = "\"";
    bool cut = false;
    while (!text.empty() && !cut) {
        const character c = first_of(text);
        if (c.bytes == 0) {
            result += "\uFFFD";
        } else if (c.code == '"' || c.code == '\\') {
            result += '\\';
            result += text.front();
        } else if (c.code == '\n') {
            result += "\\n";
        } else if (must_be_escaped(c.code)) {
            append_escape(result, c.code);
        } else {
            result += text.substr(0, c.bytes);
        }
        text.remove_prefix(std::max<std::size_t>(c.bytes, 1));
        cut = result.size() >= field_bytes_max;
    }
    return result + (text.empty() ? "\"" : "…\"");
}

std::string text_line(std::string_view event, std::span<const log_field> fields) {
    std::string line(event);
    for (const auto& [name, value] : fields) {
        line += ' ';
        line += name;
        line += '=';
        line += is_plain(value) && value.size() < field_bytes_max ? value : quoted_text(value);
    }
    return line;
}

std::string json_members(std::string_view event, std::span<const log_field> fields) {
    std::string members = "\"event\":" + quoted_text(event);
    for (const auto& [name, value] : fields) {
        members += ',';
        members += quoted_text(name);
        members += ':';
        members += quoted_text(value);
    }
    return members;
}

}  // namespace streamstats::telemetry
