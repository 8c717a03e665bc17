#include "machine_memory.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace streamstats::config {
namespace {

std::uint64_t machine_bytes() {
    const long pages = ::sysconf(_SC_PHYS_PAGES);
    const long page_bytes = ::sysconf(_SC_PAGESIZE);
    if (pages <= 0 || page_bytes <= 0) return 0;
    return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_bytes);
}

// "0::/system.slice/streamstats.service", and under it "max" or a number of bytes (control groups, version 2).
std::uint64_t group_bytes() {
    std::ifstream groups("/proc/self/cgroup");
    std::string line;
    while (std::getline(groups, line)) {
        if (!line.starts_with("0::")) continue;
        std::ifstream limit("/sys/fs/cgroup" + line.substr(3) + "/memory.max");
        std::uint64_t bytes = 0;
        return limit >> bytes ? bytes : 0;
    }
    return 0;
}

}  // namespace

std::uint64_t memory_bytes_allowed() {
    const std::uint64_t machine = machine_bytes();
    const std::uint64_t group = group_bytes();
    return group == 0 ? machine : std::min(machine, group);
}

}  // namespace streamstats::config
