#include "streamstats/wire/timestamp.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::wire;

namespace {

constexpr std::int64_t refused = std::numeric_limits<std::int64_t>::min();

std::int64_t ms(std::optional<instant> t) {
    return t ? t->time_since_epoch().count() : refused;
}
std::int64_t number(std::string_view text) {
    return ms(instant_from_number(text));
}
std::int64_t iso(std::string_view text) {
    return ms(instant_from_iso(text));
}

}  // namespace

TEST_CASE("a number from 10^11 on is milliseconds, a smaller one is seconds", "[wire]") {
    CHECK(number("1732623198120") == 1'732'623'198'120);
    CHECK(number("1732623198") == 1'732'623'198'000);
    CHECK(number("100000000000") == 100'000'000'000);
    CHECK(number("99999999999") == 99'999'999'999'000);
    CHECK(number("99999999999.9999") == 99'999'999'999'999);
    CHECK(number("1e11") == 100'000'000'000);
    CHECK(number("1.732623198e9") == 1'732'623'198'000);
}

TEST_CASE("fractions of a number are kept to the millisecond and rounded down, exactly", "[wire]") {
    CHECK(number("1732623198.12") == 1'732'623'198'120);
    CHECK(number("1732623198.1209999") == 1'732'623'198'120);
    CHECK(number("1732623198120.999") == 1'732'623'198'120);
    CHECK(number("4.004") == 4'004);  // a double times 1000 would be 4003.99…
    CHECK(number("0.0009") == 0);
    CHECK(number("17326231981.2e-1") == 1'732'623'198'120);
}

TEST_CASE("a number outside of the years 1970 to 9999 is refused", "[wire]") {
    CHECK(number("0") == 0);
    CHECK(number("-0") == 0);
    CHECK(number("-1") == refused);
    CHECK(number("-0.0001") == refused);
    CHECK(number("-1732623198120") == refused);
    CHECK(number("253402300799999") == 253'402'300'799'999);
    CHECK(number("253402300799999.9") == 253'402'300'799'999);
    CHECK(number("253402300800000") == refused);
    CHECK(number("18446744073709551617") == refused);
    CHECK(number("1e400") == refused);
    CHECK(number("1e99999999999999999999") == refused);
    CHECK(number("1e-400") == 0);
    CHECK(number("0e99999999999999999999") == 0);
}

TEST_CASE("an ISO time is read with every zone, separator and fraction", "[wire]") {
    CHECK(iso("2025-11-24T11:10:26.498510Z") == 1'763'982'626'498);
    CHECK(iso("2025-11-24T11:10:26Z") == 1'763'982'626'000);
    CHECK(iso("2025-11-24 11:10:26Z") == 1'763'982'626'000);
    CHECK(iso("2025-11-24T11:10:26.4Z") == 1'763'982'626'400);
    CHECK(iso("2025-11-24T11:10:26.498999999Z") == 1'763'982'626'498);
    CHECK(iso("2025-11-24T12:10:26+01:00") == 1'763'982'626'000);
    CHECK(iso("2025-11-24T12:10:26+0100") == 1'763'982'626'000);
    CHECK(iso("2025-11-24T05:40:26-05:30") == 1'763'982'626'000);
    CHECK(iso("2025-11-24T11:10:26-00:00") == 1'763'982'626'000);
    CHECK(iso("2024-02-29T00:00:00Z") == 1'709'164'800'000);
}

TEST_CASE("a leap second is the first second of the next minute", "[wire]") {
    CHECK(iso("2016-12-31T23:59:60Z") == iso("2017-01-01T00:00:00Z"));
    CHECK(iso("2016-12-31T23:59:61Z") == refused);
}

TEST_CASE("an ISO time outside of the years 1970 to 9999 is refused", "[wire]") {
    CHECK(iso("1970-01-01T00:00:00Z") == 0);
    CHECK(iso("1969-12-31T23:59:59.999Z") == refused);
    CHECK(iso("1970-01-01T00:59:59+01:00") == refused);
    CHECK(iso("1969-12-31T23:00:00-01:00") == 0);
    CHECK(iso("9999-12-31T23:59:59.999Z") == 253'402'300'799'999);
    CHECK(iso("9999-12-31T23:59:60Z") == refused);
    CHECK(iso("9999-12-31T23:59:59-00:01") == refused);
}

TEST_CASE("what is no ISO time with a zone is refused", "[wire]") {
    const std::string_view text = GENERATE(
        as<std::string_view>{}, "", "Z", "2025", "2025-11-24", "2025-11-24T11:10:26", "2025-11-24T11:10Z",
        "2025-11-24T11:10:26.Z", "2025-11-24T11:10:26.1234567890Z", "2025-11-24T11:10:26,5Z", "2025-11-24T11:10:26z",
        "2025-11-24t11:10:26Z", "2025-11-24T11:10:26+1", "2025-11-24T11:10:26+01", "2025-11-24T11:10:26+01:0",
        "2025-11-24T11:10:26+24:00", "2025-11-24T11:10:26+01:60", "2025-11-24T11:10:26 Z", "2025-11-24T11:10:26ZZ",
        " 2025-11-24T11:10:26Z", "2025-11-24T11:10:26Z ", "2025-13-24T11:10:26Z", "2025-00-24T11:10:26Z",
        "2025-02-29T11:10:26Z", "2025-11-31T11:10:26Z", "2025-11-00T11:10:26Z", "2025-11-24T24:00:00Z",
        "2025-11-24T11:60:26Z", "25-11-24T11:10:26Z", "+2025-11-24T11:10:26Z", "2025-11-24T1:10:26Z",
        "20251124T111026Z", "1763982626", "2025-11-24T11:10:-6Z");
    CAPTURE(text);
    CHECK(iso(text) == refused);
}
