// When the contract takes a session for closed (SEMANTICS 2), written down anew and literally, so that what the
// receiver computes is checked by something else than itself.
#pragma once

#include <optional>
#include <span>

#include "streamstats/base/time.hpp"

namespace streamstats::simulate {

struct closing_rules {
    milliseconds max_age{};
    milliseconds idle_timeout{};
};

struct closing_facts {
    instant opened{};
    std::optional<instant> told;           // of its play_closed
    std::optional<instant> newest_update;  // of its play_updated
    std::span<const instant> restarts;     // of its server, ascending
};

// As a receiver sees it whose clock shows `now`; none: the session is open.
std::optional<instant> closed_by_contract(const closing_facts& facts, const closing_rules& rules, instant now);

}  // namespace streamstats::simulate
