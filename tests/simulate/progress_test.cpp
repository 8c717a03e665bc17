#include "simulate/progress.hpp"

#include "support/catch.hpp"

namespace streamstats::simulate {

TEST_CASE("a line of progress tells what matters, and trouble only when there is some") {
    progress_numbers numbers;
    numbers.now = instant{milliseconds{1'795'262'401'500}};
    numbers.viewers = 998;
    numbers.events_sent = 12'345;
    numbers.events_per_second = 204;
    numbers.requests_per_second = 21;
    numbers.accepted = 12'300;
    numbers.duplicate = 45;
    const std::string calm =
        "12:00:01Z  viewers 998  events 12345 (204/s)  accepted 12300  duplicate 45  rejected 0  requests 21/s  "
        "waiting 0";
    CHECK(progress_line(numbers) == calm);
    numbers.behind = seconds{7};
    numbers.error = "HTTP 503 Service Unavailable";
    CHECK(progress_line(numbers) == calm + "  behind 7 s  last error: HTTP 503 Service Unavailable");
}

}  // namespace streamstats::simulate
