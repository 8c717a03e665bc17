// What sort of thing a User-Agent names. Pure; any thread.
#pragma once

#include <string_view>

#include "streamstats/base/dimension.hpp"

namespace streamstats::wire {

// First match in the table of src/wire/user_agent_rules.cpp wins; an empty text is `other`. Case-insensitive (ASCII).
// Costs below a microsecond for an ordinary string; only the first 2,048 bytes of a longer one are read.
user_agent_class classify(std::string_view user_agent);

}  // namespace streamstats::wire
