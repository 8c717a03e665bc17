// A disk in memory with the habits of real ones, driven by a seed. Until a file is synced, a power cut leaves of what
// was written any subset of its 512-byte sectors, in any order, and of its size anything between before and after;
// until the directory is synced, creates, removes and renames may be undone. A failed sync leaves what it should have
// kept in the cache only: reads see it, later syncs do not keep it, a power cut reveals that. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "streamstats/journal/file_system.hpp"

namespace streamstats::testing {

enum class disk_fault : std::uint8_t {
    fail,   // the operation fails; a write or sync may have done a part of its work
    crash,  // the power is cut in the middle of the operation
};

struct disk_counters {
    std::uint64_t operations = 0;  // of every sort
    std::uint64_t writes = 0;
    std::uint64_t bytes_written = 0;
    std::uint64_t syncs = 0;
    std::uint64_t directory_syncs = 0;
};

class memory_disk final : public journal::file_system {
public:
    explicit memory_disk(std::uint64_t seed);
    ~memory_disk() override;

    // ---- faults

    // The k-th operation from now on (1: the next) goes wrong like this.
    void inject(std::uint64_t k, disk_fault how);
    // From now on this many of a hundred writes and syncs fail.
    void fail_writes(unsigned percent);
    // A file that would make the disk hold more than this gets no_room.
    void limit_bytes(std::uint64_t bytes_max);
    // Every operation fails, on files that are open too, until the power is back with what survived.
    void cut_power();
    void restore_power();
    // Both at once.
    void crash();
    // Changes a byte of a file, on the disk and in the cache.
    void rot(const std::string& name, std::uint64_t offset);
    // Operations wait before they begin, until they are let go.
    void hold();
    void let_go();
    // Returns when an operation waits.
    void wait_for_held();

    // ---- what is there

    [[nodiscard]] bool powered() const;
    [[nodiscard]] disk_counters counters() const;
    // What limit_bytes() counts.
    [[nodiscard]] std::uint64_t bytes_in_all() const;
    // Sorted. Neither this nor content() counts as an operation.
    [[nodiscard]] std::vector<std::string> names() const;
    // As reads see it; empty if there is none.
    [[nodiscard]] std::vector<std::byte> content(const std::string& name) const;
    // Puts a file there, or other content into one, synced.
    void put(const std::string& name, std::vector<std::byte> content);

    // ---- journal::file_system

    result<std::vector<std::string>, journal::file_failure> list() override;
    result<std::unique_ptr<journal::file>, journal::file_failure> create(const std::string& name,
                                                                         std::uint64_t bytes) override;
    result<std::unique_ptr<journal::file>, journal::file_failure> open(const std::string& name) override;
    std::optional<journal::file_failure> remove(const std::string& name) override;
    std::optional<journal::file_failure> rename(const std::string& from, const std::string& to) override;
    bool in_use(const std::string& name) override;
    std::optional<journal::file_failure> sync_directory() override;
    [[nodiscard]] std::string description() const override { return "memory disk"; }

    // Shared with the open files, which may outlive a power cut.
    struct state;

private:
    std::shared_ptr<state> state_;
};

}  // namespace streamstats::testing
