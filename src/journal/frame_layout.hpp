// Where the fields of a header are. docs/journal.md says the same in words.
#pragma once

#include <cstddef>
#include <cstdint>

#include "streamstats/journal/frame.hpp"

namespace streamstats::journal {

// F5 'S' 'J' 'L' in the file. F5 occurs in no UTF-8 text, so a search through damaged bytes rarely stops at a name.
inline constexpr std::uint32_t frame_magic = 0x4c4a53f5;

inline constexpr std::size_t magic_at = 0;
inline constexpr std::size_t version_at = 4;
inline constexpr std::size_t kind_at = 6;
inline constexpr std::size_t payload_bytes_at = 8;
inline constexpr std::size_t payload_crc_at = 12;
inline constexpr std::size_t number_at = 16;
inline constexpr std::size_t durable_at = 24;
inline constexpr std::size_t flags_at = 32;  // none yet: 0
inline constexpr std::size_t header_crc_at = 36;
static_assert(header_crc_at + sizeof(std::uint32_t) == frame_header_bytes);

}  // namespace streamstats::journal
