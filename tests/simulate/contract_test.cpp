#include "simulate/contract.hpp"

#include <vector>

#include "support/catch.hpp"

namespace streamstats::simulate {
namespace {

constexpr instant noon{milliseconds{1'795'262'400'000}};
constexpr closing_rules rules{seconds{3'600}, seconds{600}};
constexpr instant much_later = noon + seconds{86'400};

instant at(int second) {
    return noon + seconds{second};
}

}  // namespace

TEST_CASE("a session is closed when its play_closed says so") {
    CHECK(closed_by_contract({at(0), at(50), {}, {}}, rules, at(50)) == at(50));
    CHECK(closed_by_contract({at(0), at(50), at(40), {}}, rules, much_later) == at(50));
}

TEST_CASE("a close is never before the opening nor after the maximum age") {
    CHECK(closed_by_contract({at(10), at(5), {}, {}}, rules, much_later) == at(10));
    CHECK(closed_by_contract({at(0), at(5'000), {}, {}}, rules, much_later) == at(3'600));
}

TEST_CASE("a session without a close is open until its maximum age") {
    CHECK_FALSE(closed_by_contract({at(0), {}, {}, {}}, rules, at(3'600) - milliseconds{1}));
    CHECK(closed_by_contract({at(0), {}, {}, {}}, rules, at(3'600)) == at(3'600));
}

TEST_CASE("a session that has fallen silent is closed at its last update") {
    CHECK_FALSE(closed_by_contract({at(0), {}, at(60), {}}, rules, at(660) - milliseconds{1}));
    CHECK(closed_by_contract({at(0), {}, at(60), {}}, rules, at(660)) == at(60));
}

TEST_CASE("a restart of the server closes what opened before it, and a real close takes its place") {
    const std::vector<instant> restarts{at(10), at(100), at(200)};
    CHECK(closed_by_contract({at(10), {}, {}, restarts}, rules, at(300)) == at(100));
    CHECK(closed_by_contract({at(9), {}, {}, restarts}, rules, at(300)) == at(10));
    CHECK_FALSE(closed_by_contract({at(200), {}, {}, restarts}, rules, at(300)));
    CHECK(closed_by_contract({at(10), at(150), {}, restarts}, rules, at(300)) == at(150));
}

TEST_CASE("of several reasons to infer a close the one that applied first wins") {
    const std::vector<instant> after_silence{at(700)};
    CHECK(closed_by_contract({at(0), {}, at(60), after_silence}, rules, much_later) == at(60));
    const std::vector<instant> before_silence{at(650)};
    CHECK(closed_by_contract({at(0), {}, at(60), before_silence}, rules, much_later) == at(650));
    CHECK(closed_by_contract({at(0), {}, at(3'300), {}}, rules, much_later) == at(3'600));
}

}  // namespace streamstats::simulate
