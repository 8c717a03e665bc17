// The daemon on a bad day, some thousand times (SEMANTICS 8, RELIABILITY).
// STREAMSTATS_SEEDS=30000 runs that many days; STREAMSTATS_SEED=17 tells the story of the one that failed.
#include <cstdlib>

#include "shrink.hpp"
#include "streamstats/telemetry/log.hpp"
#include "support/catch.hpp"
#include "support/seeds.hpp"
#include "world.hpp"

using namespace streamstats;
using namespace streamstats::simulation;

TEST_CASE("whatever fails, the tables are those of the acknowledged events, each counted once", "[simulation]") {
    telemetry::set_log_level(telemetry::log_level::error);
    const testing::seed_range seeds = testing::seeds_to_run(2'000);
    for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
        const scenario plan = scenario_from(seed);
        const std::string problem = problem_of(plan);
        if (problem.empty()) continue;
        if (std::getenv("STREAMSTATS_TERSE") != nullptr) FAIL(problem);
        FAIL("STREAMSTATS_SEED=" << seed << "\n" << story_of(shrunk(plan)));
    }
    SUCCEED();
}

TEST_CASE("a simulation can be repeated: the same seed does the same again", "[simulation]") {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        const scenario plan = scenario_from(seed);
        CHECK(story_of(plan) == story_of(plan));
    }
}
