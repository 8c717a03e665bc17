// The journal's files in a folder of this machine, over POSIX. Any thread; every file by one thread at a time.
#pragma once

#include <filesystem>
#include <memory>

#include "streamstats/journal/file_system.hpp"

namespace streamstats::disk {

// Creates the folder, for its owner only, if it is not there. It is held by its descriptor: what is renamed or mounted
// over its path later does not matter. Files are created for their owner only.
result<std::unique_ptr<journal::file_system>, journal::file_failure> open_folder(const std::filesystem::path& path);

}  // namespace streamstats::disk
