// The members of an event that mean something to us (the field table of SEMANTICS 1), as found in the body.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

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
field field_named(std::string_view name);

enum class json_kind : std::uint8_t {
    null,
    boolean,
    number,
    string,
    broken_string,  // not Unicode text: a lone surrogate, or bytes that are not UTF-8
    array,
    object,
};

struct json_value {
    json_kind kind = json_kind::null;
    std::string_view text;  // number: as written; string: without quotes and escapes; else empty
};

class event_members {
public:
    void clear() {
        present_ = 0;
        damaged_ = false;
    }
    // Where to put the value of a field that was found; a later one takes the place of an earlier one.
    json_value& place_for(field f) {
        present_ |= 1U << index_of(f);
        return values_[index_of(f)];
    }
    [[nodiscard]] bool has(field f) const { return ((present_ >> index_of(f)) & 1U) != 0; }
    // Absent and null are the same: nullptr.
    [[nodiscard]] const json_value* find(field f) const {
        const json_value& value = values_[index_of(f)];
        return has(f) && value.kind != json_kind::null ? &value : nullptr;
    }

    // Some text of the event, at whatever depth, was not UTF-8.
    void set_damaged() { damaged_ = true; }
    [[nodiscard]] bool damaged() const { return damaged_; }

private:
    static constexpr std::size_t index_of(field f) { return static_cast<std::size_t>(f); }

    std::array<json_value, field_count> values_;
    std::uint32_t present_ = 0;
    bool damaged_ = false;
};

}  // namespace streamstats::wire
