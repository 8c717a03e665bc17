#include "app/signals.hpp"

#include <signal.h>
#include <unistd.h>

#include "support/catch.hpp"

using namespace streamstats::app;
using namespace std::chrono_literals;

TEST_CASE("signals become requests, one by one, also when they came before anybody waited", "[app]") {
    hold_signals();
    ::kill(::getpid(), SIGHUP);
    CHECK(wait_for_request(10s) == request::reload);
    ::kill(::getpid(), SIGTERM);
    CHECK(wait_for_request(10s) == request::stop);
    ::kill(::getpid(), SIGINT);
    CHECK(wait_for_request(10s) == request::stop);
    CHECK_FALSE(wait_for_request(0ms));
}

TEST_CASE("that a stop is asked for can be seen without taking the request", "[app]") {
    hold_signals();
    CHECK_FALSE(stop_is_asked());
    ::kill(::getpid(), SIGHUP);
    CHECK_FALSE(stop_is_asked());
    CHECK(wait_for_request(10s) == request::reload);
    for (const int deadly : {SIGTERM, SIGINT}) {
        ::kill(::getpid(), deadly);
        CHECK(stop_is_asked());
        CHECK(stop_is_asked());
        CHECK(wait_for_request(10s) == request::stop);
        CHECK_FALSE(stop_is_asked());
    }
}
