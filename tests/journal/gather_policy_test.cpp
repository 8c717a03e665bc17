// How long the frames of a group wait for others (docs/journal.md, "Writing").
#include "journal/gather_policy.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::journal;

namespace {

constexpr std::uint64_t small = 200;
constexpr std::uint64_t large = 40'000;

group_size frames(std::size_t count, std::uint64_t bytes) {
    return {count, count * bytes};
}

gather_policy after(std::initializer_list<group_size> groups) {
    gather_policy policy{writer_limits{}};
    for (const group_size& group : groups) policy.took(group);
    return policy;
}

bool waits_for_more(const gather_policy& policy, const group_size& group) {
    return !policy.is_complete(group);
}

}  // namespace

TEST_CASE("after a frame that came alone, none waits", "[journal]") {
    CHECK(after({}).is_complete(frames(1, small)));
    CHECK(after({frames(1, small)}).is_complete(frames(1, small)));
    CHECK(after({frames(1, 1'000'000)}).is_complete(frames(1, small)));
}

TEST_CASE("a group of small frames waits for as many as came before, or for many bytes", "[journal]") {
    const gather_policy policy = after({frames(5, small)});
    CHECK_FALSE(policy.is_complete(frames(4, small)));
    CHECK(policy.is_complete(frames(5, small)));
    CHECK(policy.is_complete(frames(2, large)));
    CHECK(policy.time() == writer_limits{}.gather_time);
}

TEST_CASE("after a large group more are waited for, until there are bytes enough", "[journal]") {
    const gather_policy policy = after({frames(2, large)});
    CHECK_FALSE(policy.is_complete(frames(2, large)));
    CHECK_FALSE(policy.is_complete(frames(6, large)));
    CHECK(policy.is_complete(frames(7, large)));
    CHECK(policy.time() == writer_limits{}.large_gather_time);
}

TEST_CASE("senders that all wait for their answers are not waited for again", "[journal]") {
    gather_policy policy = after({frames(3, large)});
    REQUIRE(waits_for_more(policy, frames(3, large)));
    policy.took(frames(3, large));  // the time is over, and nobody else has come
    for (int round = 0; round < 5; ++round) {
        CHECK(policy.is_complete(frames(3, large)));
        CHECK(policy.time() == writer_limits{}.gather_time);
        policy.took(frames(round % 2 == 0 ? 2 : 3, large));
    }
    policy.took(frames(4, large));
    CHECK(waits_for_more(policy, frames(4, large)));
}

TEST_CASE("as long as more come, more are waited for", "[journal]") {
    CHECK(waits_for_more(after({frames(3, large), frames(4, large)}), frames(5, large)));
    CHECK(waits_for_more(after({frames(7, large), frames(7, large), frames(7, large)}), frames(6, large)));
}

TEST_CASE("that no more come is not believed for ever", "[journal]") {
    gather_policy policy = after({frames(5'000, small), frames(200, small)});  // a backlog that is gone
    int groups = 0;
    for (; !waits_for_more(policy, frames(6, large)) && groups < 1'000; ++groups) policy.took(frames(6, large));
    CHECK(groups > 100);
    CHECK(groups < 1'000);
}

TEST_CASE("a look at an empty queue says nothing about who comes", "[journal]") {
    CHECK(waits_for_more(after({frames(3, large), frames(0, 0)}), frames(3, large)));
}
