// An optional number in the room of the number: the greatest that the type has stands for none, and cannot be told from
// it. It has the part of std::optional that events need, and becomes one wherever one is asked for. Any thread.
#pragma once

#include <cassert>
#include <limits>
#include <optional>

namespace streamstats {

template <class Value>
class compact_optional {
public:
    constexpr compact_optional() = default;
    constexpr compact_optional(std::nullopt_t /*none*/) {}
    constexpr compact_optional(Value value) : value_(value) {}
    constexpr compact_optional(const std::optional<Value>& value) : value_(value.value_or(none)) {}

    [[nodiscard]] constexpr bool has_value() const { return value_ != none; }
    constexpr explicit operator bool() const { return has_value(); }
    constexpr operator std::optional<Value>() const { return has_value() ? std::optional(value_) : std::nullopt; }
    // There is one.
    constexpr Value operator*() const {
        assert(has_value());
        return value_;
    }
    [[nodiscard]] constexpr Value value_or(Value otherwise) const { return has_value() ? value_ : otherwise; }
    constexpr void reset() { value_ = none; }

    friend constexpr bool operator==(const compact_optional&, const compact_optional&) = default;

private:
    static constexpr Value none = [] {
        if constexpr (requires { Value::max(); }) {
            return Value::max();
        } else {
            return std::numeric_limits<Value>::max();
        }
    }();

    Value value_ = none;
};

}  // namespace streamstats
