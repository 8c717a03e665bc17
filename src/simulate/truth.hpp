// The rows that must result from a set of sessions: SEMANTICS 3 written down literally, slow and obvious.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulate/contract.hpp"
#include "streamstats/base/dimension.hpp"
#include "streamstats/base/minute_row.hpp"
#include "streamstats/base/time.hpp"

namespace streamstats::simulate {

struct byte_sample {
    instant at{};
    std::uint64_t bytes = 0;
};

// All that the receiver was told of one session. The names are the dimension values.
struct true_session {
    std::uint32_t server_number = 0;
    std::string_view server;
    std::string_view channel;
    std::string_view country;
    std::string_view protocol;
    user_agent_class agent_class = user_agent_class::other;
    std::uint64_t user = 0;  // equal for equal user keys
    instant opened{};
    std::optional<instant> closed;              // by its play_closed
    std::optional<std::uint64_t> closed_bytes;  // of its play_closed
    std::optional<instant> newest_update;
    std::vector<byte_sample> updates;  // those with bytes
};

struct true_history {
    std::vector<true_session> sessions;
    std::vector<std::vector<instant>> restarts;  // of each server_number, ascending
    closing_rules rules;
};

// Every row of every dimension for the minutes before `end`, as a receiver sees them whose clock shows `now`; for
// dimension::global every minute from the first, else only rows that are not all zero. By dimension, value and minute.
std::vector<minute_row> rows_of(const true_history& history, instant now, minute end);

}  // namespace streamstats::simulate
