#include "http/digest.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <memory>
#include <stdexcept>

#include "http/characters.hpp"

namespace streamstats::http {
namespace {

void require(bool worked) {
    if (!worked) throw std::runtime_error{"the cryptographic library failed"};
}

template <std::size_t Size>
std::array<std::uint8_t, Size> digest_of(const EVP_MD* algorithm, std::initializer_list<std::string_view> parts) {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
    require(context && EVP_DigestInit_ex(context.get(), algorithm, nullptr) == 1);
    for (const std::string_view part : parts) require(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
    std::array<std::uint8_t, Size> digest{};
    unsigned size = 0;
    require(EVP_MD_size(algorithm) == Size && EVP_DigestFinal_ex(context.get(), digest.data(), &size) == 1);
    return digest;
}

template <std::size_t Size>
bool equal(const std::array<std::uint8_t, Size>& a, const std::array<std::uint8_t, Size>& b) {
    return CRYPTO_memcmp(a.data(), b.data(), Size) == 0;
}

int value_in_base64(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    return c == '/' ? 63 : -1;
}

}  // namespace

sha1_digest sha1(std::initializer_list<std::string_view> parts) {
    return digest_of<std::tuple_size_v<sha1_digest>>(EVP_sha1(), parts);
}

sha256_digest sha256(std::string_view text) {
    return digest_of<std::tuple_size_v<sha256_digest>>(EVP_sha256(), {text});
}

sha256_digest hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts) {
    const std::unique_ptr<EVP_MAC, void (*)(EVP_MAC*)> algorithm{EVP_MAC_fetch(nullptr, "HMAC", nullptr), EVP_MAC_free};
    require(algorithm != nullptr);
    const std::unique_ptr<EVP_MAC_CTX, void (*)(EVP_MAC_CTX*)> context{EVP_MAC_CTX_new(algorithm.get()),
                                                                       EVP_MAC_CTX_free};
    std::string name = "SHA256";
    const std::array<OSSL_PARAM, 2> options{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), name.size()), OSSL_PARAM_construct_end()};
    const auto* key_bytes = reinterpret_cast<const unsigned char*>(key.data());
    require(context && EVP_MAC_init(context.get(), key_bytes, key.size(), options.data()) == 1);
    for (const std::string_view part : parts) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(part.data());
        require(EVP_MAC_update(context.get(), bytes, part.size()) == 1);
    }
    sha256_digest digest{};
    std::size_t size = 0;
    require(EVP_MAC_final(context.get(), digest.data(), &size, digest.size()) == 1 && size == digest.size());
    return digest;
}

bool equal_in_constant_time(const sha1_digest& a, const sha1_digest& b) {
    return equal(a, b);
}

bool equal_in_constant_time(const sha256_digest& a, const sha256_digest& b) {
    return equal(a, b);
}

std::optional<sha1_digest> sha1_from_hex(std::string_view text) {
    sha1_digest digest{};
    if (text.size() != 2 * digest.size()) return std::nullopt;
    for (std::size_t i = 0; i < digest.size(); ++i) {
        const int high = hexadecimal(text[2 * i]);
        const int low = hexadecimal(text[2 * i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        digest[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return digest;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && text.ends_with('=')) {
        text.remove_suffix(1);
        ++padding;
    }
    std::string bytes;
    unsigned bits = 0;
    unsigned held = 0;
    for (const char c : text) {
        const int value = value_in_base64(c);
        if (value < 0) return std::nullopt;
        bits = (bits << 6 | static_cast<unsigned>(value)) & 0xffff;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        bytes += static_cast<char>(bits >> held & 0xff);
    }
    return bytes;
}

}  // namespace streamstats::http
