#include "streamstats/wire/utf8.hpp"

#include <cstdint>

#include "streamstats/base/utf8.hpp"

namespace streamstats::wire {
namespace {

bool is_continuation(char c) {
    return (static_cast<std::uint8_t>(c) & 0xC0U) == 0x80U;
}

}  // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const utf8_sequence next = first_utf8_sequence(text);
        if (!next.valid) return false;
        text.remove_prefix(next.length);
    }
    return true;
}

repaired_text repair_utf8(std::string_view text) {
    repaired_text result;
    result.text.reserve(text.size() + text.size() / 8);
    while (!text.empty()) {
        const utf8_sequence next = first_utf8_sequence(text);
        if (next.valid) {
            result.text += text.substr(0, next.length);
        } else {
            result.damage.push_back(result.text.size());
            result.text += utf8_replacement;
        }
        text.remove_prefix(next.length);
    }
    return result;
}

std::string_view cut_utf8(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    std::size_t size = bytes_max;
    while (size > 0 && is_continuation(text[size])) --size;
    return text.substr(0, size);
}

}  // namespace streamstats::wire
