// The members of an event that mean something to us (the field table of SEMANTICS 1), as found in the body.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "wire/packed_name.hpp"

namespace streamstats::wire {

enum class field : std::uint8_t {
    event,
    id,
    server,
    media,
    user_id,
    ip,
    user_agent,
    country,
    proto,
    bytes,
    opened_at,
    closed_at,
    updated_at,
    utc_ms,
    time,
    events,    // not of an event: of the object around a batch
    unknown_,  // any other name
};
inline constexpr std::size_t field_count = static_cast<std::size_t>(field::unknown_);

std::string_view name_of(field f);

struct known_name {
    packed_name name;
    std::size_t size = 0;
    field meant = field::unknown_;
};

// Each known name has a place of its own, so that one comparison tells.
inline constexpr std::size_t known_name_places = 32;
extern const std::array<known_name, known_name_places> names_by_place;

constexpr std::size_t place_of(std::string_view name) {
    return ((number_at<std::uint16_t>(name.data()) * 19U >> 8U) + name.size()) % known_name_places;
}

inline field field_named(std::string_view name) {
    if (name.size() < packed_bytes_min) return field::unknown_;
    const known_name& candidate = names_by_place[place_of(name)];
    return candidate.size == name.size() && candidate.name == packed(name) ? candidate.meant : field::unknown_;
}

enum class json_kind : std::uint8_t {
    absent,
    null,
    boolean,
    plain_number,  // see read_plain_number()
    number,        // any other
    string,
    broken_string,  // not Unicode text: a lone surrogate, or bytes that are not UTF-8
    array,
    object,
};

struct json_value {
    json_kind kind = json_kind::absent;
    std::string_view text;     // number: as written; string: without quotes and escapes; else of no meaning
    std::uint64_t number = 0;  // of a plain one; else of no meaning
};

class event_members {
public:
    void clear() {
        for (json_value& value : values_) value.kind = json_kind::absent;
        damaged_ = false;
    }
    // Where to put the value of a field that was found; a later one takes the place of an earlier one.
    json_value& place_for(field f) { return values_[index_of(f)]; }
    [[nodiscard]] bool has(field f) const { return values_[index_of(f)].kind != json_kind::absent; }
    // Absent and null are the same: nullptr.
    [[nodiscard]] const json_value* find(field f) const {
        const json_value& value = values_[index_of(f)];
        return value.kind > json_kind::null ? &value : nullptr;
    }

    // Some text of the event, at whatever depth, was not UTF-8.
    void set_damaged() { damaged_ = true; }
    [[nodiscard]] bool damaged() const { return damaged_; }

private:
    static constexpr std::size_t index_of(field f) { return static_cast<std::size_t>(f); }

    std::array<json_value, field_count> values_;
    bool damaged_ = false;
};

}  // namespace streamstats::wire
