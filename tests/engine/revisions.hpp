#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include "streamstats/base/minute_row.hpp"
#include "streamstats/engine/engine.hpp"

namespace streamstats::testing {

// All of them, at once.
inline std::vector<minute_row> revisions_of(engine& core) {
    core.begin_revisions();
    return core.take_revisions(std::numeric_limits<std::size_t>::max());
}

}  // namespace streamstats::testing
