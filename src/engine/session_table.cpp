#include "engine/session_table.hpp"

#include <cassert>
#include <cstring>

namespace streamstats {
namespace {

std::uint64_t hash_of(const session_key& key) {
    std::uint64_t hash = 0;
    std::memcpy(&hash, key.data(), sizeof hash);
    return hash;
}

std::uint32_t shard_of(const session_key& key) {
    return key[8];
}

}  // namespace

session_ref session_table::find(const session_key& key) const {
    const std::uint32_t number = shard_of(key);
    const shard& s = shards_[number];
    const std::uint32_t slot =
        s.index.find(hash_of(key), [&](std::uint32_t candidate) { return s.slot(candidate).key == key; });
    return slot == flat_index::none ? nothing : (number << 24U) | slot;
}

session_ref session_table::insert(const session_key& key, std::string_view id, std::string_view user) {
    const std::uint32_t number = shard_of(key);
    shard& s = shards_[number];
    std::uint32_t slot = s.free;
    if (slot != nothing) {
        s.free = s.slot(slot).next_of_user;
    } else {
        assert(s.used < slots_per_shard_max);
        if (s.used % chunk_slots == 0) s.chunks.push_back(std::make_unique<session[]>(chunk_slots));
        slot = s.used++;
    }
    session& made = s.slot(slot);
    made = session{};
    made.key = key;
    made.alive = true;
    made.texts = s.texts.add(id, user);
    s.index.insert(hash_of(key), slot);
    ++size_;
    return (number << 24U) | slot;
}

void session_table::erase(session_ref ref) {
    shard& s = shards_[ref >> 24U];
    const std::uint32_t slot = ref & slot_mask;
    session& gone = s.slot(slot);
    assert(gone.alive);
    s.index.erase(hash_of(gone.key), slot);
    s.texts.remove(gone.texts);
    gone = session{};
    gone.next_of_user = s.free;
    s.free = slot;
    --size_;
}

std::size_t session_table::memory_bytes() const {
    std::size_t bytes = 0;
    for (const shard& s : shards_) {
        bytes += s.index.memory_bytes() + s.chunks.size() * chunk_slots * sizeof(session) + s.texts.memory_bytes();
    }
    return bytes;
}

}  // namespace streamstats
