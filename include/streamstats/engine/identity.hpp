// Session and user keys: keyed hashes, so that a sender cannot choose names that collide (RELIABILITY, fault 35).
// The secret belongs to the installation: rows of `active_sessions` are only meaningful together with it.
// Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "streamstats/base/play_event.hpp"
#include "streamstats/base/session_row.hpp"

namespace streamstats {

// Who an event is about.
struct event_identity {
    session_key session{};
    std::uint64_t user = 0;
};

// 256 random bits, expanded for the hash once.
class identity_secret {
public:
    static constexpr std::size_t bytes = 32;
    explicit identity_secret(const std::array<std::uint8_t, bytes>& random);
    // From the text form; nothing if it is not 64 hexadecimal digits.
    static std::optional<identity_secret> from_hex(std::string_view hex);
    [[nodiscard]] std::string to_hex() const;

    // Of an event; nobody of a server_started. Best where its texts are in the cache.
    [[nodiscard]] event_identity identify(const play_event& event) const;
    // Of (server, id).
    [[nodiscard]] session_key session(std::string_view server, std::string_view id) const;
    // Of user_id, else of ip and user agent, else of the session (SEMANTICS 1). Two ids collide with a chance of 2^-64.
    [[nodiscard]] std::uint64_t user(const play_event& event, const session_key& session) const;
    // For tables whose keys come from outside (names of dimension values).
    [[nodiscard]] std::uint64_t text(std::string_view value) const;

private:
    std::array<std::uint8_t, bytes> random_;
    std::array<std::uint8_t, 192> expanded_;
};

}  // namespace streamstats
