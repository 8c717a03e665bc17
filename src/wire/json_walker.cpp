#include "wire/json_walker.hpp"

#include <algorithm>

#include "wire/numbers.hpp"
#include "wire/unescape.hpp"

namespace streamstats::wire {
json_walker::json_walker(std::string_view text, std::span<const std::size_t> damage)
    : text_(text), damage_(damage), at_(text.data()), next_escape_(text.data()) {
    has_escape(text_.substr(0, 0));
}

std::string json_walker::reason() const {
    return std::string{failure_} + " near byte " + std::to_string(at_ - text_.data());
}

bool json_walker::fail(const char* what) {
    failure_ = what;
    return false;
}

bool json_walker::enter() {
    static_assert(json_depth_max == 1'024, "said in words below");
    if (depth_ == json_depth_max) return fail("arrays and objects are nested more than 1024 deep");
    ++depth_;
    return true;
}

bool json_walker::read(value& in, json_value& out) {
    const std::string_view token = without_space_behind(in.raw_json_token());
    const char first = token.empty() ? '\0' : token.front();
    if (first == '[') {
        out = {json_kind::array, {}};
        array elements;
        if (in.get_array().get(elements) != simdjson::SUCCESS) return fail("an array is malformed");
        return walk(elements, [this](value& element) {
            json_value passed;
            return read(element, passed);
        });
    }
    if (first == '{') {
        out = {json_kind::object, {}};
        object members;
        if (in.get_object().get(members) != simdjson::SUCCESS) return fail("an object is malformed");
        return walk(members, [this](std::string_view, value& member) {
            json_value passed;
            return read(member, passed);
        });
    }
    // Passing over a string that nobody took, simdjson would mistake it for a key if a colon follows.
    simdjson::ondemand::raw_json_string taken;
    if (first == '"' && in.get_raw_json_string().get(taken) != simdjson::SUCCESS) return fail("a string is malformed");
    return read_scalar(token, out);
}

bool json_walker::read_scalar(std::string_view token, json_value& out) {
    at_ = token.data();
    switch (token.empty() ? '\0' : token.front()) {
        case '"':
            return read_string(token, out);
        case 't':
            out = {json_kind::boolean, {}};
            return token == "true" || fail("a value is malformed");
        case 'f':
            out = {json_kind::boolean, {}};
            return token == "false" || fail("a value is malformed");
        case 'n':
            out = {json_kind::null, {}};
            return token == "null" || fail("a value is malformed");
        default:
            out = {json_kind::number, token};
            return is_json_number(token) || fail("a value is malformed");
    }
}

bool json_walker::is_damaged(std::string_view token) const {
    const auto begin = static_cast<std::size_t>(token.data() - text_.data());
    const auto next = std::lower_bound(damage_.begin(), damage_.end(), begin);
    return next != damage_.end() && *next < begin + token.size();
}

bool json_walker::read_string(std::string_view token, json_value& out) {
    if (token.size() < 2 || token.back() != '"') return fail("a string is not closed");
    const std::string_view raw = token.substr(1, token.size() - 2);
    out = {json_kind::string, raw};
    if (has_escape(raw)) {
        // Never grows past this, so the views of the texts stay good.
        if (unescaped_.capacity() < text_.size()) unescaped_.reserve(text_.size());
        const std::size_t begin = unescaped_.size();
        const unescaped result = append_unescaped(raw, unescaped_);
        if (result == unescaped::malformed) return fail("an escape in a string is malformed");
        out.text = std::string_view{unescaped_}.substr(begin);
        if (result == unescaped::lone_surrogate) out = {json_kind::broken_string, {}};
    }
    if (!damage_.empty() && is_damaged(token)) {
        ++damaged_strings_;
        out = {json_kind::broken_string, {}};
    }
    return true;
}

}  // namespace streamstats::wire
