#include "http/client_address.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "http/characters.hpp"

namespace streamstats::http {
namespace {

bool is_port(std::string_view text) {
    return !text.empty() && text.size() <= 5 && std::all_of(text.begin(), text.end(), is_digit);
}

// "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80"
std::optional<ip_address> parse_node(std::string_view text) {
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        const std::string_view rest = text.substr(end + 1);
        if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return std::nullopt;
        return ip_address::parse(text.substr(1, end - 1));
    }
    const auto colon = text.find(':');
    const bool one_colon = colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos;
    if (one_colon && is_port(text.substr(colon + 1))) return ip_address::parse(text.substr(0, colon));
    return ip_address::parse(text);
}

// The `for` of one element of Forwarded: `for="[2001:db8::1]:80";proto=https`. Quoted text with escapes, and an element
// that names two or none, are not understood.
std::string_view for_of(std::string_view element) {
    std::string_view found;
    while (!element.empty()) {
        const auto end = std::min(element.find(';'), element.size());
        const std::string_view pair = trimmed(element.substr(0, end));
        element.remove_prefix(std::min(end + 1, element.size()));
        const auto equals = pair.find('=');
        if (equals == std::string_view::npos || !equal_ignoring_case(pair.substr(0, equals), "for")) continue;
        if (!found.empty()) return {};
        found = pair.substr(equals + 1);
    }
    if (found.size() >= 2 && found.front() == '"' && found.back() == '"') return found.substr(1, found.size() - 2);
    return found;
}

// Walks from the proxy nearest to us to the one farthest away.
template <class AddressOf>
std::optional<ip_address> last_untrusted(std::string_view field, const network_list& trusted, AddressOf address_of) {
    const auto hops = split_list(field);
    std::optional<ip_address> address;
    for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
        address = address_of(*hop);
        if (!address || !any_holds(trusted, *address)) break;
    }
    return address;
}

}  // namespace

std::optional<ip_address> client_address(const ip_address& peer, const proxy_fields& sent,
                                         const network_list& trusted_proxies) {
    if (!any_holds(trusted_proxies, peer)) return peer;
    if (sent.forwarded_for.empty() && sent.forwarded.empty()) return peer;
    const auto by_list = last_untrusted(sent.forwarded_for, trusted_proxies, parse_node);
    const auto by_elements = last_untrusted(sent.forwarded, trusted_proxies,
                                            [](std::string_view element) { return parse_node(for_of(element)); });
    if (sent.forwarded.empty()) return by_list;
    if (sent.forwarded_for.empty()) return by_elements;
    return by_list == by_elements ? by_list : std::nullopt;
}

}  // namespace streamstats::http
