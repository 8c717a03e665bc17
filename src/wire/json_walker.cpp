#include "wire/json_walker.hpp"

#include <algorithm>

#include "wire/numbers.hpp"
#include "wire/unescape.hpp"

namespace streamstats::wire {

json_walker::json_walker(std::string_view text, std::span<const std::uint32_t> tokens,
                         std::span<const std::size_t> damage)
    : text_(text),
      begin_(tokens.data()),
      token_(tokens.data()),
      end_(tokens.data() + tokens.size()),
      next_special_(text.data()),
      next_escape_(text.data()),
      damage_(damage) {}

std::string json_walker::reason() const {
    return std::string{failure_} + " near byte " + std::to_string(failed_near_);
}

bool json_walker::fail(const char* what) {
    return fail_at(newest_key_or_scalar(), what);
}

bool json_walker::fail_at(std::size_t near, const char* what) {
    failure_ = what;
    failed_near_ = near;
    return false;
}

// Where the newest of those that were gone past begins, a key behind its quote; 0: there is none.
std::size_t json_walker::newest_key_or_scalar() const {
    const auto is_structure = [this](std::uint32_t token) {
        return std::string_view{"[]{},:"}.find(text_[token]) != std::string_view::npos;
    };
    const std::uint32_t* behind = token_;
    while (behind != begin_ && is_structure(behind[-1])) --behind;
    if (behind == begin_) return 0;
    const bool is_key = behind != token_ && text_[*behind] == ':';
    return behind[-1] + (is_key ? std::size_t{1} : std::size_t{0});
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
    return walk_array([this] { return skip(); });
}

bool json_walker::skip_object() {
    return walk_object([this](std::string_view) { return skip(); });
}

bool json_walker::read_other(json_value& out) {
    switch (first()) {
        case '[':
            out.kind = json_kind::array;
            return skip_array();
        case '{':
            out.kind = json_kind::object;
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

inline std::string_view json_walker::take_scalar() {
    const std::string_view scalar = without_space_behind({text_.data() + token_[0], token_[1] - token_[0]});
    ++token_;
    return scalar;
}

inline bool json_walker::read_word(std::string_view word, json_kind kind, json_value& out) {
    const std::string_view scalar = take_scalar();
    out.kind = kind;
    return (scalar.size() == word.size() && packed(scalar) == packed(word)) || fail_at(token_[-1], malformed_value_);
}

bool json_walker::read_number(json_value& out) {
    out.text = take_scalar();
    out.kind = json_kind::plain_number;
    if (read_plain_number(out.text, offset_of(out.text.data()), out.number)) return true;
    out.kind = json_kind::number;
    return is_json_number(out.text) || fail_at(token_[-1], malformed_value_);
}

// Strings come in order, so that what is special is looked for in one pass over the text.
void json_walker::find_special(std::size_t from) {
    const char* const end = text_.data() + text_.size();
    if (offset_of(next_escape_) <= from) {
        const void* const found = std::memchr(text_.data() + from, '\\', text_.size() - from);
        next_escape_ = found == nullptr ? end : static_cast<const char*>(found);
    }
    damage_ = {std::lower_bound(damage_.begin(), damage_.end(), from), damage_.end()};
    const char* const next_damage = damage_.empty() ? end : text_.data() + damage_.front();
    next_special_ = std::min(next_escape_, next_damage);
}

// One that may have escapes or be damaged.
bool json_walker::read_special_string(std::string_view raw, json_value& out) {
    find_special(offset_of(raw.data()));
    if (is_plain(raw)) return true;
    const bool is_damaged = !damage_.empty() && text_.data() + damage_.front() < raw.data() + raw.size();
    if (next_escape_ < raw.data() + raw.size() && !unescape(raw, out)) return false;
    if (is_damaged) {
        ++damaged_strings_;
        out.kind = json_kind::broken_string;
    }
    return true;
}

bool json_walker::unescape(std::string_view raw, json_value& out) {
    // Never grows past this, so the views of the texts stay good.
    if (unescaped_.capacity() < text_.size()) unescaped_.reserve(text_.size());
    const std::size_t begin = unescaped_.size();
    const unescaped result = append_unescaped(raw, unescaped_);
    if (result == unescaped::malformed) return fail("an escape in a string is malformed");
    out.text = std::string_view{unescaped_}.substr(begin);
    if (result == unescaped::lone_surrogate) out.kind = json_kind::broken_string;
    return true;
}

bool json_walker::read_special_key(std::string_view raw) {
    json_value key;
    key.kind = json_kind::string;
    key.text = raw;
    if (!read_special_string(raw, key)) return false;
    // One that is no text is no name of ours.
    special_key_ = key.kind == json_kind::string ? key.text : std::string_view{};
    return true;
}

}  // namespace streamstats::wire
