// How much memory this process may use. Any thread.
#pragma once

#include <cstdint>

namespace streamstats::config {

// Bytes: the machine's memory, or the limit of our control group if that is less. 0: unknown.
std::uint64_t memory_bytes_allowed();

}  // namespace streamstats::config
