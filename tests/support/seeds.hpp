// Which seeds a test on random histories runs.
#pragma once

#include <cstdint>

namespace streamstats::testing {

struct seed_range {
    std::uint64_t first = 1;
    std::uint64_t last = 0;
};

// Those from 1 to `usual`, a tenth of that under sanitizers, which are slow. STREAMSTATS_SEEDS=30000 runs so many
// instead, of which this test takes its share; STREAMSTATS_SEED=17 runs only the one.
seed_range seeds_to_run(std::uint64_t usual, unsigned percent = 100);

}  // namespace streamstats::testing
