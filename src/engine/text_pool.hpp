// The texts of sessions (id and user name, for people and for active_sessions) by 32-bit handle, in cells that are
// hardly larger than they are. Ids in UUID form take 16 bytes, IPv4 addresses 4. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/slab.hpp"

namespace streamstats {

// The sizes of cells rise in steps: nearly all texts are short, and there are millions of those.
constexpr std::size_t text_cell_class(std::size_t bytes) {
    if (bytes <= 32) return (bytes - 1) / 2;
    if (bytes <= 128) return 16 + (bytes - 33) / 8;
    return 28 + (bytes - 129) / 16;
}
constexpr std::size_t text_cell_bytes(std::size_t cell_class) {
    if (cell_class < 16) return (cell_class + 1) * 2;
    if (cell_class < 28) return 32 + (cell_class - 15) * 8;
    return 128 + (cell_class - 27) * 16;
}

class text_pool {
public:
    static constexpr std::size_t text_bytes_max = 254;  // what is longer is cut

    struct texts {
        std::string id;
        std::string user;
    };

    text_pool();
    std::uint32_t add(std::string_view id, std::string_view user);
    [[nodiscard]] texts get(std::uint32_t handle) const;
    void remove(std::uint32_t handle) { slab_of(handle).free(handle & (cells_max - 1)); }
    void prefetch(std::uint32_t handle) const { __builtin_prefetch(address(handle)); }

    [[nodiscard]] std::size_t memory_bytes() const;

private:
    // A handle is the class of the cell in the upper bits and the cell in the lower ones.
    static constexpr unsigned cell_bits = 26;
    static constexpr std::uint32_t cells_max = std::uint32_t{1} << cell_bits;
    static constexpr std::size_t classes = text_cell_class(2 + 2 * text_bytes_max) + 1;
    static_assert(classes <= std::size_t{1} << (32 - cell_bits));

    std::uint32_t allocate(std::size_t bytes) {
        const std::size_t number = text_cell_class(bytes);
        const std::uint32_t cell = slabs_[number] ? slabs_[number]->allocate() : slab::none;
        return cell == slab::none ? allocate_from(number) : handle_of(number, cell);
    }
    [[gnu::noinline]] std::uint32_t allocate_from(std::size_t number);
    static std::uint32_t handle_of(std::size_t number, std::uint32_t cell) {
        return static_cast<std::uint32_t>(number << cell_bits) | cell;
    }
    [[nodiscard]] slab& slab_of(std::uint32_t handle) const { return *slabs_[handle >> cell_bits]; }
    [[nodiscard]] unsigned char* address(std::uint32_t handle) const {
        return reinterpret_cast<unsigned char*>(slab_of(handle).at(handle & (cells_max - 1)));
    }

    std::vector<std::unique_ptr<slab>> slabs_;  // by class of sizes
};

}  // namespace streamstats
