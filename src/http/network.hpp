// Addresses of IPv4 and IPv6 and networks of them. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "streamstats/base/failure.hpp"

namespace streamstats::http {

// An IPv4 address that comes as IPv6 (::ffff:192.0.2.1) is the IPv4 address.
class ip_address {
public:
    // "192.0.2.1" or "2001:db8::1", without port, brackets or zone.
    static std::optional<ip_address> parse(std::string_view text);

    [[nodiscard]] bool is_v4() const { return v4_; }
    // IPv4: the last four of the sixteen.
    [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
    friend bool operator==(const ip_address&, const ip_address&) = default;

private:
    std::array<std::uint8_t, 16> bytes_{};
    bool v4_ = false;
};

class network {
public:
    // "192.0.2.0/24", "2001:db8::/32" or one address. Else the rule that the text breaks.
    static result<network, std::string> parse(std::string_view text);
    [[nodiscard]] bool holds(const ip_address& address) const;

private:
    network(const ip_address& base, unsigned prefix) : base_{base}, prefix_{prefix} {}
    ip_address base_;
    unsigned prefix_;  // bits of the sixteen bytes that count
};

using network_list = std::vector<network>;

// Separated by commas; blanks around them do not count.
result<network_list, std::string> parse_networks(std::string_view text);
bool any_holds(const network_list& networks, const ip_address& address);

// The parts of a list that is separated by commas, without the blanks around them. Quotes mean nothing.
std::vector<std::string_view> split_list(std::string_view text);

}  // namespace streamstats::http
