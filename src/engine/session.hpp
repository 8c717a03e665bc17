// One session in memory: 64 bytes, plus its texts and, once it has sent play_updated, its byte samples.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "streamstats/base/dimension.hpp"
#include "streamstats/base/session_row.hpp"
#include "streamstats/base/time.hpp"

namespace streamstats {

// Minutes since the epoch, in the 32 bits that they need until the year 9999.
using minute_number = std::uint32_t;
// Instants before the epoch are refused at the edge, so that an unsigned division does.
constexpr minute_number number_of(instant t) {
    return static_cast<minute_number>(static_cast<std::uint64_t>(t.time_since_epoch().count()) /
                                      static_cast<std::uint64_t>(minute_length.count()));
}
// The first minute that does not begin before t.
constexpr minute_number next_number(instant t) {
    return number_of(t + minute_length - milliseconds{1});
}
constexpr minute to_minute(minute_number number) {
    return minute{minutes{number}};
}
constexpr instant start_of(minute_number number) {
    return start_of(to_minute(number));
}
constexpr instant end_of(minute_number number) {
    return end_of(to_minute(number));
}

// No close is known or inferred.
inline constexpr instant still_open{milliseconds{std::numeric_limits<std::int64_t>::max()}};

// The dimension values of a session, as ids of the dictionaries. There are millions of these: every bit has its use.
using label_ids = std::array<std::uint32_t, dimension_count>;  // by dimension
struct labels {
    static constexpr std::size_t names_max = (1U << 20U) - 1;  // of servers, and of channels; id 0 is `(other)`
    static constexpr std::size_t countries_max = (1U << 10U) - 1;
    static constexpr std::size_t protocols_max = (1U << 16U) - 1;

    std::uint32_t server : 20 = 0;
    std::uint32_t agent_class : 3 = 0;
    std::uint32_t channel : 20 = 0;
    std::uint32_t country : 10 = 0;
    std::uint16_t protocol = 0;

    [[nodiscard]] label_ids all() const { return {0, server, channel, country, protocol, agent_class}; }
    [[nodiscard]] std::uint32_t in(dimension d) const { return all()[index_of(d)]; }
};

// Why a session ends where it ends. Real closes stand last; of two of them the greater wins (SEMANTICS 2).
enum class close_kind : std::uint8_t { none, restart, age, idle, real_time, real_closed_at };
constexpr bool is_real(close_kind kind) {
    return kind >= close_kind::real_time;
}

// One line of the cache.
struct alignas(64) session {
    static constexpr std::uint32_t nothing = 0xFFFF'FFFF;
    static constexpr std::uint64_t no_bytes = std::numeric_limits<std::uint64_t>::max();

    session_key key{};
    std::uint64_t user = 0;  // keyed hash of the user key
    // Without samples: while it may still be open, the handle of its texts; after its real close, for which it needs
    // none, the bytes of that. With samples: where it has all three in the store of samples.
    std::uint64_t more = nothing;
    std::uint64_t opened_ms : 48 = 0;  // smallest known, by source
    std::uint64_t protocol : 16 = 0;
    std::uint64_t closed_ms : 48 = never;  // real: as sent; inferred: where it ends
    opened_source source : 2 = opened_source::first_event;
    close_kind ending : 3 = close_kind::none;
    bool alive : 1 = false;
    bool started_seen : 1 = false;
    bool solo : 1 = false;          // the session is its own user
    bool in_company : 1 = false;    // its user had another session at some time
    bool crowded : 1 = false;       // its user has too many sessions for a chain
    bool changed : 1 = false;       // listed for the next sync of active_sessions
    bool in_store : 1 = false;      // has a row in active_sessions
    bool pictured : 1 = false;      // equal to the parity of the picture being taken: it is in it, or need not be
    bool sampled : 1 = false;       // it is in the store of samples
    bool expiring : 1 = false;      // it has ended, and is forgotten when it is due
    std::uint32_t server : 20 = 0;  // see labels
    std::uint32_t agent_class : 3 = 0;
    std::uint32_t channel : 20 = 0;
    std::uint32_t country : 10 = 0;
    std::uint32_t next_of_user = nothing;  // chain of the sessions of one user
    minute_number due = 0;                 // the one minute of the timetables whose entry for this session counts

    [[nodiscard]] bool open() const { return ending == close_kind::none; }
    // Its texts and its close share one place.
    [[nodiscard]] bool has_texts() const { return !is_real(ending); }
    [[nodiscard]] instant opened() const { return instant_of(opened_ms); }
    [[nodiscard]] instant closed() const { return instant_of(closed_ms); }
    void set_opened(instant t) { opened_ms = number_of_ms(t) & never; }
    void set_closed(instant t) { closed_ms = number_of_ms(t) & never; }
    [[nodiscard]] labels label() const {
        return {server, agent_class, channel, country, static_cast<std::uint16_t>(protocol)};
    }

private:
    // 48 bits reach to the year 10889; the last number is still_open.
    static constexpr std::uint64_t never = (std::uint64_t{1} << 48U) - 1;
    static std::uint64_t number_of_ms(instant t) {
        return std::min(static_cast<std::uint64_t>(t.time_since_epoch().count()), never);
    }
    static instant instant_of(std::uint64_t ms) {
        return ms == never ? still_open : instant{milliseconds{static_cast<std::int64_t>(ms)}};
    }
};
static_assert(sizeof(session) == 64);

// [opened, closed) as it counts: a real close never lies before the opening or beyond the maximum age.
struct interval {
    instant opened{};
    instant closed = still_open;
    friend bool operator==(const interval&, const interval&) = default;
};

inline interval interval_of(const session& s, milliseconds age_max) {
    const instant opened = s.opened();
    const instant closed = s.closed();
    if (!is_real(s.ending)) return {opened, closed};
    return {opened, std::min(std::max(closed, opened), opened + age_max)};
}

// The minutes that an interval overlaps, both ends included.
struct minute_range {
    static constexpr minute_number unbounded = std::numeric_limits<minute_number>::max();
    minute_number first = 1;
    minute_number last = 0;
    [[nodiscard]] bool empty() const { return first > last; }
};

inline minute_range minutes_of(const interval& i) {
    const minute_number first = number_of(i.opened);
    if (i.closed == still_open) return {first, minute_range::unbounded};
    return {first, i.closed == i.opened ? first : number_of(i.closed - milliseconds{1})};
}

}  // namespace streamstats
