#include "http/session_cursor.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "http/characters.hpp"
#include "http/digest.hpp"
#include "streamstats/base/bytes.hpp"

namespace streamstats::http {
namespace {

constexpr std::uint8_t cursor_version = 1;
// Enough of a digest: this guards against mistakes, not against somebody who wants to see other sessions.
constexpr std::size_t fingerprint_bytes = 8;

void write_optional(byte_writer& to, const std::optional<std::string>& value) {
    to.octet(value ? 1 : 0);
    if (value) to.text(*value);
}

// Of everything that decides which sessions come after which.
sha256_digest fingerprint_of(const session_query& asked) {
    std::vector<std::byte> bytes;
    byte_writer to{bytes};
    for (const auto& value : asked.values) write_optional(to, value);
    write_optional(to, asked.user);
    write_optional(to, asked.id);
    to.octet(static_cast<std::uint8_t>(asked.sort));
    to.octet(asked.descending ? 1 : 0);
    return sha256({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string to_hexadecimal(std::span<const std::byte> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::byte b : bytes) {
        text += digits[std::to_integer<std::size_t>(b >> 4U)];
        text += digits[std::to_integer<std::size_t>(b & std::byte{15})];
    }
    return text;
}

std::optional<std::vector<std::byte>> from_hexadecimal(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hexadecimal(text[i]);
        const int low = hexadecimal(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes.push_back(static_cast<std::byte>(high * 16 + low));
    }
    return bytes;
}

}  // namespace

std::string to_cursor(const session_position& end, const session_query& asked) {
    const sha256_digest fingerprint = fingerprint_of(asked);
    std::vector<std::byte> bytes;
    byte_writer to{bytes};
    to.octet(cursor_version);
    to.raw(std::as_bytes(std::span{fingerprint}).first(fingerprint_bytes));
    to.signed_number(end.rank);
    to.raw(std::as_bytes(std::span{end.key}));
    to.text(end.server);
    to.text(end.id);
    return to_hexadecimal(bytes);
}

std::optional<session_position> from_cursor(std::string_view text, const session_query& asked) {
    const auto bytes = from_hexadecimal(text);
    if (!bytes) return std::nullopt;
    byte_reader from{*bytes};
    if (from.octet() != cursor_version) return std::nullopt;
    const sha256_digest expected = fingerprint_of(asked);
    const auto fingerprint = from.raw(fingerprint_bytes);
    if (!std::ranges::equal(fingerprint, std::as_bytes(std::span{expected}).first(fingerprint_bytes)))
        return std::nullopt;
    session_position end;
    end.rank = from.signed_number();
    const auto key = from.raw(end.key.size());
    std::ranges::copy(key, std::as_writable_bytes(std::span{end.key}).begin());
    end.server = from.text();
    end.id = from.text();
    if (from.failed() || from.left() != 0) return std::nullopt;
    return end;
}

}  // namespace streamstats::http
