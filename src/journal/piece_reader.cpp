#include "journal/piece_reader.hpp"

#include <algorithm>

namespace streamstats::journal {

bool piece_reader::holds(std::uint64_t offset, std::uint64_t length) const {
    return offset >= base_ && offset + length <= base_ + buffer_.size();
}

std::optional<file_failure> piece_reader::load(std::uint64_t offset, std::size_t length) {
    base_ = offset;
    buffer_.resize(length);
    const auto count = from_.read(offset, buffer_);
    buffer_.resize(count ? count.value() : 0);
    if (!count) return count.error();
    // The file was cut while it was open: what is missing counts as its end.
    if (count.value() < length) size_ = offset + count.value();
    return std::nullopt;
}

result<bytes_view, file_failure> piece_reader::at(std::uint64_t offset, std::size_t length) {
    if (offset >= size_) return bytes_view{};
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(length, size_ - offset));
    if (!holds(offset, wanted)) {
        const std::uint64_t ahead = std::min<std::uint64_t>(std::max(wanted, piece_bytes), size_ - offset);
        if (auto trouble = load(offset, static_cast<std::size_t>(ahead))) return std::move(*trouble);
    }
    const auto begin = static_cast<std::size_t>(offset - base_);
    return bytes_view(buffer_).subspan(begin, std::min(wanted, buffer_.size() - begin));
}

result<bytes_view, file_failure> piece_reader::piece_at(std::uint64_t offset) {
    auto first = at(offset, 1);
    if (!first || first.value().empty()) return first;
    return bytes_view(buffer_).subspan(static_cast<std::size_t>(offset - base_));
}

}  // namespace streamstats::journal
