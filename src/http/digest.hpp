// What access control needs of cryptography (OpenSSL behind it), and the texts in which it is sent. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace streamstats::http {

using sha1_digest = std::array<std::uint8_t, 20>;
using sha256_digest = std::array<std::uint8_t, 32>;

// Of the parts, one after the other.
sha1_digest sha1(std::initializer_list<std::string_view> parts);
sha256_digest sha256(std::string_view text);
sha256_digest hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts);

// Takes as long for a near miss as for a far one.
bool equal_in_constant_time(const sha1_digest& a, const sha1_digest& b);
bool equal_in_constant_time(const sha256_digest& a, const sha256_digest& b);

// 40 hexadecimal digits, in either case.
std::optional<sha1_digest> sha1_from_hex(std::string_view text);
// Standard alphabet with its padding; nothing if the text is anything else.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace streamstats::http
