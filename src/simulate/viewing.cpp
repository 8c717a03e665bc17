#include "simulate/viewing.hpp"

#include <array>
#include <cstdio>

namespace streamstats::simulate {
namespace {

void append_hex(std::string& text, std::uint64_t value, int digits) {
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
        text.push_back("0123456789abcdef"[(value >> static_cast<unsigned>(shift)) & 0xfU]);
}

}  // namespace

std::string user_id_of(const viewer& who) {
    if (who.known_by != identity::account) return {};
    const std::string digits = std::to_string(100'000 + std::uint64_t{who.number});
    return who.numeric_account ? digits : "user-" + digits;
}

std::string ip_of(const viewer& who) {
    if (who.known_by == identity::none) return {};
    std::array<char, 40> text{};
    const unsigned high = who.address >> 16U & 0xffU;
    const unsigned middle = who.address >> 8U & 0xffU;
    const unsigned low = who.address & 0xffU;
    std::snprintf(text.data(), text.size(), who.version_6 ? "2001:db8:%x:%02x%02x::1" : "10.%u.%u.%u", high, middle,
                  low);
    return text.data();
}

std::string session_id_of(const viewing& session) {
    const auto second = std::chrono::floor<seconds>(session.opened).time_since_epoch().count();
    const std::uint64_t first = mix(session.id_seed, 1);
    const std::uint64_t second_half = mix(session.id_seed, 2);
    std::string text;
    text.reserve(36);
    append_hex(text, static_cast<std::uint64_t>(second), 8);
    text.push_back('-');
    append_hex(text, first, 4);
    text.append("-4");
    append_hex(text, first >> 16U, 3);
    text.append("-a");
    append_hex(text, first >> 28U, 3);
    text.push_back('-');
    append_hex(text, second_half, 12);
    return text;
}

}  // namespace streamstats::simulate
