// The engine against the reference on random histories, and the laws of SEMANTICS 8.
//
// STREAMSTATS_SEEDS=30000 runs that many histories in all; STREAMSTATS_SEED=17 replays the one that failed.
#include <set>
#include <string>
#include <string_view>

#include "replay.hpp"
#include "shrink.hpp"
#include "support/catch.hpp"
#include "support/rows.hpp"
#include "support/seeds.hpp"

using namespace streamstats;
using namespace streamstats::testing;

namespace {

using scenario_maker = scenario (*)(std::uint64_t seed);

void check_seed(std::uint64_t seed, scenario_maker make, const judge& problem_of) {
    const scenario whole = make(seed);
    if (problem_of(whole).empty()) return;
    const scenario small = shrunk(whole, problem_of);
    FAIL("STREAMSTATS_SEED=" << seed << "\n" << story_of(small) << problem_of(small));
}

// Each test takes its share of the seeds; the shares add up to 100. Ends at the first seed that fails.
void for_seeds(unsigned percent, scenario_maker make, const judge& problem_of) {
    const seed_range seeds = seeds_to_run(4'000, percent);
    for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed) check_seed(seed, make, problem_of);
    SUCCEED();
}

}  // namespace

TEST_CASE("while no minute is final, every column of every row equals the reference", "[engine][laws]") {
    for_seeds(40, timely_scenario, problem_of);
}

TEST_CASE("two deliveries of one history end in the same tables", "[engine][laws]") {
    const judge differs_when_delivered_otherwise = [](const scenario& s) -> std::string {
        if (s.steps.empty()) return "";
        std::set<std::size_t> sent;
        for (const step& each : s.steps) sent.insert(each.events.begin(), each.events.end());
        scenario other = delivered_otherwise(s, s.history.size());
        // Of a shrunk history: what is not delivered here is not delivered there.
        for (step& each : other.steps)
            std::erase_if(each.events, [&](std::size_t place) { return !sent.contains(place); });
        replay first{s};
        replay second{other};
        first.run();
        second.run();
        return difference(first.comparable_table(), second.comparable_table());
    };
    for_seeds(10, timely_scenario, differs_when_delivered_otherwise);
}

TEST_CASE("what is delivered a second time is a duplicate and changes no row", "[engine][laws]") {
    const judge changes_when_repeated = [](const scenario& s) -> std::string {
        if (s.steps.empty()) return "";
        replay run{s};
        run.run();
        run.deliver_again();
        return run.problem();
    };
    for_seeds(5, timely_scenario, changes_when_repeated);
    for_seeds(5, late_close_scenario, changes_when_repeated);
}

TEST_CASE("final minutes keep their peak and viewers, and what comes late still adds up", "[engine][laws]") {
    for_seeds(15, late_scenario, problem_of);
}

TEST_CASE("what a late close says about final minutes is added to them, to the byte", "[engine][laws]") {
    for_seeds(10, late_close_scenario, problem_of);
}

TEST_CASE("a minute that was written while it grew ends up right", "[engine][laws]") {
    for_seeds(10, growing_scenario, problem_of);
}

TEST_CASE("closed sessions are forgotten in the end, and no row changes by it", "[engine][laws]") {
    const judge remembers_too_much = [](const scenario& s) -> std::string {
        if (s.steps.empty()) return "";
        replay run{s};
        run.run();
        if (!run.problem().empty()) return run.problem();
        // A session that has ended for its age, within a day, is remembered for another day.
        const engine_totals totals = run.totals_after(std::chrono::hours{50});
        if (totals.known_sessions == totals.open_sessions) return "";
        return std::to_string(totals.known_sessions - totals.open_sessions) + " closed sessions are not forgotten\n";
    };
    for_seeds(5, forgetful_scenario, remembers_too_much);
}
