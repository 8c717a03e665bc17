#include "telemetry/rate_limit.hpp"

#include "support/catch.hpp"

using namespace streamstats::telemetry;
using namespace std::chrono_literals;

namespace {

const rate_limit::time_point start{1'000'000s};

void spend_allowance(rate_limit& limit, std::string_view sentence) {
    for (std::uint64_t i = 0; i < rate_limit::lines_max; ++i) CHECK(limit.admit(sentence, start) == 0U);
}

}  // namespace

TEST_CASE("the eleventh line of a sentence within ten seconds is left out", "[telemetry]") {
    rate_limit limit;
    spend_allowance(limit, "store is away");
    CHECK_FALSE(limit.admit("store is away", start + 9'999ms));
}

TEST_CASE("what was left out is told by the next line that goes out, once", "[telemetry]") {
    rate_limit limit;
    spend_allowance(limit, "store is away");
    CHECK_FALSE(limit.admit("store is away", start + 1s));
    CHECK_FALSE(limit.admit("store is away", start + 2s));
    CHECK(limit.admit("store is away", start + 10s) == 2U);
    CHECK(limit.admit("store is away", start + 10s) == 0U);
}

TEST_CASE("one sentence does not use up the allowance of another", "[telemetry]") {
    rate_limit limit;
    spend_allowance(limit, "store is away");
    CHECK(limit.admit("store is back", start) == 0U);
}

TEST_CASE("beyond the limit of known sentences all others share one allowance", "[telemetry]") {
    rate_limit limit;
    for (std::size_t i = 0; i < rate_limit::sentences_max; ++i) REQUIRE(limit.admit(std::to_string(i), start));
    for (std::uint64_t i = 0; i < rate_limit::lines_max; ++i) CHECK(limit.admit("new " + std::to_string(i), start));
    CHECK_FALSE(limit.admit("one more", start));
    CHECK(limit.admit("7", start));
}
