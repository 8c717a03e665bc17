#include "simulate/url.hpp"

#include <algorithm>
#include <charconv>

namespace streamstats::simulate {
namespace {

constexpr std::string_view scheme = "http://";
constexpr std::size_t url_bytes_max = 4'096;

bool port_is_valid(std::string_view text) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() && number >= 1 && number <= 65'535;
}

bool printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

struct host_and_port {
    std::string_view host;
    std::string_view port = "80";
};

host_and_port split(std::string_view authority) {
    if (authority.starts_with('[')) {
        const std::size_t bracket = authority.find(']');
        if (bracket == std::string_view::npos) return {};
        const std::string_view host = authority.substr(1, bracket - 1);
        const std::string_view rest = authority.substr(bracket + 1);
        if (rest.empty()) return {host};
        return {host, rest.front() == ':' ? rest.substr(1) : std::string_view{}};
    }
    const std::size_t colon = authority.find(':');
    if (colon == std::string_view::npos) return {authority};
    return {authority.substr(0, colon), authority.substr(colon + 1)};
}

}  // namespace

result<target_url, std::string> parse_url(std::string_view text) {
    if (!text.starts_with(scheme)) return std::string{"must begin with http:// (there is no TLS here)"};
    if (text.size() > url_bytes_max || !printable(text))
        return std::string{"must be at most 4096 printable ASCII characters without spaces"};
    text.remove_prefix(scheme.size());
    text = text.substr(0, text.find('#'));
    const std::size_t path = std::min(text.find_first_of("/?"), text.size());
    const std::string_view authority = text.substr(0, path);
    if (authority.find('@') != std::string_view::npos)
        return std::string{"must not hold a user name; a secret is given by --token"};
    const host_and_port where = split(authority);
    if (where.host.empty()) return std::string{"must name a host after http://"};
    if (!port_is_valid(where.port)) return std::string{"must have a port from 1 to 65535, or none"};
    text.remove_prefix(path);
    std::string target = text.starts_with('/') ? "" : "/";
    target.append(text);
    return target_url{std::string{where.host}, std::string{where.port}, std::move(target), std::string{authority}};
}

}  // namespace streamstats::simulate
