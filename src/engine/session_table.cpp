#include "engine/session_table.hpp"

#include <cassert>
#include <new>

namespace streamstats {
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
