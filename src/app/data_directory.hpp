// STREAM_DATA_DIR: one daemon at a time works in it, and the installation's secret lives there.
#pragma once

#include <filesystem>
#include <string>

#include "streamstats/base/failure.hpp"
#include "streamstats/engine/identity.hpp"

namespace streamstats::app {

// Holds the lock for as long as it lives; the kernel lets go of it when the process ends in any way.
class data_directory {
public:
    // Creates the directory if need be. Fails at once if another process holds it.
    static result<data_directory> lock(const std::filesystem::path& path);
    ~data_directory();
    data_directory(data_directory&& other) noexcept;
    data_directory& operator=(data_directory&&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    data_directory(std::filesystem::path path, int lock_file) : path_(std::move(path)), lock_file_(lock_file) {}
    std::filesystem::path path_;
    int lock_file_;
};

struct stored_secret {
    identity_secret value;
    bool just_made = false;
};

// The secret of the file `secret`; makes one if there is none. A file that holds anything else is left alone.
result<stored_secret> installation_secret(const data_directory& where);
// Puts the file in place as a whole, synced and readable by its owner only; a crash leaves the old one or the new one.
result<stored_secret> keep_secret(const data_directory& where, const std::string& hex);

}  // namespace streamstats::app
