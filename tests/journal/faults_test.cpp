// Every k-th file operation failed and crashed, and random lives on a bad disk.
// STREAMSTATS_SEEDS=30000 runs that many lives; STREAMSTATS_SEED=17 replays the one that failed.
#include <string>

#include "journal/small_daemon.hpp"
#include "support/catch.hpp"
#include "support/seeds.hpp"

using namespace streamstats;
using namespace streamstats::testing;

namespace {

// A run of the daemon that fills some segments, writes two checkpoints and trims.
void live(small_daemon& daemon) {
    if (!daemon.start()) return;
    const bool alive = daemon.take(3, 32) && daemon.take(20, 64) && daemon.checkpoint() && daemon.take(1, 500) &&
                       daemon.take(12, 100) && daemon.checkpoint();
    if (alive) daemon.take(5, 48);
}

// Starts, checks, and takes some more on a disk that works.
void recover(memory_disk& disk, ledger& told, const journal::writer_limits& limits) {
    small_daemon daemon(disk, told, limits);
    if (!daemon.start()) return told.complain("it does not start on a disk that works");
    if (!daemon.take(4, 40)) told.complain("it does not go on on a disk that works");
}

enum class afterwards : std::uint8_t { power_cut, killed };

// False: there is no k-th operation.
bool story_of_operation(std::uint64_t k, disk_fault how, afterwards then, ledger& told) {
    memory_disk disk(k * 4 + static_cast<std::uint64_t>(then) * 2 + static_cast<std::uint64_t>(how));
    const journal::writer_limits limits = bench::small_limits();
    {
        small_daemon first(disk, told, limits);
        live(first);
    }
    const std::uint64_t before = disk.counters().operations;
    disk.inject(k, how);
    {
        small_daemon daemon(disk, told, limits);
        live(daemon);
    }
    const bool happened = disk.counters().operations - before >= k;
    disk.inject(0, how);
    if (then == afterwards::power_cut || how == disk_fault::crash) disk.crash();
    recover(disk, told, limits);
    disk.crash();
    recover(disk, told, limits);
    return happened;
}

// Some lives on one disk, with faults drawn from the seed.
ledger story_of_seed(std::uint64_t seed) {
    ledger told;
    random_source random(seed);
    memory_disk disk(random.next());
    journal::writer_limits limits = bench::small_limits();
    const bool several_blocks = random.chance(30);  // then old bytes are left in segments that are written again
    limits.segment_bytes = (several_blocks ? 8192 : 1024) + 8 * random.below(256);
    limits.group_bytes_max = 200 + random.below(2000);
    for (std::uint64_t lives = 1 + random.below(5); lives > 0 && told.complaint.empty(); --lives) {
        disk.fail_writes(random.chance(50) ? 0 : static_cast<unsigned>(random.below(11)));
        disk.inject(random.chance(30) ? 0 : 1 + random.below(80),
                    random.chance(70) ? disk_fault::crash : disk_fault::fail);
        disk.limit_bytes(random.chance(80) ? UINT64_MAX : (several_blocks ? 32'768 : 4096) + random.below(8192));
        {
            small_daemon daemon(disk, told, limits);
            bool alive = daemon.start();
            for (std::uint64_t steps = random.below(12); alive && steps > 0; --steps) {
                alive =
                    random.chance(20) ? daemon.checkpoint() : daemon.take(1 + random.below(12), 16 + random.below(400));
            }
        }
        disk.fail_writes(0);
        disk.inject(0, disk_fault::fail);
        if (!disk.powered() || random.chance(60)) disk.crash();
    }
    disk.limit_bytes(UINT64_MAX);
    recover(disk, told, limits);
    return told;
}

}  // namespace

TEST_CASE("failed or crashed at the k-th file operation, for every k, nothing that was answered is lost", "[journal]") {
    const disk_fault how = GENERATE(disk_fault::fail, disk_fault::crash);
    const afterwards then = GENERATE(afterwards::power_cut, afterwards::killed);
    std::uint64_t k = 1;
    for (bool happened = true; happened; ++k) {
        ledger told;
        happened = story_of_operation(k, how, then, told);
        INFO("operation " << k << (how == disk_fault::fail ? " fails: " : " crashes: ") << told.complaint);
        REQUIRE(told.complaint.empty());
    }
    CHECK(k > 60);
}

TEST_CASE("whatever a bad disk does, what was answered is there, once, and nothing else counts", "[journal]") {
    const seed_range seeds = seeds_to_run(2'000);
    std::uint64_t promised = 0;
    for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
        const ledger told = story_of_seed(seed);
        if (!told.complaint.empty()) FAIL("STREAMSTATS_SEED=" << seed << ": " << told.complaint);
        promised += told.promised.size();
    }
    CHECK(promised > 10 * (seeds.last - seeds.first));
}
