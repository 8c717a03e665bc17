// Short texts by 32-bit handle: two texts a handle, in 8-byte granules, with a free list for each size.
// For session ids and user names, of which there are millions of similar length. One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace streamstats {

class text_pool {
public:
    static constexpr std::size_t text_bytes_max = 255;  // each; what is longer is cut (texts here are for people)

    std::uint32_t add(std::string_view first, std::string_view second) {
        first = first.substr(0, text_bytes_max);
        second = second.substr(0, text_bytes_max);
        const std::uint32_t handle = allocate(granules_for(first.size() + second.size()));
        char* at = address(handle);
        at[0] = static_cast<char>(static_cast<unsigned char>(first.size()));
        at[1] = static_cast<char>(static_cast<unsigned char>(second.size()));
        if (!first.empty()) std::memcpy(at + 2, first.data(), first.size());
        if (!second.empty()) std::memcpy(at + 2 + first.size(), second.data(), second.size());
        return handle;
    }

    // Valid until the handle is removed.
    [[nodiscard]] std::pair<std::string_view, std::string_view> get(std::uint32_t handle) const {
        const char* at = address(handle);
        const auto first = static_cast<unsigned char>(at[0]);
        const auto second = static_cast<unsigned char>(at[1]);
        return {{at + 2, first}, {at + 2 + first, second}};
    }

    void remove(std::uint32_t handle) {
        const auto [first, second] = get(handle);
        free_[granules_for(first.size() + second.size())].push_back(handle);
    }

    [[nodiscard]] std::size_t memory_bytes() const { return chunks_.size() * chunk_granules * granule; }

private:
    static constexpr std::size_t granule = 8;
    static constexpr std::size_t chunk_granules = 8'192;
    static constexpr std::size_t granules_max = (2 + 2 * text_bytes_max + granule - 1) / granule;

    static std::size_t granules_for(std::size_t text_bytes) { return (text_bytes + 2 + granule - 1) / granule; }
    [[nodiscard]] char* address(std::uint32_t handle) const {
        return chunks_[handle / chunk_granules].get() + (handle % chunk_granules) * granule;
    }

    std::uint32_t allocate(std::size_t granules) {
        if (auto& spare = free_[granules]; !spare.empty()) {
            const std::uint32_t handle = spare.back();
            spare.pop_back();
            return handle;
        }
        if (chunks_.empty() || used_ + granules > chunk_granules) {
            chunks_.push_back(std::make_unique<char[]>(chunk_granules * granule));
            used_ = 0;
        }
        const auto handle = static_cast<std::uint32_t>((chunks_.size() - 1) * chunk_granules + used_);
        used_ += granules;
        return handle;
    }

    std::vector<std::unique_ptr<char[]>> chunks_;
    std::size_t used_ = 0;  // granules of the last chunk
    std::array<std::vector<std::uint32_t>, granules_max + 1> free_;
};

}  // namespace streamstats
