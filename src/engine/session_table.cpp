#include "engine/session_table.hpp"

#include <cassert>
#include <cstring>
#include <new>

namespace streamstats {
namespace {

std::uint64_t hash_of(const session_key& key) {
    std::uint64_t hash = 0;
    std::memcpy(&hash, key.data(), sizeof hash);
    return hash;
}

bool equal(const session_key& a, const session_key& b) {
    std::array<std::uint64_t, 4> words{};
    std::memcpy(words.data(), a.data(), a.size());
    std::memcpy(words.data() + 2, b.data(), b.size());
    return words[0] == words[2] && words[1] == words[3];
}

}  // namespace

session_ref session_table::find(const session_key& key) const {
    return index_[shard_of(key)].find(hash_of(key), [&](session_ref one) { return equal(at(one).key, key); });
}

session_ref session_table::find_likely(const session_key& key) const {
    return index_[shard_of(key)].find(hash_of(key), [](session_ref) { return true; });
}

void session_table::prefetch_index(const session_key& key) const {
    index_[shard_of(key)].prefetch(hash_of(key));
}

session_ref session_table::insert(const session_key& key) {
    const session_ref ref = records_.allocate();
    if (ref == slab::none) throw std::bad_alloc();
    session& made = *new (records_.at(ref)) session{};
    made.key = key;
    made.alive = true;
    index_[shard_of(key)].insert(hash_of(key), ref);
    ++size_;
    return ref;
}

void session_table::erase(session_ref ref) {
    session& gone = at(ref);
    assert(gone.alive);
    index_[shard_of(gone.key)].erase(hash_of(gone.key), ref);
    gone = session{};
    records_.free(ref);
    --size_;
}

std::size_t session_table::memory_bytes() const {
    std::size_t bytes = records_.memory_bytes();
    for (const flat_index& shard : index_) bytes += shard.memory_bytes();
    return bytes;
}

}  // namespace streamstats
