// What is a character in bytes that claim to be UTF-8. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace streamstats {

// U+FFFD, which stands for bytes that are none.
inline constexpr std::string_view utf8_replacement = "\xEF\xBF\xBD";

struct utf8_sequence {
    std::size_t length;  // in bytes, at least 1
    bool valid;
};

// What `text` (not empty) begins with: a character, or else the longest part of one that was well begun, or a byte that
// begins none.
utf8_sequence first_utf8_sequence(std::string_view text);

}  // namespace streamstats
