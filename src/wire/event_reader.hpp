// The members of one JSON object -> one event, or why not.
#pragma once

#include <cstdint>
#include <string_view>

#include "streamstats/base/play_event.hpp"
#include "streamstats/wire/decode.hpp"
#include "wire/agent_cache.hpp"
#include "wire/event_members.hpp"

namespace streamstats::wire {

enum class verdict : std::uint8_t { accepted, ignored, rejected };

struct complaint {
    std::string_view field;    // empty: the event as a whole
    std::string_view message;  // the rule in words
};

// Fills the last of the events of `into`, which must be empty. accepted: it is kept. rejected: `why` is filled.
verdict read_event(const event_members& members, agent_cache& agents, batch& into, complaint& why);

}  // namespace streamstats::wire
