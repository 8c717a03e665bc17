// SEMANTICS 2 to 4 computed the slow and obvious way: from the whole list of received events at once, with nothing
// carried over from one call to the next. It shares no code with the engine, only the types of its interface; what the
// engine hands out is compared with this.
//
// It reads the list as a set: order and repetition do not matter, except that the dimension values and the user key of
// a session are those of its first event in the list. `(other)` and the forgetting of old sessions are not modelled.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "streamstats/base/dimension.hpp"
#include "streamstats/base/minute_row.hpp"
#include "streamstats/base/play_event.hpp"
#include "streamstats/base/time.hpp"
#include "streamstats/engine/engine.hpp"

namespace streamstats::testing {

// A play_event that owns its texts.
struct sent_event {
    event_kind kind{};
    std::string server{unknown_value};
    std::string id;
    std::string channel{unknown_value};
    std::string country{unknown_value};
    std::string protocol{unknown_value};
    std::string user_id;
    std::string ip;
    std::string user_agent;
    user_agent_class agent_class = user_agent_class::other;
    std::optional<std::uint64_t> bytes;
    std::optional<instant> opened_at;
    std::optional<instant> closed_at;
    std::optional<instant> updated_at;
    std::optional<instant> time;
};

// The event as the engine takes it; valid as long as `event` is.
play_event view_of(const sent_event& event);

struct receipt {
    sent_event event;
    instant received{};
};

// When the event happened: its `time` after the clock guard, else its receipt.
instant time_of(const receipt& r);
// The same for a play_updated, whose updated_at comes first.
instant update_time_of(const receipt& r);
// The byte count that it tells; none where it is too large to be true.
std::optional<std::uint64_t> bytes_of(const sent_event& event);

enum class close_cause : std::uint8_t { none, real, restart, age, idle };

struct byte_sample {
    instant at{};
    std::uint64_t bytes = 0;
};

// What of the user key is present, and its texts.
using user_key = std::tuple<char, std::string, std::string>;

// One session as its events and the clock define it.
struct session_facts {
    std::string server;
    std::string id;
    std::array<std::string, dimension_count> values;  // by dimension; global: empty
    user_key user;
    instant opened{};
    std::optional<instant> closed;  // absent: open
    close_cause cause = close_cause::none;
    std::vector<byte_sample> samples;  // the kept ones, (opened, 0) first
};

using value_key = std::pair<dimension, std::string>;
using value_rows = std::map<value_key, minute_numbers>;
using row_key = std::tuple<minute, dimension, std::string>;
using rows = std::map<row_key, minute_numbers>;

// The sessions as of the clock `now`, ordered by server and id.
std::vector<session_facts> sessions_at(const std::vector<receipt>& receipts, const engine_limits& limits, instant now);

// The minute of the smallest opening or server_started; absent: no events.
std::optional<minute> first_minute(const std::vector<receipt>& receipts, const std::vector<session_facts>& sessions);

bool overlaps(const session_facts& session, minute m);

// The numbers of one minute, all-zero ones left out. Nothing is watched later than `now`, also if its close is ahead.
value_rows rows_of_minute(minute m, const std::vector<session_facts>& sessions, instant now);

// Every row of the tables: finished minutes, and with `growing` also the one that `now` lies in.
rows rows_at(const std::vector<receipt>& receipts, const engine_limits& limits, instant now, bool growing);

}  // namespace streamstats::testing
