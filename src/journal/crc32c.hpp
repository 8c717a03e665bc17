// The two ways to CRC32C. Both continue from the CRC of what came before (0: nothing). Pure; any thread.
#pragma once

#include <cstdint>

#include "streamstats/journal/file_system.hpp"

namespace streamstats::journal {

std::uint32_t crc32c_by_table(std::uint32_t before, bytes_view data);

bool processor_has_crc32c();
// Only if processor_has_crc32c().
std::uint32_t crc32c_by_processor(std::uint32_t before, bytes_view data);

}  // namespace streamstats::journal
