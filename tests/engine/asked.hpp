// What is asked of an engine in pieces, in one go.
#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include "streamstats/base/minute_row.hpp"
#include "streamstats/engine/engine.hpp"

namespace streamstats::testing {

inline std::vector<minute_row> revisions_of(engine& core) {
    core.begin_revisions();
    return core.take_revisions(std::numeric_limits<std::size_t>::max());
}

inline audience active(engine& core, std::size_t limit) {
    tally counts = core.count();
    while (core.name_values(counts, std::numeric_limits<std::size_t>::max())) continue;
    return audience_of(counts, limit);
}

}  // namespace streamstats::testing
