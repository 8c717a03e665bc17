#include "http/header_gate.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace streamstats::http {
namespace {

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

constexpr bool is_token_character(char c) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || others.find(c) != std::string_view::npos;
}

constexpr std::array<bool, 256> make_token_table() {
    std::array<bool, 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = is_token_character(static_cast<char>(i));
    return table;
}
constexpr std::array<bool, 256> token_table = make_token_table();

bool is_token(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return token_table[static_cast<unsigned char>(c)]; });
}

// Visible ASCII, space, tab and bytes beyond ASCII; no other control character.
bool is_field_content(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
    });
}

bool is_visible(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool equal_ignoring_case(std::string_view text, std::string_view lower) {
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
}

refusal broken(unsigned status, std::string_view field, std::string_view rule) {
    return refused(status, "The header block of the request breaks a rule of HTTP; the connection is closed.",
                   std::string{field}, std::string{rule});
}

// The fields that say where a request ends, as they are met.
struct framing {
    bool http_1_1 = false;
    unsigned hosts = 0;
    unsigned lengths = 0;
    unsigned encodings = 0;
};

std::optional<refusal> check_request_line(std::string_view line, framing& seen) {
    constexpr std::string_view rule = "must be a method, a target and HTTP/1.1, one space between them";
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return broken(400, "request line", rule);
    const std::string_view version = line.substr(last + 1);
    if (!is_token(line.substr(0, first)) || !is_visible(line.substr(first + 1, last - first - 1)))
        return broken(400, "request line", rule);
    seen.http_1_1 = version == "HTTP/1.1";
    if (seen.http_1_1 || version == "HTTP/1.0") return std::nullopt;
    const bool other_version = version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
                               version[6] == '.' && is_digit(version[7]);
    return broken(other_version ? 505 : 400, "request line", rule);
}

std::optional<refusal> check_content_length(std::string_view value, framing& seen) {
    constexpr std::size_t digits_max = 18;  // fits 64 bits
    if (++seen.lengths > 1) return broken(400, "Content-Length", "must not be given twice");
    if (value.empty() || value.size() > digits_max || !std::all_of(value.begin(), value.end(), is_digit))
        return broken(400, "Content-Length", "must be 1 to 18 decimal digits");
    return std::nullopt;
}

std::optional<refusal> check_transfer_encoding(std::string_view value, framing& seen) {
    if (++seen.encodings > 1) return broken(400, "Transfer-Encoding", "must not be given twice");
    if (!seen.http_1_1) return broken(400, "Transfer-Encoding", "must not be used in HTTP/1.0");
    if (!equal_ignoring_case(value, "chunked"))
        return broken(501, "Transfer-Encoding", "must be chunked, or be left out");
    return std::nullopt;
}

std::optional<refusal> check_field(std::string_view line, framing& seen) {
    if (line.front() == ' ' || line.front() == '\t') return broken(400, "", "a field must not go on in a second line");
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
        return broken(400, "", "a field must be a name of token characters with a colon right after it");
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!is_field_content(value)) return broken(400, name, "must not contain control characters");
    if (equal_ignoring_case(name, "content-length")) return check_content_length(value, seen);
    if (equal_ignoring_case(name, "transfer-encoding")) return check_transfer_encoding(value, seen);
    if (equal_ignoring_case(name, "host") &&
        (++seen.hosts > 1 || value.find_first_of(" \t,") != std::string_view::npos))
        return broken(400, "Host", "must be given once, and be one host");
    return std::nullopt;
}

}  // namespace

std::optional<std::size_t> head_search::find_end(std::string_view arrived) {
    if (refused_ || arrived.empty()) return std::nullopt;
    if (line_start_ == 0 && !token_table[static_cast<unsigned char>(arrived.front())]) {
        refused_ = broken(400, "request line", "must begin with a method (this port speaks plain HTTP)");
        return std::nullopt;
    }
    for (auto end = arrived.find('\n', line_start_); end != std::string_view::npos;
         end = arrived.find('\n', line_start_)) {
        if (end == 0 || arrived[end - 1] != '\r') {
            refused_ = broken(400, "", "a line must end with CR LF");
            return std::nullopt;
        }
        if (first_line_ && end > limits_.target_bytes_max) break;
        first_line_ = false;
        const bool blank = end - 1 == line_start_;
        line_start_ = end + 1;
        if (line_start_ > limits_.header_bytes_max) break;
        if (blank) return line_start_;
    }
    check_length(arrived);
    return std::nullopt;
}

void head_search::check_length(std::string_view arrived) {
    if (first_line_ && arrived.size() > limits_.target_bytes_max)
        refused_ =
            broken(414, "request line", "must be at most " + std::to_string(limits_.target_bytes_max) + " bytes long");
    else if (arrived.size() > limits_.header_bytes_max)
        refused_ = broken(
            431, "", "the header block must be at most " + std::to_string(limits_.header_bytes_max) + " bytes long");
}

std::optional<refusal> check_head(std::string_view block) {
    framing seen;
    bool first = true;
    while (true) {
        const auto end = block.find("\r\n");
        if (end == std::string_view::npos) return broken(400, "", "a header block must end with a blank line");
        const std::string_view line = block.substr(0, end);
        block.remove_prefix(end + 2);
        if (line.empty()) break;
        if (auto refused = first ? check_request_line(line, seen) : check_field(line, seen)) return refused;
        first = false;
    }
    if (first || !block.empty()) return broken(400, "request line", "must come first");
    if (seen.lengths > 0 && seen.encodings > 0)
        return broken(400, "Content-Length", "must not be given together with Transfer-Encoding");
    if (seen.http_1_1 && seen.hosts == 0) return broken(400, "Host", "must be given");
    return std::nullopt;
}

}  // namespace streamstats::http
