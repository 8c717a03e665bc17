#include "pipeline/flush_schedule.hpp"

#include "bench.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::testing;
using namespace std::chrono_literals;
using pipeline::until_next_flush;

TEST_CASE("flushes are due at whole intervals of the wall clock", "[pipeline]") {
    CHECK(until_next_flush(at_clock("12:00:10"), 60s) == 50s);
    CHECK(until_next_flush(at_clock("12:00:59.999"), 60s) == 1ms);
    CHECK(until_next_flush(at_clock("12:00:07.250"), 10s) == 2'750ms);
    CHECK(until_next_flush(at_clock("12:10:00"), 3'600s) == 50min);
}

TEST_CASE("right at a flush the next one is a whole interval away", "[pipeline]") {
    CHECK(until_next_flush(at_clock("12:00:00"), 60s) == 60s);
    CHECK(until_next_flush(at_clock("12:00:05"), 5s) == 5s);
}

TEST_CASE("whatever the clock says, the wait is more than nothing and ends at a whole interval", "[pipeline]") {
    for (const milliseconds now : {0ms, 1ms, 59'999ms, 60'000ms, -1ms, -60'000ms, -60'001ms, 1'795'262'400'001ms}) {
        CAPTURE(now.count());
        const milliseconds wait = until_next_flush(instant{now}, 60s);
        CHECK(wait > 0ms);
        CHECK(wait <= 60s);
        CHECK((now + wait) % 60s == 0ms);
    }
}

TEST_CASE("after a step of the wall clock the next flush is aligned to the new time", "[pipeline]") {
    fake_clock clock(at_clock("12:00:00"));
    clock.pass(until_next_flush(clock.system_now(), 60s));
    clock.step(17s);
    clock.pass(until_next_flush(clock.system_now(), 60s));
    CHECK(clock.system_now() == at_clock("12:02:00"));
    clock.step(-30s);
    clock.pass(until_next_flush(clock.system_now(), 60s));
    CHECK(clock.system_now() == at_clock("12:02:00"));
}
