// One accepted event, decoded and normalised (SEMANTICS 1), as the wire hands it to the engine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "streamstats/base/compact_optional.hpp"
#include "streamstats/base/dimension.hpp"
#include "streamstats/base/text_ref.hpp"
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

// The texts are views: they live as long as the batch that the event came in. No larger than it must be, as each
// event goes from the cache of the thread that decodes it to that of the engine's.
struct play_event {
    event_kind kind{};
    user_agent_class agent_class = user_agent_class::other;
    compact_optional<std::uint64_t> bytes;  // running total since the session opened; at most 2^63 - 1
    compact_optional<instant> opened_at;    // as sent; the clock guard is the engine's
    compact_optional<instant> closed_at;
    compact_optional<instant> updated_at;
    compact_optional<instant> time;     // when the server made the event; absent: time of receipt
    text_ref server = unknown_value;    // never empty
    text_ref id;                        // session id, unique on its server; empty only for server_started
    text_ref channel = unknown_value;   // `media`; never empty
    text_ref country = unknown_value;   // two upper-case letters or `unknown`
    text_ref protocol = unknown_value;  // lower case; never empty
    text_ref user_id;                   // empty: absent
    text_ref ip;                        // empty: absent
    text_ref user_agent;                // empty: absent; part of the user key when user_id is absent

    friend bool operator==(const play_event&, const play_event&) = default;
};
static_assert(sizeof(play_event) == 128);

}  // namespace streamstats
