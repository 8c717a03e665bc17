// The files of a recovery that may be given up: from the moment somebody asks for that, reads fail, so that whoever
// reads comes to an end between two pieces, wherever it is. Everything else is passed on. Used by one thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "streamstats/journal/file_system.hpp"

namespace streamstats::pipeline {

class abandonable_files final : public journal::file_system {
public:
    // Both outlive it, and the files that it opens do not. `abandon` is asked before each read; empty: never.
    abandonable_files(journal::file_system& files, const std::function<bool()>& abandon)
        : files_(files), abandon_(abandon) {}

    // Whether it was given up, asked anew. It stays so.
    bool abandoned();

    result<std::vector<std::string>, journal::file_failure> list() override { return files_.list(); }
    result<std::unique_ptr<journal::file>, journal::file_failure> create(const std::string& name,
                                                                         std::uint64_t bytes) override;
    result<std::unique_ptr<journal::file>, journal::file_failure> open(const std::string& name) override;
    std::optional<journal::file_failure> remove(const std::string& name) override { return files_.remove(name); }
    std::optional<journal::file_failure> rename(const std::string& from, const std::string& to) override;
    bool in_use(const std::string& name) override { return files_.in_use(name); }
    std::optional<journal::file_failure> sync_directory() override { return files_.sync_directory(); }
    [[nodiscard]] std::string description() const override { return files_.description(); }

private:
    journal::file_system& files_;
    const std::function<bool()>& abandon_;
    bool abandoned_ = false;
};

}  // namespace streamstats::pipeline
