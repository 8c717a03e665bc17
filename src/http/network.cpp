#include "http/network.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "http/characters.hpp"

namespace streamstats::http {
namespace {

constexpr std::size_t networks_max = 1'000;
constexpr std::array<std::uint8_t, 12> v4_in_v6{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned bits_before_v4 = v4_in_v6.size() * 8;
constexpr unsigned bits_in_all = 128;

std::string not_a_network(std::string_view text) {
    return "`" + std::string{text} + "` must be an address or a network, like 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32";
}

bool only_zeros_after(const std::array<std::uint8_t, 16>& bytes, unsigned prefix) {
    for (unsigned bit = prefix; bit < bits_in_all; ++bit) {
        if ((bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) return false;
    }
    return true;
}

}  // namespace

std::optional<ip_address> ip_address::parse(std::string_view text) {
    const std::string terminated{text};
    if (terminated.size() != std::strlen(terminated.c_str())) return std::nullopt;
    ip_address address;
    if (::inet_pton(AF_INET, terminated.c_str(), address.bytes_.data() + v4_in_v6.size()) == 1) {
        std::copy(v4_in_v6.begin(), v4_in_v6.end(), address.bytes_.begin());
        address.v4_ = true;
        return address;
    }
    if (::inet_pton(AF_INET6, terminated.c_str(), address.bytes_.data()) != 1) return std::nullopt;
    address.v4_ = std::equal(v4_in_v6.begin(), v4_in_v6.end(), address.bytes_.begin());
    return address;
}

result<network, std::string> network::parse(std::string_view text) {
    const auto slash = text.find('/');
    const std::string_view address_text = text.substr(0, slash);
    const auto base = ip_address::parse(address_text);
    if (!base) return not_a_network(text);
    if (slash == std::string_view::npos) return network{*base, bits_in_all};

    const bool written_as_v4 = address_text.find(':') == std::string_view::npos;
    const unsigned width = written_as_v4 ? 32 : bits_in_all;
    const std::string_view digits = text.substr(slash + 1);
    unsigned prefix = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (error != std::errc{} || end != digits.data() + digits.size() || prefix > width) return not_a_network(text);
    if (written_as_v4) prefix += bits_before_v4;
    if (base->is_v4() && prefix < bits_before_v4) return not_a_network(text);  // of ::ffff:0:0/96 a part is meant
    if (!only_zeros_after(base->bytes(), prefix))
        return "`" + std::string{text} +
               "` must not have bits beyond its prefix: is another network meant, or one address?";
    return network{*base, prefix};
}

bool network::holds(const ip_address& address) const {
    if (address.is_v4() != base_.is_v4()) return false;
    const unsigned whole = prefix_ / 8;
    if (!std::equal(base_.bytes().begin(), base_.bytes().begin() + whole, address.bytes().begin())) return false;
    const unsigned rest = prefix_ % 8;
    return rest == 0 || (base_.bytes()[whole] ^ address.bytes()[whole]) >> (8 - rest) == 0;
}

std::vector<std::string_view> split_list(std::string_view text) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto comma = text.find(',');
        parts.push_back(trimmed(text.substr(0, comma)));
        if (comma == std::string_view::npos) return parts;
        text.remove_prefix(comma + 1);
    }
}

result<network_list, std::string> parse_networks(std::string_view text) {
    network_list networks;
    if (text.empty()) return networks;
    const auto parts = split_list(text);
    if (parts.size() > networks_max) return "must name at most " + std::to_string(networks_max) + " networks";
    for (const std::string_view part : parts) {
        auto one = network::parse(part);
        if (!one) return one.error();
        networks.push_back(one.value());
    }
    return networks;
}

bool any_holds(const network_list& networks, const ip_address& address) {
    return std::any_of(networks.begin(), networks.end(), [&](const network& each) { return each.holds(address); });
}

}  // namespace streamstats::http
