// Reads a file in pieces, so that memory is bounded by the larger of a piece and a frame.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "streamstats/journal/file_system.hpp"

namespace streamstats::journal {

class piece_reader {
public:
    static constexpr std::size_t piece_bytes = std::size_t{1} << 20;

    piece_reader(file& from, std::uint64_t size) : from_(from), size_(size) {}

    [[nodiscard]] std::uint64_t size() const { return size_; }
    // What there is of `length` bytes at `offset`; less only at the end. Valid until the next call.
    result<bytes_view, file_failure> at(std::uint64_t offset, std::size_t length);
    // As much as is at hand after reading no more than a piece; empty only at the end.
    result<bytes_view, file_failure> piece_at(std::uint64_t offset);

private:
    [[nodiscard]] bool holds(std::uint64_t offset, std::uint64_t length) const;
    std::optional<file_failure> load(std::uint64_t offset, std::size_t length);

    file& from_;
    std::uint64_t size_;
    std::uint64_t base_ = 0;  // of what buffer_ holds
    std::vector<std::byte> buffer_;
};

}  // namespace streamstats::journal
