// The texts of sessions (id and user name, for people and for active_sessions) by 32-bit handle, in 4-byte granules
// with a free list for each size. Ids in UUID form take 16 bytes. One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace streamstats {

class text_pool {
public:
    static constexpr std::size_t text_bytes_max = 254;  // what is longer is cut

    struct texts {
        std::string id;
        std::string user;
    };

    std::uint32_t add(std::string_view id, std::string_view user);
    [[nodiscard]] texts get(std::uint32_t handle) const;
    void remove(std::uint32_t handle);

    [[nodiscard]] std::size_t memory_bytes() const { return chunks_.size() * chunk_granules * granule; }

private:
    static constexpr std::size_t granule = 4;
    static constexpr std::size_t chunk_granules = 4'096;
    static constexpr std::size_t granules_max = (2 + 2 * text_bytes_max + granule - 1) / granule;

    static std::size_t granules_for(std::size_t text_bytes) { return (text_bytes + 2 + granule - 1) / granule; }
    [[nodiscard]] unsigned char* address(std::uint32_t handle) const {
        return chunks_[handle / chunk_granules].get() + (handle % chunk_granules) * granule;
    }
    std::uint32_t allocate(std::size_t granules);

    std::vector<std::unique_ptr<unsigned char[]>> chunks_;
    std::size_t used_ = chunk_granules;  // granules of the last chunk
    std::array<std::vector<std::uint32_t>, granules_max + 1> free_;
};

}  // namespace streamstats
