#include "http/uri.hpp"

#include <algorithm>

#include "http/characters.hpp"

namespace streamstats::http {
namespace {

constexpr std::size_t port_digits_max = 5;

constexpr bool is_unreserved_or_delimiter(char c) {
    constexpr std::string_view others = "-._~!$&'()*+,;=";
    return is_digit(c) || is_letter(c) || others.find(c) != std::string_view::npos;
}

// Whether every character is one that `allowed` takes, or part of a whole %XX.
template <class Allowed>
bool is_uri_text(std::string_view text, Allowed allowed) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (allowed(text[i])) continue;
        if (text[i] != '%' || text.size() - i < 3) return false;
        if (hexadecimal(text[i + 1]) < 0 || hexadecimal(text[i + 2]) < 0) return false;
        i += 2;
    }
    return true;
}

bool is_path_and_query(std::string_view text) {
    return is_uri_text(
        text, [](char c) { return is_unreserved_or_delimiter(c) || c == ':' || c == '@' || c == '/' || c == '?'; });
}

bool is_port(std::string_view text) {
    return text.size() <= port_digits_max && std::all_of(text.begin(), text.end(), is_digit);
}

bool is_bracketed_address(std::string_view text) {
    return text.size() > 2 && std::all_of(text.begin() + 1, text.end() - 1,
                                          [](char c) { return is_unreserved_or_delimiter(c) || c == ':'; });
}

// Where the authority of "http://authority/path" begins; npos: it is no such target.
std::size_t authority_start(std::string_view text) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (starts_ignoring_case(text, scheme)) return scheme.size();
    }
    return std::string_view::npos;
}

}  // namespace

bool is_host(std::string_view text) {
    const auto bracket = text.starts_with('[') ? text.find(']') : std::string_view::npos;
    if (text.starts_with('[') && bracket == std::string_view::npos) return false;
    const auto colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
    const std::string_view name = text.substr(0, colon);
    if (colon != std::string_view::npos && !is_port(text.substr(colon + 1))) return false;
    if (bracket != std::string_view::npos) return name.size() == bracket + 1 && is_bracketed_address(name);
    // A comma would be allowed, but then it is two hosts that somebody joined.
    return !name.empty() && is_uri_text(name, [](char c) { return c != ',' && is_unreserved_or_delimiter(c); });
}

std::optional<std::string_view> broken_target_rule(std::string_view method, std::string_view text) {
    if (method == "CONNECT") return std::nullopt;  // is refused as a method
    if (text == "*") {
        if (method == "OPTIONS") return std::nullopt;
        return "the target * is for OPTIONS only";
    }
    const auto authority = authority_start(text);
    if (authority == std::string_view::npos && !text.starts_with('/'))
        return "the target must be a path, or begin with http:// or https://";
    if (authority != std::string_view::npos) {
        text.remove_prefix(authority);
        const auto end = std::min(text.find_first_of("/?"), text.size());
        if (!is_host(text.substr(0, end))) return "the target must name one host, without a user";
        text.remove_prefix(end);
    }
    if (!is_path_and_query(text)) return "the target must consist of characters that a URI may have; others as %XX";
    return std::nullopt;
}

std::string_view without_authority(std::string_view text) {
    const auto authority = authority_start(text);
    if (authority == std::string_view::npos) return text;
    const auto end = text.find_first_of("/?", authority);
    return end == std::string_view::npos ? std::string_view{} : text.substr(end);
}

}  // namespace streamstats::http
