// Walks over a JSON text whose tokens were found, and checks all of it on the way. Unlike the parsers of simdjson it
// has room for 1e400, 2^64 and lone surrogates (they are JSON), and leaves nothing unchecked that is passed over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "streamstats/wire/decode.hpp"
#include "wire/event_members.hpp"

namespace streamstats::wire {

// A token goes to the next one, with the white space between.
inline std::string_view without_space_behind(std::string_view token) {
    const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
    while (!token.empty() && is_space(token.back())) token.remove_suffix(1);
    return token;
}

class json_walker {
public:
    // `tokens`: where those of `text` begin (token_index). `damage`: offsets in `text` of what stands for bytes that
    // were not UTF-8. Both ascending.
    json_walker(std::string_view text, std::span<const std::uint32_t> tokens, std::span<const std::size_t> damage);

    // Where the next token begins; behind the last: the size of the text.
    [[nodiscard]] std::size_t position() const { return *token_; }
    [[nodiscard]] bool at_end() const { return token_ == end_; }
    // The first byte of the next token, if there is one.
    [[nodiscard]] char first() const { return text_[*token_]; }
    // Whether the last token of the text is this bracket. Unless it is, the text's array or object may not be walked:
    // it stops the walk where an inner one is not closed, so that only behind a value need the end be looked for.
    [[nodiscard]] bool ends_with(char bracket) const { return text_[end_[-1]] == bracket; }

    // Each of the following returns false once the text turns out not to be JSON; then only reason() may be called.

    // At a '{'. Calls visit(name) for each member; `visit` must read() or walk the value.
    template <class Visit>
    bool walk_object(Visit visit);
    // At a '['. Calls visit() for each element; `visit` must read() or walk it.
    template <class Visit>
    bool walk_array(Visit visit);
    // A scalar, with its text (which lives as long as the walker and its text); an array or an object is only checked.
    bool read(json_value& out);

    // How many of the strings up to here were damaged.
    [[nodiscard]] std::size_t damaged_strings() const { return damaged_strings_; }

    // Why it is not JSON.
    [[nodiscard]] std::string reason() const;
    // Makes `what`, found by the caller, the reason. Always false.
    bool fail(const char* what);

private:
    bool enter();
    bool leave();
    bool skip_array();
    bool skip_object();
    bool read_key(std::string_view& name);
    bool read_text_of_key(std::string_view& name);
    bool read_other(json_value& out);
    bool read_number(json_value& out);
    bool read_word(std::string_view word, json_kind kind, json_value& out);
    bool read_string(json_value& out);
    bool read_special_string(std::string_view raw, json_value& out);
    bool has_escape(std::string_view raw);
    [[nodiscard]] bool is_damaged(std::string_view raw) const;
    [[nodiscard]] std::size_t closing_quote() const;
    std::string_view take_scalar();  // a number or a word

    static constexpr const char* malformed_array_ = "an array is malformed";
    static constexpr const char* malformed_object_ = "a member of an object is malformed";

    std::string_view text_;
    const std::uint32_t* token_;  // the next
    const std::uint32_t* end_;
    std::span<const std::size_t> damage_;
    std::size_t at_ = 0;       // the newest key or scalar
    const char* next_escape_;  // the first backslash from the newest string on
    std::string unescaped_;
    std::size_t depth_ = 0;
    const char* failure_ = nullptr;
    std::size_t damaged_strings_ = 0;
};

template <class Visit>
bool json_walker::walk_object(Visit visit) {
    if (!enter()) return false;
    if (first() == '}') return leave();
    for (;;) {
        std::string_view name;
        if (!read_key(name) || !visit(name)) return false;
        if (at_end()) return fail(malformed_object_);
        if (first() == '}') return leave();
        if (first() != ',') return fail(malformed_object_);
        ++token_;
    }
}

template <class Visit>
bool json_walker::walk_array(Visit visit) {
    if (!enter()) return false;
    if (first() == ']') return leave();
    for (;;) {
        if (!visit()) return false;
        if (at_end()) return fail(malformed_array_);
        if (first() == ']') return leave();
        if (first() != ',') return fail(malformed_array_);
        ++token_;
    }
}

inline bool json_walker::has_escape(std::string_view raw) {
    // One pass over the text instead of a look at each string: strings come in order.
    if (next_escape_ < raw.data()) {
        const char* const end = text_.data() + text_.size();
        const void* const found = std::memchr(raw.data(), '\\', static_cast<std::size_t>(end - raw.data()));
        next_escape_ = found == nullptr ? end : static_cast<const char*>(found);
    }
    return next_escape_ < raw.data() + raw.size();
}

// Of the string that is the next token: only white space is between it and the token after.
inline std::size_t json_walker::closing_quote() const {
    std::size_t at = token_[1] - 1;
    while (text_[at] != '"') --at;
    return at;
}

inline bool json_walker::read_key(std::string_view& name) {
    if (first() != '"' || text_[token_[1]] != ':') return fail(malformed_object_);
    const std::size_t begin = token_[0] + 1;
    name = {text_.data() + begin, closing_quote() - begin};
    at_ = begin;
    token_ += 2;
    return (!has_escape(name) && damage_.empty()) || read_text_of_key(name);
}

inline bool json_walker::read_string(json_value& out) {
    at_ = *token_;
    const std::size_t begin = token_[0] + 1;
    const std::size_t end = closing_quote();
    if (end < begin) return fail("a string is not closed");
    ++token_;
    const std::string_view raw{text_.data() + begin, end - begin};
    out = {json_kind::string, raw};
    return (!has_escape(raw) && damage_.empty()) || read_special_string(raw, out);
}

// Most values are strings.
inline bool json_walker::read(json_value& out) {
    return first() == '"' ? read_string(out) : read_other(out);
}

}  // namespace streamstats::wire
