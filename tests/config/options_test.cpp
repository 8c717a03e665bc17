#include "config/options.hpp"

#include <set>

#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::config;

namespace {

const option& find(std::string_view name) {
    for (const option& one : options()) {
        if (one.name == name) return one;
    }
    FAIL("no such option");
    std::abort();
}

bool takes(std::string_view name, std::string_view text) {
    settings values;
    return !assign(find(name), text, values);
}

}  // namespace

TEST_CASE("every option has a name of its own, a meaning, and a default that its own rule allows", "[config]") {
    std::set<std::string_view> names;
    for (const option& one : options()) {
        CAPTURE(one.name);
        CHECK(one.name.starts_with("STREAM_"));
        CHECK(names.insert(one.name).second);
        CHECK(one.meaning.ends_with("."));
        CHECK(one.smallest <= one.largest);
        settings values;
        CHECK_FALSE(assign(one, text_of(one, settings{}), values));
    }
}

TEST_CASE("each option has a field of its own", "[config]") {
    for (const option& one : options()) {
        const bool is_text = std::holds_alternative<std::string settings::*>(one.member);
        const std::string last_choice(one.choices.substr(one.choices.rfind(' ') + 1));
        const std::string other = !one.choices.empty() ? last_choice : is_text ? "other" : std::to_string(one.largest);
        settings values;
        REQUIRE_FALSE(assign(one, other, values));
        for (const option& each : options()) {
            CAPTURE(one.name, each.name);
            const std::string expected = each.name == one.name ? other : text_of(each, settings{});
            CHECK(text_of(each, values) == expected);
        }
    }
}

TEST_CASE("the limits of a number are inside, one past them is outside", "[config]") {
    for (const option& one : options()) {
        if (std::holds_alternative<std::string settings::*>(one.member)) continue;
        CAPTURE(one.name);
        CHECK(takes(one.name, std::to_string(one.smallest)));
        CHECK(takes(one.name, std::to_string(one.largest)));
        CHECK_FALSE(takes(one.name, std::to_string(one.smallest - 1)));
        CHECK_FALSE(takes(one.name, std::to_string(one.largest + 1)));
    }
    CHECK_FALSE(takes("STREAM_LATE_WINDOW_SECONDS", "3601"));
    CHECK_FALSE(takes("STREAM_SESSION_MAX_AGE_SECONDS", "2592001"));
    CHECK_FALSE(takes("STREAM_MAX_DIMENSION_VALUES", "1000001"));
}

TEST_CASE("only whole decimal numbers are numbers", "[config]") {
    for (const std::string_view text :
         {"", " 60", "60 ", "+60", "6e1", "60.0", "0x3c", "60s", "99999999999999999999"}) {
        CAPTURE(text);
        CHECK_FALSE(takes("STREAM_AGGREGATION_INTERVAL_SECONDS", text));
    }
}

TEST_CASE("texts have a length, no control characters, and where there are choices only those", "[config]") {
    CHECK(takes("STREAM_DB_PASSWORD", ""));
    CHECK_FALSE(takes("STREAM_DB_HOST", ""));
    CHECK_FALSE(takes("STREAM_DB_HOST", std::string(256, 'x')));
    CHECK_FALSE(takes("STREAM_DB_PASSWORD", "two\nlines"));
    CHECK(takes("STREAM_LOG_FORMAT", "json"));
    CHECK_FALSE(takes("STREAM_LOG_FORMAT", "JSON"));
    CHECK_FALSE(takes("STREAM_LOG_FORMAT", "text json"));
}

TEST_CASE("the nearest name differs in the fewest letters", "[config]") {
    CHECK(nearest_name("STREAM_HTTP_PROT") == "STREAM_HTTP_PORT");
    CHECK(nearest_name("STREAM_LATE_WINDOW") == "STREAM_LATE_WINDOW_SECONDS");
    CHECK(nearest_name("STREAM_DB_PASS_FILE") == "STREAM_DB_PASSWORD_FILE");
    CHECK(nearest_name("STREAM_DB_PASSWD") == "STREAM_DB_PASSWORD");
}
