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
    // Any value, which is only checked.
    bool skip();

    // How many of the strings up to here were damaged.
    [[nodiscard]] std::size_t damaged_strings() const { return damaged_strings_; }

    // Why it is not JSON.
    [[nodiscard]] std::string reason() const;
    // Makes `what` the reason, near the newest key or scalar. Always false.
    bool fail(const char* what);

private:
    bool enter();
    bool leave();
    bool skip_array();
    bool skip_object();
    bool read_special_key(std::string_view raw);
    bool read_other(json_value& out);
    bool read_number(json_value& out);
    bool read_word(std::string_view word, json_kind kind, json_value& out);
    bool read_string(json_value& out);
    bool read_special_string(std::string_view raw, json_value& out);
    bool unescape(std::string_view raw, json_value& out);
    void find_special(std::size_t from);
    [[nodiscard]] std::string_view inside_of_string() const;
    [[nodiscard]] std::size_t offset_of(const char* at) const { return static_cast<std::size_t>(at - text_.data()); }
    // A string in front of what is special is the text that it stands for: one comparison instead of a look at it.
    [[nodiscard]] bool is_plain(std::string_view raw) const { return raw.data() + raw.size() <= next_special_; }
    std::string_view take_scalar();  // a number or a word
    bool fail_at(std::size_t near, const char* what);
    [[nodiscard]] std::size_t newest_key_or_scalar() const;

    static constexpr const char* malformed_array_ = "an array is malformed";
    static constexpr const char* malformed_value_ = "a value is malformed";
    static constexpr const char* malformed_object_ = "a member of an object is malformed";

    std::string_view text_;
    const std::uint32_t* const begin_;
    const std::uint32_t* token_;  // the next
    const std::uint32_t* const end_;
    const char* next_special_;  // from the newest string on there is neither escape nor damage in front of it
    const char* next_escape_;   // the first backslash from the newest string on, or one that is behind us
    std::span<const std::size_t> damage_;
    json_value passed_;  // one that nobody wants to know
    std::string unescaped_;
    std::string_view special_key_;  // the text of the newest key that was no plain one
    std::size_t depth_ = 0;
    const char* failure_ = nullptr;
    std::size_t failed_near_ = 0;
    std::size_t damaged_strings_ = 0;
};

template <class Visit>
bool json_walker::walk_object(Visit visit) {
    if (!enter()) return false;
    if (first() == '}') return leave();
    for (;;) {
        if (first() != '"' || text_[token_[1]] != ':') return fail(malformed_object_);
        std::string_view name = inside_of_string();
        token_ += 2;
        if (!is_plain(name)) {
            if (!read_special_key(name)) return false;
            name = special_key_;
        }
        if (!visit(name)) return false;
        if (at_end()) return fail(malformed_object_);
        if (first() == ',') {
            ++token_;
        } else {
            return first() == '}' ? leave() : fail(malformed_object_);
        }
    }
}

template <class Visit>
bool json_walker::walk_array(Visit visit) {
    if (!enter()) return false;
    if (first() == ']') return leave();
    for (;;) {
        if (!visit()) return false;
        if (at_end()) return fail(malformed_array_);
        if (first() == ',') {
            ++token_;
        } else {
            return first() == ']' ? leave() : fail(malformed_array_);
        }
    }
}

// Of the string that is the next token: only white space is between it and the token after.
inline std::string_view json_walker::inside_of_string() const {
    const char* const begin = text_.data() + token_[0] + 1;
    const char* end = text_.data() + token_[1] - 1;
    while (*end != '"') --end;
    return {begin, static_cast<std::size_t>(end - begin)};
}

inline bool json_walker::read_string(json_value& out) {
    const std::string_view raw = inside_of_string();
    ++token_;
    out.kind = json_kind::string;
    out.text = raw;
    return is_plain(raw) || read_special_string(raw, out);
}

// Most values are strings, and most others are numbers.
inline bool json_walker::read(json_value& out) {
    if (first() == '"') return read_string(out);
    return first() >= '0' && first() <= '9' ? read_number(out) : read_other(out);
}

inline bool json_walker::skip() {
    if (first() == '"' && is_plain(inside_of_string())) {
        ++token_;
        return true;
    }
    return read(passed_);
}

}  // namespace streamstats::wire
