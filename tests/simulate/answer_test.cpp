#include "simulate/answer.hpp"

#include "support/catch.hpp"

namespace streamstats::simulate {

TEST_CASE("the receipt of a batch is read") {
    const auto told =
        parse_receipt(R"({"status":"ok","received":5,"accepted":2,"duplicate":1,"ignored":1,"rejected":1,)"
                      R"("errors":[{"index":4,"field":"bytes","message":"must be an integer"}]})");
    REQUIRE(told);
    CHECK(told->received == 5);
    CHECK(told->accepted == 2);
    CHECK(told->duplicate == 1);
    CHECK(told->ignored == 1);
    CHECK(told->rejected == 1);
    CHECK(told->first_error == "bytes: must be an integer");
}

TEST_CASE("what is no receipt is not taken for one") {
    CHECK_FALSE(parse_receipt(""));
    CHECK_FALSE(parse_receipt("OK"));
    CHECK_FALSE(parse_receipt("[]"));
    CHECK_FALSE(parse_receipt(R"({"received":1})"));
    CHECK_FALSE(parse_receipt(R"({"received":1,"accepted":-1,"duplicate":0,"ignored":0,"rejected":0})"));
}

TEST_CASE("Retry-After is taken in seconds, within reason") {
    CHECK(parse_retry_after("0") == seconds{0});
    CHECK(parse_retry_after("7") == seconds{7});
    CHECK(parse_retry_after("86400") == seconds{60});
    CHECK(parse_retry_after("99999999999999999999") == seconds{60});
    CHECK(parse_retry_after("Fri, 20 Nov 2026 07:28:00 GMT") == seconds{1});
    CHECK(parse_retry_after("") == seconds{1});
}

}  // namespace streamstats::simulate
