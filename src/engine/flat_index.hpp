// A hash index from 64-bit keyed hashes to 32-bit references, eight to a line of the cache. What does not fit into its
// own line is in the next one with room; between the two every line is full. So a search ends in the first line that is
// not, and there are no tombstones. The caller's predicate decides which of the references with an equal tag is meant.
// One thread at a time.
#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/huge_page_allocator.hpp"

namespace streamstats {

class flat_index {
public:
    static constexpr std::uint32_t none = 0xFFFF'FFFF;

    // One of many, among which entries are spread alike: all would grow at the same time, each of them a moment in
    // which nobody is served. So two at a time begin with a size of their own, spread over one step of growth, and stay
    // apart from the others; large ones, whose steps are smaller, in part.
    void stand_at(std::size_t shard) {
        assert(lines_.empty());
        lines_first_ = lines_apart + shard / 2;
    }
    static constexpr std::size_t shards_apart = 32;

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t memory_bytes() const { return lines_.capacity() * sizeof(line); }

    // The reference with this hash for which `is_it(reference)` holds, or none.
    template <class Predicate>
    [[nodiscard]] std::uint32_t find(std::uint64_t hash, Predicate is_it) const {
        if (line_count_ == 0) return none;
        const place at = locate_or_free(tag_of(hash), is_it);
        return lines_[at.line].references[at.slot];
    }

    // So that the next call with this hash does not have to wait.
    void prefetch(std::uint64_t hash) const {
        if (line_count_ != 0) __builtin_prefetch(&lines_[home_of(tag_of(hash))]);
    }

    void insert(std::uint64_t hash, std::uint32_t reference) {
        assert(reference != none);
        make_room();
        put(tag_of(hash), reference);
        ++size_;
    }

    // As find(); where there is none, inserts this reference and returns it.
    template <class Predicate>
    std::uint32_t find_or_insert(std::uint64_t hash, std::uint32_t reference, Predicate is_it) {
        assert(reference != none);
        make_room();
        const place at = locate_or_free(tag_of(hash), is_it);
        if (const std::uint32_t found = lines_[at.line].references[at.slot]; found != none) return found;
        put(at, tag_of(hash), reference);
        ++size_;
        return reference;
    }

    // The entry must be there.
    void replace(std::uint64_t hash, std::uint32_t from, std::uint32_t to) {
        const place at = locate_known(hash, from);
        lines_[at.line].references[at.slot] = to;
    }

    // The entry must be there. What had no room in its line because of it moves up.
    void erase(std::uint64_t hash, std::uint32_t reference) {
        place hole = locate_known(hash, reference);
        for (std::size_t next = hole.line; lines_[next].full();) {
            next = after(next);
            const unsigned slot = slot_of_one_kept_out(next, hole.line);
            if (slot == line_slots) {
                if (lines_[next].full()) continue;
                break;
            }
            const bool was_full = lines_[next].full();
            lines_[hole.line].tags[hole.slot] = lines_[next].tags[slot];
            lines_[hole.line].references[hole.slot] = lines_[next].references[slot];
            hole = {next, slot};
            if (!was_full) break;
        }
        lines_[hole.line].references[hole.slot] = none;
        --size_;
        if (lines_.size() > lines_first_ && size_ * 4 < capacity()) rebuild(lines_.size() / 2);
    }

private:
    static constexpr unsigned line_slots = 8;
    static constexpr std::size_t lines_min = 2;
    // Small ones grow in large steps, which are fewer, and early: what is not there is sought in 1.2 to 2.4 lines on
    // average then (60 to 80 % full), and in 2.4 to 7 where they are up to 90 % full. In large ones the room counts
    // more.
    static constexpr std::size_t small_lines = std::size_t{1} << 15U;
    static constexpr std::size_t small_load_percent_max = 80;
    static constexpr std::size_t small_growth = 3;
    static constexpr std::size_t large_load_percent_max = 90;
    static constexpr std::size_t large_growth = 10;
    static constexpr std::size_t lines_apart = shards_apart / 2 * small_growth;

    struct alignas(64) line {
        std::array<std::uint32_t, line_slots> tags{};
        std::array<std::uint32_t, line_slots> references{none, none, none, none, none, none, none, none};

        // A bit for each.
        [[nodiscard]] unsigned free_slots() const { return equal(references, none); }
        [[nodiscard]] bool full() const { return free_slots() == 0; }
    };
    struct place {
        std::size_t line = 0;
        unsigned slot = 0;
    };

    // A bit for each slot that holds `wanted`, the first one lowest.
    static unsigned equal(const std::array<std::uint32_t, line_slots>& in, std::uint32_t wanted) {
#if defined(__SSE2__)
        const auto half = [&](std::size_t first) {
            const __m128i four = _mm_load_si128(reinterpret_cast<const __m128i*>(&in[first]));
            return _mm_cmpeq_epi32(four, _mm_set1_epi32(static_cast<int>(wanted)));
        };
        const __m128i words = _mm_packs_epi32(half(0), half(4));
        return static_cast<unsigned>(_mm_movemask_epi8(_mm_packs_epi16(words, _mm_setzero_si128())));
#else
        unsigned mask = 0;
        for (unsigned slot = 0; slot < line_slots; ++slot) mask |= (in[slot] == wanted ? 1U : 0U) << slot;
        return mask;
#endif
    }

    static std::uint32_t tag_of(std::uint64_t hash) {
        return static_cast<std::uint32_t>(hash);
    }
    // Maps the tag onto the lines by multiplication, so that their number need not be a power of two.
    [[nodiscard]] std::size_t home_of(std::uint32_t tag) const {
        return static_cast<std::size_t>((static_cast<std::uint64_t>(tag) * line_count_) >> 32U);
    }
    [[nodiscard]] std::size_t after(std::size_t at) const {
        return at + 1 == line_count_ ? 0 : at + 1;
    }
    [[nodiscard]] bool is_small() const {
        return line_count_ < small_lines;
    }
    [[nodiscard]] std::size_t capacity() const {
        return line_count_ * line_slots;
    }

    // Where it is, or else where there is room for it. There are lines.
    template <class Predicate>
    [[nodiscard]] place locate_or_free(std::uint32_t tag, Predicate is_it) const {
        for (std::size_t at = home_of(tag);; at = after(at)) {
            const line& l = lines_[at];
            const unsigned free = l.free_slots();
            for (unsigned same = equal(l.tags, tag) & ~free; same != 0; same &= same - 1) {
                const auto slot = static_cast<unsigned>(std::countr_zero(same));
                if (is_it(l.references[slot])) return {at, slot};
            }
            if (free != 0) return {at, static_cast<unsigned>(std::countr_zero(free))};
        }
    }
    [[nodiscard]] place locate_known(std::uint64_t hash, std::uint32_t reference) const {
        const place at = locate_or_free(tag_of(hash), [reference](std::uint32_t other) { return other == reference; });
        assert(lines_[at.line].references[at.slot] == reference);
        return at;
    }

    // The slot in `at` of an entry that might be in the line `hole`, which is before `at`; line_slots: there is none.
    [[nodiscard]] unsigned slot_of_one_kept_out(std::size_t at, std::size_t hole) const {
        for (unsigned slot = 0; slot < line_slots; ++slot) {
            if (lines_[at].references[slot] == none) continue;
            const std::size_t home = home_of(lines_[at].tags[slot]);
            const bool home_after_hole = hole <= at ? (hole < home && home <= at) : (hole < home || home <= at);
            if (!home_after_hole) return slot;
        }
        return line_slots;
    }

    void put(std::uint32_t tag, std::uint32_t reference) {
        std::size_t at = home_of(tag);
        unsigned free = lines_[at].free_slots();
        for (; free == 0; free = lines_[at].free_slots()) at = after(at);
        put({at, static_cast<unsigned>(std::countr_zero(free))}, tag, reference);
    }
    void put(const place& at, std::uint32_t tag, std::uint32_t reference) {
        lines_[at.line].tags[at.slot] = tag;
        lines_[at.line].references[at.slot] = reference;
    }
    // For one more.
    void make_room() {
        const std::size_t load_percent_max = is_small() ? small_load_percent_max : large_load_percent_max;
        if (capacity() * load_percent_max > (size_ + 1) * 100) return;
        rebuild(line_count_ + line_count_ / (is_small() ? small_growth : large_growth) + 1);
    }
    // How full the new lines are is counted beside them: a look at what was just written would wait for it.
    void rebuild(std::size_t lines) {
        lines_type old(std::max(lines, lines_first_));
        old.swap(lines_);
        line_count_ = lines_.size();
        std::vector<std::uint8_t> used(line_count_);
        for (const line& l : old) {
            for (unsigned slot = 0; slot < line_slots; ++slot) {
                if (l.references[slot] == none) continue;
                std::size_t at = home_of(l.tags[slot]);
                while (used[at] == line_slots) at = after(at);
                put({at, used[at]++}, l.tags[slot], l.references[slot]);
            }
        }
    }

    using lines_type = std::vector<line, huge_page_allocator<line>>;
    lines_type lines_;
    std::size_t line_count_ = 0;
    std::size_t size_ = 0;
    std::size_t lines_first_ = lines_min;
};

using index_shards = std::array<flat_index, flat_index::shards_apart>;

inline index_shards shards_that_stand_apart() {
    index_shards shards;
    for (std::size_t shard = 0; shard < shards.size(); ++shard) shards[shard].stand_at(shard);
    return shards;
}

}  // namespace streamstats
