// A hash index from 64-bit keyed hashes to 32-bit references: linear probing over 8-byte entries from the beginning of
// a line of the cache, no tombstones.
// The caller's predicate decides which of the entries with an equal tag is meant. One thread at a time.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/huge_page_allocator.hpp"

namespace streamstats {

class flat_index {
public:
    static constexpr std::uint32_t none = 0xFFFF'FFFF;

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t memory_bytes() const { return entries_.capacity() * sizeof(entry); }

    // The reference with this hash for which `is_it(reference)` holds, or none.
    template <class Predicate>
    [[nodiscard]] std::uint32_t find(std::uint64_t hash, Predicate is_it) const {
        const std::size_t at = locate(tag_of(hash), is_it);
        return at == npos ? none : entries_[at].reference;
    }

    // So that the next call with this hash does not have to wait.
    void prefetch(std::uint64_t hash) const {
        if (!entries_.empty()) __builtin_prefetch(&entries_[home_of(tag_of(hash))]);
    }

    void insert(std::uint64_t hash, std::uint32_t reference) {
        assert(reference != none);
        if (entries_.size() * load_percent_max <= (size_ + 1) * 100) grow();
        place({tag_of(hash), reference});
        ++size_;
    }

    // The entry must be there.
    void replace(std::uint64_t hash, std::uint32_t from, std::uint32_t to) {
        entries_[locate_known(hash, from)].reference = to;
    }

    // The entry must be there. Later entries of its run move up, so that no tombstone is needed.
    void erase(std::uint64_t hash, std::uint32_t reference) {
        std::size_t hole = locate_known(hash, reference);
        for (std::size_t next = after(hole); entries_[next].reference != none; next = after(next)) {
            const std::size_t home = home_of(entries_[next].tag);
            const bool home_after_hole = hole <= next ? (hole < home && home <= next) : (hole < home || home <= next);
            if (home_after_hole) continue;
            entries_[hole] = entries_[next];
            hole = next;
        }
        entries_[hole] = entry{};
        --size_;
        if (entries_.size() > size_min * 4 && size_ * 4 < entries_.size()) rebuild(entries_.size() / 2);
    }

private:
    struct entry {
        std::uint32_t tag = 0;
        std::uint32_t reference = none;
    };
    static constexpr std::size_t npos = static_cast<std::size_t>(-1);
    using entries = std::vector<entry, huge_page_allocator<entry>>;
    static constexpr std::size_t line_entries = 8;
    static constexpr std::size_t size_min = 16;
    static constexpr std::size_t load_percent_max = 85;

    static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }
    // Maps the tag onto the lines by multiplication, so that their number need not be a power of two.
    [[nodiscard]] std::size_t home_of(std::uint32_t tag) const {
        const std::size_t lines = entries_.size() / line_entries;
        return static_cast<std::size_t>((static_cast<std::uint64_t>(tag) * lines) >> 32U) * line_entries;
    }
    [[nodiscard]] std::size_t after(std::size_t at) const { return at + 1 == entries_.size() ? 0 : at + 1; }

    template <class Predicate>
    [[nodiscard]] std::size_t locate(std::uint32_t tag, Predicate is_it) const {
        if (entries_.empty()) return npos;
        for (std::size_t at = home_of(tag);; at = after(at)) {
            const entry& e = entries_[at];
            if (e.reference == none) return npos;
            if (e.tag == tag && is_it(e.reference)) return at;
        }
    }
    [[nodiscard]] std::size_t locate_known(std::uint64_t hash, std::uint32_t reference) const {
        const std::size_t at = locate(tag_of(hash), [reference](std::uint32_t other) { return other == reference; });
        assert(at != npos);
        return at;
    }

    void place(entry what) {
        std::size_t at = home_of(what.tag);
        while (entries_[at].reference != none) at = after(at);
        entries_[at] = what;
    }
    void grow() { rebuild(entries_.empty() ? size_min : entries_.size() + entries_.size() / 8 + 1); }
    void rebuild(std::size_t capacity) {
        entries old((capacity + line_entries - 1) / line_entries * line_entries);
        old.swap(entries_);
        for (const entry& e : old) {
            if (e.reference != none) place(e);
        }
    }

    entries entries_;
    std::size_t size_ = 0;
};

}  // namespace streamstats
