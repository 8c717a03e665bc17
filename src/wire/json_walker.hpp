// Walks over a JSON text that simdjson has indexed, and checks all of it on the way: simdjson's on-demand interface
// leaves what is passed over unchecked. Unlike its DOM it has room for 1e400, 2^64 and lone surrogates: they are JSON.
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "streamstats/wire/decode.hpp"
#include "wire/event_members.hpp"

namespace streamstats::wire {

// simdjson hands out a token together with the white space behind it.
inline std::string_view without_space_behind(std::string_view token) {
    const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
    while (!token.empty() && is_space(token.back())) token.remove_suffix(1);
    return token;
}

class json_walker {
public:
    using object = simdjson::ondemand::object;
    using array = simdjson::ondemand::array;
    using value = simdjson::ondemand::value;

    // `damage`: offsets in `text` of what stands for bytes that were not UTF-8, ascending.
    json_walker(std::string_view text, std::span<const std::size_t> damage);

    // Each returns false once the text turns out not to be JSON; then only reason() may be called.

    // Calls visit(name, value) for each member; `visit` must read() or walk the value.
    template <class Visit>
    bool walk(object members, Visit visit);
    // Calls visit(value) for each element.
    template <class Visit>
    bool walk(array elements, Visit visit);
    // A scalar, with its text (which lives as long as the walker); an array or an object is only checked.
    bool read(value& in, json_value& out);
    // The same for the only token of a text that is neither array nor object.
    bool read_scalar(std::string_view token, json_value& out);

    // How many of the strings up to here were damaged.
    [[nodiscard]] std::size_t damaged_strings() const { return damaged_strings_; }

    // Why it is not JSON.
    [[nodiscard]] std::string reason() const;
    // Makes `what`, found by the caller, the reason. Always false.
    bool fail(const char* what);

private:
    bool enter();
    bool read_key(std::string_view raw, std::string_view& name);
    bool read_string(std::string_view token, json_value& out);
    bool has_escape(std::string_view token);
    [[nodiscard]] bool is_damaged(std::string_view token) const;

    std::string_view text_;
    std::span<const std::size_t> damage_;
    const char* at_;           // the newest token
    const char* next_escape_;  // the first backslash from the newest string on
    std::string unescaped_;
    std::size_t depth_ = 0;
    const char* failure_ = nullptr;
    std::size_t damaged_strings_ = 0;
};

template <class Visit>
bool json_walker::walk(object members, Visit visit) {
    if (!enter()) return false;
    for (auto member : members) {
        if (member.error() != simdjson::SUCCESS) return fail("a member of an object is malformed");
        auto& found = member.value_unsafe();  // a reference: copies of these structures are dear here
        value& in = found.value();
        // From the key to the colon there are only the closing quote and white space.
        const char* const key = found.key().raw();
        const char* key_end = in.raw_json_token().data() - 1;
        while (*key_end != '"') --key_end;
        std::string_view name;
        if (!read_key({key, static_cast<std::size_t>(key_end - key)}, name) || !visit(name, in)) return false;
    }
    --depth_;
    return true;
}

template <class Visit>
bool json_walker::walk(array elements, Visit visit) {
    if (!enter()) return false;
    for (auto element : elements) {
        if (element.error() != simdjson::SUCCESS) return fail("an array is malformed");
        auto& in = element.value_unsafe();
        if (!visit(in)) return false;
    }
    --depth_;
    return true;
}

inline bool json_walker::has_escape(std::string_view token) {
    // One pass over the text instead of a look at each string: strings come in order.
    if (next_escape_ < token.data()) {
        const char* const end = text_.data() + text_.size();
        const void* const found = std::memchr(token.data(), '\\', static_cast<std::size_t>(end - token.data()));
        next_escape_ = found == nullptr ? end : static_cast<const char*>(found);
    }
    return next_escape_ < token.data() + token.size();
}

inline bool json_walker::read_key(std::string_view raw, std::string_view& name) {
    at_ = raw.data();
    name = raw;
    if (!has_escape(raw) && damage_.empty()) return true;
    json_value key;
    if (!read_string({raw.data() - 1, raw.size() + 2}, key)) return false;
    name = key.text;
    return true;
}

}  // namespace streamstats::wire
