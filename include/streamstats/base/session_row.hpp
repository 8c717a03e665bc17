// One row of `active_sessions`: what it takes to rebuild an open session on a machine that lost its disk.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "streamstats/base/dimension.hpp"
#include "streamstats/base/time.hpp"

namespace streamstats {

// Keyed 128-bit hash of (server, id); the key is the installation's secret (see engine/identity.hpp).
using session_key = std::array<std::uint8_t, 16>;

// How much is known of when a session opened: a smaller number beats a larger one (SEMANTICS 2).
enum class opened_source : std::uint8_t { opened_at, play_started, first_event };

struct session_row {
    session_key key{};
    std::string server;  // as sent, also where the dimension says `(other)`
    std::string id;
    std::uint64_t user_key = 0;  // keyed hash of the user key
    std::string user;            // for people: user_id, else ip, else empty
    std::string channel;
    std::string country;
    std::string protocol;
    user_agent_class agent_class = user_agent_class::other;
    instant opened{};
    opened_source source = opened_source::first_event;
    bool started_seen = false;
    // Newest byte sample, and the newest play_updated (absent: none yet).
    std::uint64_t bytes = 0;
    std::optional<instant> sampled;
    std::optional<instant> updated;

    friend bool operator==(const session_row&, const session_row&) = default;
};

}  // namespace streamstats
