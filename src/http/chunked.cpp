#include "http/chunked.hpp"

#include <algorithm>

namespace streamstats::http {
namespace {

constexpr unsigned size_digits_max = 8;

int hexadecimal(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
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
        step_ = step::extension;
    } else {
        fail("a chunk size must be hexadecimal digits and nothing else");
    }
}

void chunk_reader::take_extension(char c) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\r') {
        step_ = step::size_end;
    } else if ((byte < 0x20 && c != '\t') || byte == 0x7f) {
        fail("a chunk extension must not contain control characters");
    } else if (++extension_bytes_ > extension_bytes_max) {
        fail("chunk extensions must be at most 4096 bytes long together");
    }
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
