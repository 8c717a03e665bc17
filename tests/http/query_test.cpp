#include "http/query.hpp"

#include <array>
#include <string>

#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::http;

namespace {

constexpr std::array known{known_parameter{"limit"}, known_parameter{"value", 3}};

query_parameters read(std::string_view query) {
    auto found = query_parameters::parse(query, known);
    REQUIRE(found);
    return found.value();
}

refusal refused_query(std::string_view query) {
    const auto found = query_parameters::parse(query, known);
    REQUIRE_FALSE(found);
    CHECK(found.error().status == 400);
    CHECK_FALSE(found.error().rule.empty());
    return found.error();
}

}  // namespace

TEST_CASE("a query is taken apart into names and values", "[http]") {
    const query_parameters found = read("value=a&limit=5&value=b");
    CHECK(found.value("limit") == "5");
    CHECK(found.values("value") == std::vector<std::string>{"a", "b"});
    CHECK_FALSE(found.value("other"));
    CHECK_FALSE(read("").value("limit"));
    CHECK(read("&&limit=1&").value("limit") == "1");
}

TEST_CASE("names and values are decoded as forms encode them", "[http]") {
    CHECK(read("l%69mit=%31").value("limit") == "1");
    CHECK(read("value=a+b%2Bc%26d%3D%25").value("value") == "a b+c&d=%");
    CHECK(read("value=%C3%A4%E2%80%AE").value("value") == "\xC3\xA4\xE2\x80\xAE");
    CHECK(read("value=a%00b").value("value") == std::string_view("a\0b", 3));
    CHECK(read("value=a=b").value("value") == "a=b");
}

TEST_CASE("an empty value is a value, with and without the equals sign", "[http]") {
    CHECK(read("limit=").value("limit") == "");
    CHECK(read("limit").value("limit") == "");
}

TEST_CASE("a parameter that is not known or given too often is refused by name", "[http]") {
    CHECK(refused_query("limit=1&nonsense=2").field == "nonsense");
    CHECK(refused_query("limit=1&limit=1").field == "limit");
    CHECK(refused_query("value=1&value=2&value=3&value=4").field == "value");
    CHECK(read("value=1&value=2&value=3").values("value").size() == 3);
}

TEST_CASE("a token is no parameter of the path", "[http]") {
    const query_parameters found = read("token=a&limit=1&token=b");
    CHECK(found.value("limit") == "1");
    CHECK_FALSE(found.value("token"));
}

TEST_CASE("what is not UTF-8 is refused", "[http]") {
    CHECK(refused_query("limit=%FF").field == "limit");
    CHECK(refused_query("limit=%C0%80").field == "limit");
    CHECK(refused_query("limit=%ED%A0%80").field == "limit");
    CHECK(refused_query("limit=%4").field == "limit");
    CHECK(refused_query("%FF=1").field.empty());
}

TEST_CASE("a number has bounds, a text has a length", "[http]") {
    const auto number = [](const std::string& query) { return read(query).number("limit", 7, {2, 10}); };
    CHECK(number("").value() == 7);
    CHECK(number("limit=2").value() == 2);
    CHECK(number("limit=10").value() == 10);
    for (const std::string bad : {"1", "11", "", "%2B5", "-5", "5.0", "5x", "0x5", "99999999999999999999"}) {
        CAPTURE(bad);
        const auto refused = number("limit=" + bad);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().field == "limit");
        CHECK(refused.error().rule == "must be an integer from 2 to 10");
    }
    const auto text = [](const std::string& query) { return read(query).text("limit", 3); };
    CHECK_FALSE(text("").value());
    CHECK(text("limit=").value() == "");
    CHECK(text("limit=%41%42c").value() == "ABc");
    REQUIRE_FALSE(text("limit=abcd"));
    CHECK(text("limit=abcd").error().rule == "must have at most 3 bytes");
}
