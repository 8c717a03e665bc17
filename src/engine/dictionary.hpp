// The values of one dimension by small integer id, at most a given number of distinct ones in 24 h (SEMANTICS 3).
// One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/flat_index.hpp"
#include "engine/session.hpp"
#include "streamstats/engine/identity.hpp"

namespace streamstats {

class dictionary {
public:
    static constexpr std::uint32_t other = 0;  // the id of `(other)`, which is always there and not counted
    static constexpr std::uint32_t none = flat_index::none;
    static constexpr minute_number hold_minutes = 24 * 60;

    // `dropping` is told of each value that is about to be forgotten: afterwards its id may be that of another one.
    dictionary(std::size_t values_max, const identity_secret& secret,
               std::function<void(std::uint32_t id)> dropping = {});

    // The id of `value`, noting that a session has it now; `other` when the dictionary is full. Each call counts as one
    // use; release ends it.
    std::uint32_t acquire(std::string_view value, minute_number now);
    void release(std::uint32_t id) { --entries_[id].uses; }

    // A value of an earlier run by its text, without a use of it; one more use of a known id.
    std::uint32_t adopt(std::string_view value, minute_number last_seen);
    void use(std::uint32_t id) { ++entries_[id].uses; }
    [[nodiscard]] std::uint32_t uses(std::uint32_t id) const { return entries_[id].uses; }

    [[nodiscard]] std::uint32_t find(std::string_view value) const;
    // Mostly its id, without a look at it.
    [[nodiscard]] std::uint32_t likely(std::string_view value) const { return recent_[text_ends(value).place()]; }
    [[nodiscard]] minute_number last_seen(std::uint32_t id) const { return entries_[id].last_seen; }
    [[nodiscard]] const std::string& text(std::uint32_t id) const { return entries_[id].value; }
    [[nodiscard]] bool full() const { return held_ >= values_max_; }
    // Ids are below this.
    [[nodiscard]] std::uint32_t id_limit() const { return static_cast<std::uint32_t>(entries_.size()); }

private:
    // Where a value was found last, by some of its bytes: spares a keyed hash. A sender can spoil it, no more.
    static constexpr unsigned recent_bits = 12;

    // The first and the last eight bytes of a text, or four, or two: they may overlap. Most values have no others.
    class text_ends {
    public:
        explicit text_ends(std::string_view value) : size_(value.size()) {
            if (size_ >= 8) {
                read<std::uint64_t>(value);
            } else if (size_ >= 4) {
                read<std::uint32_t>(value);
            } else if (size_ >= 2) {
                read<std::uint16_t>(value);
            } else if (size_ == 1) {
                read<std::uint8_t>(value);
            }
        }
        [[nodiscard]] std::size_t place() const {
            const std::uint64_t bytes = (begin_ * 0x9E37'79B9'7F4A'7C15) ^ (end_ + size_);
            // Names often differ in their last digits only, which are in the upper bits of `bytes`.
            return bytes * 0x9E37'79B9'7F4A'7C15 >> (64U - recent_bits);
        }
        // Whether `known` is `value`, whose ends these are.
        [[nodiscard]] bool are_of(std::string_view known, std::string_view value) const {
            if (known.size() != size_) return false;
            if (size_ > 16) return known == value;
            const text_ends its(known);
            return its.begin_ == begin_ && its.end_ == end_;
        }

    private:
        template <class Word>
        void read(std::string_view value) {
            Word word = 0;
            std::memcpy(&word, value.data(), sizeof word);
            begin_ = word;
            std::memcpy(&word, value.data() + value.size() - sizeof word, sizeof word);
            end_ = word;
        }

        std::uint64_t begin_ = 0;
        std::uint64_t end_ = 0;
        std::size_t size_;
    };

    struct entry {
        std::string value;
        std::uint32_t uses = 0;
        minute_number last_seen = 0;
        bool held = false;
    };

    std::uint32_t use(std::uint32_t id, minute_number now) {
        entries_[id].last_seen = now;
        ++entries_[id].uses;
        return id;
    }
    [[gnu::noinline]] std::uint32_t acquire_by_hash(std::string_view value, std::size_t recent_place,
                                                    minute_number now);
    std::uint32_t claim(std::string_view value, minute_number now);
    void drop_unused(minute_number now);

    const identity_secret* secret_;
    std::size_t values_max_;
    std::function<void(std::uint32_t)> dropping_;
    std::size_t held_ = 0;
    minute_number next_drop_ = 0;
    std::vector<std::uint32_t> recent_ = std::vector<std::uint32_t>(std::size_t{1} << recent_bits, other);
    flat_index index_;
    std::vector<entry> entries_;
    std::vector<std::uint32_t> free_;
};

}  // namespace streamstats
