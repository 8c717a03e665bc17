// Text that claims to be UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace streamstats::wire {

bool is_utf8(std::string_view text);

struct repaired_text {
    std::string text;                 // valid UTF-8
    std::vector<std::size_t> damage;  // where in `text` a U+FFFD stands for bytes that were none; ascending
};

// Puts a U+FFFD for each sequence that is not UTF-8 (its longest well-begun part, else one byte), so that no byte of
// the ASCII structure around it is lost.
repaired_text repair_utf8(std::string_view text);

// The longest beginning of valid UTF-8 text that has at most `bytes_max` bytes and does not end inside a character.
std::string_view cut_utf8(std::string_view text, std::size_t bytes_max);

}  // namespace streamstats::wire
