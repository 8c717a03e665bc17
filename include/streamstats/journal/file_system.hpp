// The files of the journal: one folder, reached through this interface alone, so that production, the fault shim and
// the simulator run the same code. disk/ implements it over POSIX, tests/support in memory with faults. A file may
// be used by one thread at a time, the folder by any: a checkpoint is written beside the journal.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "streamstats/base/failure.hpp"

namespace streamstats::journal {

enum class file_trouble : std::uint8_t {
    no_room,    // the disk or a quota is full: nothing was changed
    not_found,  // no such file
    failed,     // anything else; what a failed write or sync left behind is unknown
};

struct file_failure : failure {
    file_trouble trouble = file_trouble::failed;

    // There is no such file: whoever wanted to remove it has what he wanted.
    [[nodiscard]] bool is_absence() const { return trouble == file_trouble::not_found; }
};

using bytes_view = std::span<const std::byte>;

class file {
public:
    virtual ~file() = default;
    // Writes all of it at `offset`, inside or right behind what is there. Safe only after sync().
    virtual std::optional<file_failure> write(std::uint64_t offset, bytes_view data) = 0;
    // Returns when everything written is on the disk. After a failure it must not be called again.
    virtual std::optional<file_failure> sync() = 0;
    // Fills `into` from `offset`; returns how much there was (less only at the end of the file).
    virtual result<std::size_t, file_failure> read(std::uint64_t offset, std::span<std::byte> into) = 0;
    virtual result<std::uint64_t, file_failure> size() = 0;
};

class file_system {
public:
    virtual ~file_system() = default;
    // Names in the folder, sorted.
    virtual result<std::vector<std::string>, file_failure> list() = 0;
    // A new file of `bytes` zeros whose room is really taken (no_room instead of a hole). An existing one is an error.
    virtual result<std::unique_ptr<file>, file_failure> create(const std::string& name, std::uint64_t bytes) = 0;
    virtual result<std::unique_ptr<file>, file_failure> open(const std::string& name) = 0;
    virtual std::optional<file_failure> remove(const std::string& name) = 0;
    // Replaces `to` if it is there.
    virtual std::optional<file_failure> rename(const std::string& from, const std::string& to) = 0;
    // Whether somebody has the file open, this process or another one, as far as that can be told.
    virtual bool in_use(const std::string& name) = 0;
    // Creates, removes and renames are safe only after this.
    virtual std::optional<file_failure> sync_directory() = 0;
    // The folder, for messages.
    [[nodiscard]] virtual std::string description() const = 0;
};

}  // namespace streamstats::journal
