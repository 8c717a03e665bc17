// The two ways to CRC32C. Both continue from the CRC of what came before (0: nothing). Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "streamstats/journal/file_system.hpp"

namespace streamstats::journal {

std::uint32_t crc32c_by_table(std::uint32_t before, bytes_view data);

bool processor_has_crc32c();
// Only if processor_has_crc32c().
std::uint32_t crc32c_by_processor(std::uint32_t before, bytes_view data);

// The same on the way from one place to another: what is read from memory far away is read once.
struct copied {
    std::uint32_t crc = 0;
    bool found = false;  // one of its whole words of eight bytes begins with `sought`, as a little-endian number
};
copied copy_by_table(std::uint32_t before, bytes_view data, std::byte* to, std::uint32_t sought);
// Only if processor_has_crc32c().
copied copy_by_processor(std::uint32_t before, bytes_view data, std::byte* to, std::uint32_t sought);

}  // namespace streamstats::journal
