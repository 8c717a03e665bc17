// Values as SQL text and back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "streamstats/base/time.hpp"

namespace streamstats::store {

void append_number(std::string& to, std::int64_t number);
void append_number(std::string& to, std::uint64_t number);
// 61001 -> 61.001; exact, no floating point.
void append_seconds(std::string& to, std::int64_t milliseconds);
// 'it''s': every byte as it is, only quotes doubled. Right only where a backslash is an ordinary character (sql_mode
// NO_BACKSLASH_ESCAPES) and the text is UTF-8 to both sides.
void append_quoted(std::string& to, std::string_view text);
// X'00ff'
void append_binary(std::string& to, std::span<const std::uint8_t> bytes);

// "2026-11-21 12:34:56.789"
std::string to_sql_text(instant t);
// The same back, and the form without milliseconds.
std::optional<instant> instant_of(std::string_view text);

// `text` as valid UTF-8 of at most `bytes_max` bytes: invalid bytes become U+FFFD, the end is cut between characters.
std::string clean_text(std::string_view text, std::size_t bytes_max);

}  // namespace streamstats::store
