// Every known session by key: 256 shards, each with its own index, slots and texts, so that growth happens in small
// steps and never stops the world. One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/flat_index.hpp"
#include "engine/session.hpp"
#include "engine/text_pool.hpp"

namespace streamstats {

// Shard in the upper 8 bits, slot in the lower 24. Stays the same for as long as the session is in the table.
using session_ref = std::uint32_t;

class session_table {
public:
    static constexpr session_ref nothing = session::nothing;
    static constexpr std::size_t shard_count = 256;
    static constexpr std::size_t slots_per_shard_max = (1U << 24U) - 1;

    [[nodiscard]] session_ref find(const session_key& key) const;
    // The key must not be there. References to sessions stay valid; the new one is alive and otherwise blank.
    session_ref insert(const session_key& key, std::string_view id, std::string_view user);
    void erase(session_ref ref);

    [[nodiscard]] session& at(session_ref ref) { return shards_[ref >> 24U].slot(ref & slot_mask); }
    [[nodiscard]] const session& at(session_ref ref) const { return shards_[ref >> 24U].slot(ref & slot_mask); }
    [[nodiscard]] text_pool::texts texts(session_ref ref) const { return shards_[ref >> 24U].texts.get(at(ref).texts); }

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t memory_bytes() const;

    // visit(ref, session) for every session, in no particular order; it may not insert or erase.
    template <class Visit>
    void for_each(Visit visit) {
        for (std::uint32_t shard_number = 0; shard_number < shard_count; ++shard_number) {
            shard& s = shards_[shard_number];
            for (std::uint32_t slot = 0; slot < s.used; ++slot) {
                if (session& one = s.slot(slot); one.alive) visit((shard_number << 24U) | slot, one);
            }
        }
    }

    struct place {
        std::uint32_t shard = 0;
        std::uint32_t slot = 0;
    };
    // The same for about `at_most` slots from `next` on, which is moved forward; false: the end was reached. Sessions
    // may come and go between calls: those that were there all the time are visited once.
    template <class Visit>
    bool visit_from(place& next, std::size_t at_most, Visit visit) {
        for (std::size_t visited = 0; next.shard < shard_count; ++next.shard, next.slot = 0) {
            shard& s = shards_[next.shard];
            for (; next.slot < s.used; ++next.slot) {
                if (visited++ == at_most) return true;
                if (session& one = s.slot(next.slot); one.alive) visit((next.shard << 24U) | next.slot, one);
            }
        }
        return false;
    }

private:
    static constexpr std::uint32_t slot_mask = 0x00FF'FFFF;
    static constexpr std::uint32_t chunk_slots = 256;

    struct shard {
        flat_index index;
        std::vector<std::unique_ptr<session[]>> chunks;
        std::uint32_t used = 0;
        std::uint32_t free = nothing;
        text_pool texts;

        [[nodiscard]] session& slot(std::uint32_t number) const {
            return chunks[number / chunk_slots][number % chunk_slots];
        }
    };

    std::array<shard, shard_count> shards_;
    std::size_t size_ = 0;
};

}  // namespace streamstats
