#include "streamstats/base/time.hpp"

#include "support/catch.hpp"

using namespace streamstats;
using namespace std::chrono_literals;

TEST_CASE("an instant belongs to the minute it falls in, also before 1970", "[base]") {
    CHECK(minute_of(instant{59'999ms}) == minute{});
    CHECK(minute_of(instant{60'000ms}) == minute{minutes{1}});
    CHECK(minute_of(instant{-1ms}) == minute{minutes{-1}});
}

TEST_CASE("texts are UTC and hold every digit, also after 2038", "[base]") {
    CHECK(to_sql_text(minute_of(instant{4'102'444'861'005ms})) == "2100-01-01 00:01:00");
    CHECK(to_iso_text(instant{4'102'444'861'005ms}) == "2100-01-01T00:01:01.005Z");
    CHECK(to_sql_text(minute{}) == "1970-01-01 00:00:00");
}
