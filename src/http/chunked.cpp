#include "http/chunked.hpp"

#include <algorithm>
#include <optional>

#include "http/characters.hpp"

namespace streamstats::http {
namespace {

constexpr unsigned size_digits_max = 8;

// What may follow; nothing: the character breaks the grammar. The end of the line is not asked for here.
std::optional<extension_step> after(extension_step where, char c) {
    using enum extension_step;
    const auto either = [c](extension_step on_blank, std::optional<extension_step> else_) {
        return is_blank(c) ? std::optional{on_blank} : else_;
    };
    const auto if_token = [c](extension_step next) {
        return is_token_character(c) ? std::optional{next} : std::nullopt;
    };
    switch (where) {
        case before_semicolon:
            return either(before_semicolon, c == ';' ? std::optional{before_name} : std::nullopt);
        case before_name:
            return either(before_name, if_token(name));
        case name:
        case after_name:
            if (c == ';') return before_name;
            if (c == '=') return before_value;
            return either(after_name, where == name ? if_token(name) : std::nullopt);
        case before_value:
            return either(before_value, c == '"' ? std::optional{quoted} : if_token(value));
        case value:
            if (c == ';') return before_name;
            return either(before_semicolon, if_token(value));
        case quoted:
            if (c == '"') return after_quoted;
            if (c == '\\') return quoted_pair;
            return is_field_character(c) ? std::optional{quoted} : std::nullopt;
        case quoted_pair:
            return is_field_character(c) ? std::optional{quoted} : std::nullopt;
        case after_quoted:
            return either(before_semicolon, c == ';' ? std::optional{before_name} : std::nullopt);
    }
    return std::nullopt;
}

bool may_end(extension_step where) {
    return where == extension_step::name || where == extension_step::value || where == extension_step::after_quoted;
}

}  // namespace

std::size_t chunk_reader::take(std::string_view input, std::string& into) {
    std::size_t taken = 0;
    while (taken < input.size() && state_ == chunk_state::more) {
        if (step_ == step::data) {
            taken += take_data(input.substr(taken), into);
        } else {
            take_character(input[taken]);
            ++taken;
        }
    }
    return taken;
}

void chunk_reader::take_character(char c) {
    constexpr std::string_view no_trailers = "the last chunk must be followed by a blank line, not by trailers";
    switch (step_) {
        case step::size:
            return take_size(c);
        case step::extension:
            return take_extension(c);
        case step::size_end:
            return c == '\n' ? end_of_size_line() : fail("a chunk size must end with CR LF");
        case step::data:
            return;  // taken as a piece
        case step::data_return:
            return expect(c, '\r', step::data_end);
        case step::data_end:
            return expect(c, '\n', step::size);
        case step::last_return:
            if (c != '\r') return fail(no_trailers);
            step_ = step::last_end;
            return;
        case step::last_end:
            if (c != '\n') return fail(no_trailers);
            state_ = chunk_state::whole;
            return;
    }
}

void chunk_reader::take_size(char c) {
    if (const int digit = hexadecimal(c); digit >= 0) {
        if (++digits_ > size_digits_max) return fail("a chunk size must have at most 8 digits");
        chunk_left_ = chunk_left_ * 16 + static_cast<std::size_t>(digit);
        return;
    }
    if (digits_ == 0) return fail("a chunk must begin with its size in hexadecimal digits");
    if (c == '\r') {
        step_ = step::size_end;
    } else if (c == ';') {
        begin_extension(extension_step::before_name);
    } else if (is_blank(c)) {
        begin_extension(extension_step::before_semicolon);
    } else {
        fail("a chunk size must be hexadecimal digits and nothing else");
    }
}

void chunk_reader::begin_extension(extension_step where) {
    step_ = step::extension;
    extension_ = where;
}

void chunk_reader::take_extension(char c) {
    if (c == '\r' && may_end(extension_)) {
        step_ = step::size_end;
        return;
    }
    const auto next = after(extension_, c);
    if (!next) return fail("a chunk extension must have the form ;name or ;name=value");
    if (++extension_bytes_ > extension_bytes_max)
        return fail("chunk extensions must be at most 4096 bytes long together");
    extension_ = *next;
}

void chunk_reader::expect(char c, char wanted, step next) {
    if (c != wanted) return fail("the data of a chunk must be as long as its size says and end with CR LF");
    step_ = next;
}

void chunk_reader::end_of_size_line() {
    digits_ = 0;
    if (chunk_left_ == 0) {
        step_ = step::last_return;
    } else if (chunk_left_ > body_bytes_max_ - body_bytes_) {
        state_ = chunk_state::too_large;
    } else {
        step_ = step::data;
    }
}

std::size_t chunk_reader::take_data(std::string_view input, std::string& into) {
    const std::size_t size = std::min(input.size(), chunk_left_);
    into.append(input.substr(0, size));
    body_bytes_ += size;
    chunk_left_ -= size;
    if (chunk_left_ == 0) step_ = step::data_return;
    return size;
}

void chunk_reader::fail(std::string_view rule) {
    state_ = chunk_state::broken;
    rule_ = rule;
}

}  // namespace streamstats::http
