#include "http/header_gate.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "http/characters.hpp"
#include "http/uri.hpp"

namespace streamstats::http {
namespace {

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

bool is_field_content(std::string_view text) {
    return std::all_of(text.begin(), text.end(), is_field_character);
}

bool is_visible(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
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
    const std::string_view method = line.substr(0, first);
    const std::string_view target = line.substr(first + 1, last - first - 1);
    if (!is_token(method) || !is_visible(target)) return broken(400, "request line", rule);
    seen.http_1_1 = version == "HTTP/1.1";
    if (!seen.http_1_1 && version != "HTTP/1.0") {
        const bool other_version = version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
                                   version[6] == '.' && is_digit(version[7]);
        return broken(other_version ? 505 : 400, "request line", rule);
    }
    if (const auto broken_rule = broken_target_rule(method, target)) return broken(400, "request line", *broken_rule);
    return std::nullopt;
}

std::optional<refusal> check_content_length(std::string_view value, framing& seen) {
    constexpr std::size_t digits_max = 18;  // fits 64 bits
    if (++seen.lengths > 1) return broken(400, "Content-Length", "must not be given twice");
    const bool zeros_in_front = value.size() > 1 && value.front() == '0';
    if (value.empty() || value.size() > digits_max || zeros_in_front ||
        !std::all_of(value.begin(), value.end(), is_digit))
        return broken(400, "Content-Length", "must be 1 to 18 decimal digits, without zeros in front");
    return std::nullopt;
}

// Whether a list of codings is one whose end can be found by whoever knows them: tokens, the last one is `chunked`, and
// no other is. (We know only `chunked` itself.)
bool is_framed(std::string_view codings) {
    while (true) {
        const auto comma = codings.find(',');
        const std::string_view coding = trimmed(codings.substr(0, comma));
        const bool last = comma == std::string_view::npos;
        if (!is_token(coding) || equal_ignoring_case(coding, "chunked") != last) return false;
        if (last) return true;
        codings.remove_prefix(comma + 1);
    }
}

std::optional<refusal> check_transfer_encoding(std::string_view value, framing& seen) {
    if (++seen.encodings > 1) return broken(400, "Transfer-Encoding", "must not be given twice");
    if (!seen.http_1_1) return broken(400, "Transfer-Encoding", "must not be used in HTTP/1.0");
    if (equal_ignoring_case(value, "chunked")) return std::nullopt;
    const bool unknown_coding = is_token(value) || is_framed(value);
    return broken(unknown_coding ? 501 : 400, "Transfer-Encoding", "must be chunked, or be left out");
}

std::optional<refusal> check_host(std::string_view value, framing& seen) {
    const bool left_open = value.empty() && !seen.http_1_1;
    if (++seen.hosts == 1 && (left_open || is_host(value))) return std::nullopt;
    return broken(400, "Host", "must be given once, and be one name or address, maybe with a port");
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
    if (equal_ignoring_case(name, "host")) return check_host(value, seen);
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
    if (!first_line_ && !refused_ && !line_checked_) check_first_line(arrived);
    return std::nullopt;
}

// Whoever sends HTTP/0.9 waits for an answer after one line, and would be left waiting.
void head_search::check_first_line(std::string_view arrived) {
    framing ignored;
    refused_ = check_request_line(arrived.substr(0, arrived.find('\r')), ignored);
    line_checked_ = true;
}

void head_search::check_length(std::string_view arrived) {
    if (first_line_ && arrived.size() > limits_.target_bytes_max) {
        const bool endless_method = arrived.substr(0, limits_.target_bytes_max).find(' ') == std::string_view::npos;
        refused_ = broken(endless_method ? 400 : 414, "request line",
                          "must be at most " + std::to_string(limits_.target_bytes_max) + " bytes long");
    }
    if (!refused_ && arrived.size() > limits_.header_bytes_max)
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
