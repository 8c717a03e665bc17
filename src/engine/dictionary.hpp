// The values of one dimension by small integer id, at most a given number of distinct ones in 24 h (SEMANTICS 3).
// One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
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
    [[nodiscard]] std::uint32_t likely(std::string_view value) const { return recent_[recent_place(value)]; }
    [[nodiscard]] minute_number last_seen(std::uint32_t id) const { return entries_[id].last_seen; }
    [[nodiscard]] const std::string& text(std::uint32_t id) const { return entries_[id].value; }
    [[nodiscard]] bool full() const { return held_ >= values_max_; }
    // Ids are below this.
    [[nodiscard]] std::uint32_t id_limit() const { return static_cast<std::uint32_t>(entries_.size()); }

private:
    // Where a value was found last, by some of its bytes: spares a keyed hash. A sender can spoil it, no more.
    static constexpr std::size_t recent_count = 4'096;
    [[nodiscard]] static std::size_t recent_place(std::string_view value);

    struct entry {
        std::string value;
        std::uint32_t uses = 0;
        minute_number last_seen = 0;
        bool held = false;
    };

    std::uint32_t claim(std::string_view value, minute_number now);
    void drop_unused(minute_number now);

    const identity_secret* secret_;
    std::size_t values_max_;
    std::function<void(std::uint32_t)> dropping_;
    std::size_t held_ = 0;
    minute_number next_drop_ = 0;
    std::vector<std::uint32_t> recent_ = std::vector<std::uint32_t>(recent_count, other);
    flat_index index_;
    std::vector<entry> entries_;
    std::vector<std::uint32_t> free_;
};

}  // namespace streamstats
