// Whom a request comes from, when there may be proxies in between. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "http/network.hpp"

namespace streamstats::http {

// What proxies say, as far as it was sent: the fields of one name joined with commas, in their order.
struct proxy_fields {
    std::string_view forwarded_for;  // X-Forwarded-For
    std::string_view forwarded;      // Forwarded (RFC 7239)
};

// The peer, unless it is a trusted proxy; then the last address in the field that is not one. Nothing: a proxy that is
// trusted does not name an address, or two fields name different ones (one of them may be the client's invention).
std::optional<ip_address> client_address(const ip_address& peer, const proxy_fields& sent,
                                         const network_list& trusted_proxies);

}  // namespace streamstats::http
