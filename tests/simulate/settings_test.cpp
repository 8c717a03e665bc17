#include <cmath>

#include "simulate/url.hpp"
#include "streamstats/simulate/simulate.hpp"
#include "support/catch.hpp"

namespace streamstats::simulate {
namespace {

template <class Change>
std::string objection_to(Change change) {
    simulation_settings settings;
    change(settings);
    const auto error = validate(settings);
    return error ? error->option + " " + error->rule : "";
}

std::string rule_of(const char* url) {
    const auto parsed = parse_url(url);
    return parsed ? "" : parsed.error();
}

}  // namespace

TEST_CASE("the defaults are valid") {
    CHECK(objection_to([](auto&) {}).empty());
}

TEST_CASE("a value at its limit is valid, one past it is refused with the name of the option and the rule") {
    CHECK(objection_to([](auto& s) { s.viewers = 5'000'000; }).empty());
    CHECK(objection_to([](auto& s) { s.viewers = 5'000'001; }) == "--viewers must be a number from 1 to 5000000");
    CHECK(objection_to([](auto& s) { s.connections = 0; }) == "--connections must be a number from 1 to 256");
    CHECK(objection_to([](auto& s) { s.backdate = seconds{3'300}; }).empty());
    CHECK(objection_to([](auto& s) { s.backdate = seconds{3'301}; }) ==
          "--backdate must be a number from 0 to 3300 (seconds)");
    CHECK(objection_to([](auto& s) { s.repeat_percent = 100; }).empty());
    CHECK(objection_to([](auto& s) { s.repeat_percent = 100.5; }) ==
          "--repeats must be a number from 0 to 100 (percent)");
    CHECK(objection_to([](auto& s) { s.lost_answer_percent = 91; }) ==
          "--lost-answers must be a number from 0 to 90 (percent)");
    CHECK_FALSE(objection_to([](auto& s) { s.disorder_percent = std::nan(""); }).empty());
    CHECK_FALSE(objection_to([](auto& s) { s.duration = seconds{-1}; }).empty());
    CHECK_FALSE(objection_to([](auto& s) { s.batch_events = 10'001; }).empty());
}

TEST_CASE("settings that contradict each other are refused") {
    const auto both = [](auto& s) {
        s.start = instant{seconds{1'700'000'000}};
        s.backdate = seconds{60};
    };
    CHECK(objection_to(both) == "--backdate must be 0 when --start is given: that is the first instant already");
    const auto longer = [](auto& s) {
        s.session_length = seconds{601};
        s.session_max_age = seconds{600};
    };
    CHECK(objection_to(longer) == "--session-length must not be longer than --max-age");
}

TEST_CASE("a token must fit in a header line") {
    CHECK(objection_to([](auto& s) { s.token = "abc.DEF-123"; }).empty());
    CHECK(objection_to([](auto& s) { s.token = "a\r\nX: y"; }).starts_with("--token"));
}

TEST_CASE("a URL is taken apart") {
    const auto plain = parse_url("http://stats.example.net").value();
    CHECK(plain.host == "stats.example.net");
    CHECK(plain.port == "80");
    CHECK(plain.target == "/");
    const auto full = parse_url("http://[::1]:5000/api/webhook?token=a/b#part").value();
    CHECK(full.host == "::1");
    CHECK(full.port == "5000");
    CHECK(full.target == "/api/webhook?token=a/b");
    CHECK(full.authority == "[::1]:5000");
    CHECK(parse_url("http://host?x=1").value().target == "/?x=1");
}

TEST_CASE("a URL that cannot be used is refused with the rule it breaks") {
    CHECK(rule_of("https://host/") == "must begin with http:// (there is no TLS here)");
    CHECK(rule_of("http:///path") == "must name a host after http://");
    CHECK(rule_of("http://host:0/") == "must have a port from 1 to 65535, or none");
    CHECK(rule_of("http://host:65536/") == "must have a port from 1 to 65535, or none");
    CHECK(rule_of("http://host:5x/") == "must have a port from 1 to 65535, or none");
    CHECK(rule_of("http://me:secret@host/") == "must not hold a user name; a secret is given by --token");
    CHECK(rule_of("http://host/a b").starts_with("must be at most 4096 printable"));
    CHECK(objection_to([](auto& s) { s.url = "ftp://x"; }).starts_with("--url must begin with http://"));
}

TEST_CASE("a start is an ISO instant with its zone, or seconds or milliseconds") {
    const instant expected{milliseconds{1'795'262'400'000}};
    CHECK(parse_start("2026-11-21T12:00:00Z") == expected);
    CHECK(parse_start("2026-11-21T14:30:00+02:30") == expected);
    CHECK(parse_start("2026-11-21 08:00:00-0400") == expected);
    CHECK(parse_start("2026-11-21T12:00:00.25Z") == expected + milliseconds{250});
    CHECK(parse_start("1795262400") == expected);
    CHECK(parse_start("1795262400123") == expected + milliseconds{123});
}

TEST_CASE("what is no instant is no start") {
    for (const char* text : {"", "yesterday", "2026-11-21", "2026-11-21T12:00:00", "2026-02-30T12:00:00Z",
                             "2026-11-21T24:00:00Z", "2026-11-21T12:00:00.Z", "2026-11-21T12:00:00Zx", "-5", "1e9"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_start(text));
    }
}

}  // namespace streamstats::simulate
