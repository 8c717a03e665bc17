// Every known session by key. The index is in shards, so that growth happens in small steps and never stops the world.
// One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "engine/flat_index.hpp"
#include "engine/session.hpp"
#include "engine/slab.hpp"
#include "engine/text_pool.hpp"

namespace streamstats {

// Stays the same for as long as the session is in the table.
using session_ref = std::uint32_t;

class session_table {
public:
    static constexpr session_ref nothing = session::nothing;
    static constexpr std::size_t sessions_max = std::size_t{1} << 29U;

    session_table() : records_(sizeof(session), sessions_max) {}

    [[nodiscard]] session_ref find(const session_key& key) const {
        return index_[shard_of(key)].find(hash_of(key), [&](session_ref one) { return is(one, key); });
    }
    // Whether this is the session with the key.
    [[nodiscard]] bool is(session_ref ref, const session_key& key) const {
        return at(ref).alive && equal(at(ref).key, key);
    }
    // The key must not be there. References to sessions stay valid; the new one is alive and otherwise blank.
    session_ref insert(const session_key& key);
    void erase(session_ref ref);

    // Of a session that is gone, what is there is not alive, or another one.
    [[nodiscard]] session& at(session_ref ref) { return reinterpret_cast<session*>(records_.begin())[ref]; }
    [[nodiscard]] const session& at(session_ref ref) const {
        return reinterpret_cast<const session*>(records_.begin())[ref];
    }
    static_assert(slab::block_bytes % sizeof(session) == 0, "records lie one behind the other");

    // The session with this key, or hardly ever another one, without a look at it.
    [[nodiscard]] session_ref find_likely(const session_key& key) const {
        return index_[shard_of(key)].find(hash_of(key), [](session_ref) { return true; });
    }
    // So that find(key) and then at() do not have to wait.
    void prefetch_index(const session_key& key) const { index_[shard_of(key)].prefetch(hash_of(key)); }
    void prefetch(session_ref ref) const { __builtin_prefetch(&at(ref), 1); }

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t memory_bytes() const;

    // visit(ref, session) for every session, in no particular order; it may not insert or erase.
    template <class Visit>
    void for_each(Visit visit) {
        session_ref next = 0;
        visit_from(next, sessions_max, visit);
    }
    // The same for about `at_most` places from `next` on, which is moved forward; false: the end was reached. Sessions
    // may come and go between calls: those that were there all the time are visited once.
    template <class Visit>
    bool visit_from(session_ref& next, std::size_t at_most, Visit visit) {
        for (; next < records_.limit(); ++next) {
            if (at_most-- == 0) return true;
            if (session& one = at(next); one.alive) visit(next, one);
        }
        return false;
    }

private:
    static std::size_t shard_of(const session_key& key) { return key[8] % flat_index::shards_apart; }
    static std::uint64_t hash_of(const session_key& key) {
        std::uint64_t hash = 0;
        std::memcpy(&hash, key.data(), sizeof hash);
        return hash;
    }
    static bool equal(const session_key& a, const session_key& b) {
        std::array<std::uint64_t, 4> words{};
        std::memcpy(words.data(), a.data(), a.size());
        std::memcpy(words.data() + 2, b.data(), b.size());
        return words[0] == words[2] && words[1] == words[3];
    }

    slab records_;
    index_shards index_ = shards_that_stand_apart();
    std::size_t size_ = 0;
};

}  // namespace streamstats
