// One accepted event, decoded and normalised (SEMANTICS 1), as the wire hands it to the engine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "streamstats/base/dimension.hpp"
#include "streamstats/base/time.hpp"

namespace streamstats {

enum class event_kind : std::uint8_t { play_started, play_updated, play_closed, server_started };
inline constexpr std::array all_event_kinds{event_kind::play_started, event_kind::play_updated, event_kind::play_closed,
                                            event_kind::server_started};

// As it stands in `event`.
constexpr std::string_view name_of(event_kind kind) {
    constexpr std::array<std::string_view, all_event_kinds.size()> names{"play_started", "play_updated", "play_closed",
                                                                         "server_started"};
    return names[static_cast<std::size_t>(kind)];
}

// The texts are views: they live as long as the batch that the event came in.
struct play_event {
    event_kind kind{};
    std::string_view server = unknown_value;    // never empty
    std::string_view id;                        // session id, unique on its server; empty only for server_started
    std::string_view channel = unknown_value;   // `media`; never empty
    std::string_view country = unknown_value;   // two upper-case letters or `unknown`
    std::string_view protocol = unknown_value;  // lower case; never empty
    std::string_view user_id;                   // empty: absent
    std::string_view ip;                        // empty: absent
    std::string_view user_agent;                // empty: absent; part of the user key when user_id is absent
    user_agent_class agent_class = user_agent_class::other;
    std::optional<std::uint64_t> bytes;  // running total since the session opened; at most 2^63 - 1
    std::optional<instant> opened_at;    // as sent; the clock guard is the engine's
    std::optional<instant> closed_at;
    std::optional<instant> updated_at;
    std::optional<instant> time;  // when the server made the event; absent: time of receipt

    friend bool operator==(const play_event&, const play_event&) = default;
};

}  // namespace streamstats
