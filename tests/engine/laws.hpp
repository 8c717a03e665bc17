// The laws of SEMANTICS 8 that can be seen in finished tables. Each says what is wrong; empty: nothing.
#pragma once

#include <string>
#include <vector>

#include "support/reference.hpp"

namespace streamstats::testing {

// Law 2: in every minute the values of each dimension add up to the global row, in the additive columns.
std::string unbalanced_books(const rows& table);

// Law 3: what started and closed before a minute leaves open what is open at its start. For minutes up to `now`.
std::string broken_recurrence(const rows& table, const std::vector<session_facts>& sessions, instant now);

// Law 4: nobody watches more than the peak allows, and there are no more viewers than sessions in the minute.
// Holds while no minute is final.
std::string broken_ceilings(const rows& table, const std::vector<session_facts>& sessions);

// Law 5: every byte of the newest samples is in some minute. Holds when every sample lies in a finished minute.
std::string lost_bytes(const rows& table, const std::vector<session_facts>& sessions);

// Law 3, at the end of everything: Σ started − Σ closed.
std::int64_t left_open(const rows& table);

}  // namespace streamstats::testing
