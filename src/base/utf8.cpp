#include "streamstats/base/utf8.hpp"

#include <array>
#include <cstdint>

namespace streamstats {
namespace {

// Sequences that begin with first_min…first_max, by table 3-7 of the Unicode standard: their length, and what their
// second byte may be. Later bytes are 80…BF.
struct lead {
    std::uint8_t first_min, first_max;
    std::uint8_t second_min, second_max;
    std::uint8_t length;
};
constexpr std::array<lead, 9> leads{{
    {0x00, 0x7F, 0x00, 0x00, 1},
    {0xC2, 0xDF, 0x80, 0xBF, 2},
    {0xE0, 0xE0, 0xA0, 0xBF, 3},
    {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3},
    {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4},
    {0xF1, 0xF3, 0x80, 0xBF, 4},
    {0xF4, 0xF4, 0x80, 0x8F, 4},
}};

bool continues(std::uint8_t byte, std::size_t position, const lead& kind) {
    if (position == 1) return byte >= kind.second_min && byte <= kind.second_max;
    return byte >= 0x80 && byte <= 0xBF;
}

}  // namespace

utf8_sequence first_utf8_sequence(std::string_view text) {
    const auto byte = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    for (const lead& kind : leads) {
        if (byte(0) < kind.first_min || byte(0) > kind.first_max) continue;
        std::size_t length = 1;
        while (length < kind.length && length < text.size() && continues(byte(length), length, kind)) ++length;
        return {length, length == kind.length};
    }
    return {1, false};
}

}  // namespace streamstats
