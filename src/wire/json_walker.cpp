#include "wire/json_walker.hpp"

#include <algorithm>

#include "wire/numbers.hpp"
#include "wire/unescape.hpp"

namespace streamstats::wire {

json_walker::json_walker(std::string_view text, std::span<const std::uint32_t> tokens,
                         std::span<const std::size_t> damage)
    : text_(text),
      token_(tokens.data()),
      end_(tokens.data() + tokens.size()),
      damage_(damage),
      next_escape_(text.data()) {}

std::string json_walker::reason() const {
    return std::string{failure_} + " near byte " + std::to_string(at_);
}

bool json_walker::fail(const char* what) {
    failure_ = what;
    return false;
}

bool json_walker::enter() {
    static_assert(json_depth_max == 1'024, "said in words below");
    if (depth_ == json_depth_max) return fail("arrays and objects are nested more than 1024 deep");
    ++depth_;
    ++token_;
    return true;
}

bool json_walker::leave() {
    --depth_;
    ++token_;
    return true;
}

bool json_walker::skip_array() {
    return walk_array([this] {
        json_value passed;
        return read(passed);
    });
}

bool json_walker::skip_object() {
    return walk_object([this](std::string_view) {
        json_value passed;
        return read(passed);
    });
}

bool json_walker::read_other(json_value& out) {
    switch (first()) {
        case '[':
            out = {json_kind::array, {}};
            return skip_array();
        case '{':
            out = {json_kind::object, {}};
            return skip_object();
        case 't':
            return read_word("true", json_kind::boolean, out);
        case 'f':
            return read_word("false", json_kind::boolean, out);
        case 'n':
            return read_word("null", json_kind::null, out);
        default:
            return read_number(out);
    }
}

std::string_view json_walker::take_scalar() {
    at_ = *token_;
    const std::string_view scalar = without_space_behind({text_.data() + token_[0], token_[1] - token_[0]});
    ++token_;
    return scalar;
}

bool json_walker::read_word(std::string_view word, json_kind kind, json_value& out) {
    out = {kind, {}};
    return take_scalar() == word || fail("a value is malformed");
}

bool json_walker::read_number(json_value& out) {
    out = {json_kind::number, take_scalar()};
    return is_json_number(out.text) || fail("a value is malformed");
}

// One with escapes, or that may be damaged.
bool json_walker::read_special_string(std::string_view raw, json_value& out) {
    if (has_escape(raw)) {
        // Never grows past this, so the views of the texts stay good.
        if (unescaped_.capacity() < text_.size()) unescaped_.reserve(text_.size());
        const std::size_t begin = unescaped_.size();
        const unescaped result = append_unescaped(raw, unescaped_);
        if (result == unescaped::malformed) return fail("an escape in a string is malformed");
        out.text = std::string_view{unescaped_}.substr(begin);
        if (result == unescaped::lone_surrogate) out = {json_kind::broken_string, {}};
    }
    if (!damage_.empty() && is_damaged(raw)) {
        ++damaged_strings_;
        out = {json_kind::broken_string, {}};
    }
    return true;
}

bool json_walker::read_text_of_key(std::string_view& name) {
    json_value key{json_kind::string, name};
    if (!read_special_string(name, key)) return false;
    name = key.text;
    return true;
}

bool json_walker::is_damaged(std::string_view raw) const {
    const auto begin = static_cast<std::size_t>(raw.data() - text_.data());
    const auto next = std::lower_bound(damage_.begin(), damage_.end(), begin);
    return next != damage_.end() && *next < begin + raw.size();
}

}  // namespace streamstats::wire
