#include "streamstats/engine/identity.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cassert>
#include <cstring>

namespace streamstats {
namespace {

static_assert(XXH3_SECRET_SIZE_MIN <= 192, "the expanded secret is long enough for XXH3");

session_key to_key(XXH128_hash_t hash) {
    session_key key{};
    std::memcpy(key.data(), &hash.low64, 8);
    std::memcpy(key.data() + 8, &hash.high64, 8);
    return key;
}

// Two texts as one without ambiguity: the length of the first stands in front. Both fit: the wire limits them.
class joined_text {
public:
    joined_text(std::string_view first, std::string_view second) {
        const auto length = static_cast<std::uint32_t>(first.size());
        size_ = sizeof length + first.size() + second.size();
        assert(size_ <= buffer_.size());
        std::memcpy(buffer_.data(), &length, sizeof length);
        if (!first.empty()) std::memcpy(buffer_.data() + sizeof length, first.data(), first.size());
        if (!second.empty()) std::memcpy(buffer_.data() + sizeof length + first.size(), second.data(), second.size());
    }
    [[nodiscard]] const char* data() const { return buffer_.data(); }
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    std::array<char, 5'120> buffer_;
    std::size_t size_ = 0;
};

int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

identity_secret::identity_secret(const std::array<std::uint8_t, bytes>& random) : random_(random), expanded_{} {
    for (std::size_t at = 0; at < expanded_.size(); at += 16) {
        const session_key part = to_key(XXH3_128bits_withSeed(random_.data(), random_.size(), at + 1));
        std::memcpy(expanded_.data() + at, part.data(), part.size());
    }
}

std::optional<identity_secret> identity_secret::from_hex(std::string_view hex) {
    std::array<std::uint8_t, bytes> random{};
    if (hex.size() != 2 * bytes) return std::nullopt;
    for (std::size_t i = 0; i < bytes; ++i) {
        const int high = digit_of(hex[2 * i]);
        const int low = digit_of(hex[2 * i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        random[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return identity_secret{random};
}

std::string identity_secret::to_hex() const {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(2 * bytes);
    for (const std::uint8_t byte : random_) {
        text += digits[byte / 16U];
        text += digits[byte % 16U];
    }
    return text;
}

event_identity identity_secret::identify(const play_event& event) const {
    if (event.kind == event_kind::server_started) return {};
    const session_key key = session(event.server, event.id);
    return {key, user(event, key)};
}

session_key identity_secret::session(std::string_view server, std::string_view id) const {
    const joined_text text(server, id);
    return to_key(XXH3_128bits_withSecret(text.data(), text.size(), expanded_.data(), expanded_.size()));
}

std::uint64_t identity_secret::user(const play_event& event, const session_key& session) const {
    // Each of the three forms has a space of its own, so that user "10.0.0.1" is not the viewer at address 10.0.0.1.
    if (!event.user_id.empty()) {
        return this->text(event.user_id);
    }
    if (!event.ip.empty()) {
        const joined_text text(event.ip, event.user_agent);
        return ~XXH3_64bits_withSecret(text.data(), text.size(), expanded_.data(), expanded_.size());
    }
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    std::memcpy(&low, session.data(), 8);
    std::memcpy(&high, session.data() + 8, 8);
    return low ^ high;
}

std::uint64_t identity_secret::text(std::string_view value) const {
    return XXH3_64bits_withSecret(value.data(), value.size(), expanded_.data(), expanded_.size());
}

}  // namespace streamstats
