#include <algorithm>
#include <array>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "fake_receiver.hpp"
#include "rehearsal.hpp"
#include "simulate/truth_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace streamstats::simulate {
namespace {

std::set<std::string> set_of(const std::vector<std::string>& bodies) {
    return {bodies.begin(), bodies.end()};
}

// The audience of rehearsal_start lies in the past if that is early enough, so that it is delivered at once.
simulation_settings audience_for(const fake_receiver& receiver) {
    simulation_settings settings = small_audience();
    settings.start = instant{milliseconds{1'700'000'000'000}};
    settings.url = receiver.url();
    settings.connections = 3;
    return settings;
}

struct outcome {
    int status = -1;
    std::string progress;
};

outcome run(const simulation_settings& settings, const std::stop_source& stop = {}) {
    std::ostringstream progress;
    const int status = run_simulation(settings, progress, stop.get_token());
    return {status, progress.str()};
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a receiver that takes everything gets every batch once") {
    fake_receiver receiver{[](std::size_t) { return conduct::take; }};
    const simulation_settings settings = audience_for(receiver);
    const outcome result = run(settings);
    CHECK(result.status == 0);
    const auto taken = receiver.taken();
    const auto expected = rehearsal{settings}.bodies();
    CHECK(taken.size() == expected.size());
    CHECK(set_of(taken) == set_of(expected));
}

TEST_CASE("whatever the receiver does, every batch is delivered at least once and the run ends") {
    const auto every_third = [](conduct other) {
        return [other](std::size_t request) { return request % 3 == 1 ? other : conduct::take; };
    };
    const std::array others{conduct::busy, conduct::vanish, conduct::take_and_vanish, conduct::take_twice,
                            conduct::take_silently};
    for (const conduct other : others) {
        CAPTURE(static_cast<int>(other));
        fake_receiver receiver{every_third(other)};
        const simulation_settings settings = audience_for(receiver);
        const outcome result = run(settings);
        CAPTURE(result.progress);
        CHECK(result.status == 0);
        CHECK(set_of(receiver.taken()) == set_of(rehearsal{settings}.bodies()));
    }
}

TEST_CASE("the second answer to a batch is not taken for the answer to the next one") {
    fake_receiver receiver{[](std::size_t request) {
        if (request % 4 == 1) return conduct::take_twice;
        return request % 4 == 2 ? conduct::vanish : conduct::take;
    }};
    simulation_settings settings = audience_for(receiver);
    settings.connections = 1;
    settings.batch_events = 1;  // all receipts look alike
    settings.viewers = 5;
    CHECK(run(settings).status == 0);
    CHECK(set_of(receiver.taken()) == set_of(rehearsal{settings}.bodies()));
}

TEST_CASE("a refusal in the middle of a run is a reason to send again, like any other") {
    fake_receiver receiver{[](std::size_t request) { return request == 5 ? conduct::refuse : conduct::take; }};
    const simulation_settings settings = audience_for(receiver);
    CHECK(run(settings).status == 0);
    CHECK(set_of(receiver.taken()) == set_of(rehearsal{settings}.bodies()));
}

TEST_CASE("a receiver that refuses from the start ends the run with the reason") {
    fake_receiver receiver{[](std::size_t) { return conduct::refuse; }};
    const outcome result = run(audience_for(receiver));
    CHECK(result.status == 1);
    CHECK(contains(result.progress, "HTTP 401 Unauthorized"));
    CHECK(receiver.taken().empty());
}

TEST_CASE("answers are lost on purpose, and those batches are sent again") {
    fake_receiver receiver{[](std::size_t) { return conduct::take; }};
    simulation_settings settings = audience_for(receiver);
    settings.lost_answer_percent = 40;
    const outcome result = run(settings);
    CHECK(result.status == 0);
    CHECK_FALSE(contains(result.progress, " 0 cut on purpose"));
    CHECK(set_of(receiver.taken()) == set_of(rehearsal{settings}.bodies()));
}

TEST_CASE("who takes nothing in the end is given up, and the exit status says so") {
    fake_receiver receiver{[](std::size_t) { return conduct::busy; }};
    simulation_settings settings = audience_for(receiver);
    settings.viewers = 3;
    settings.give_up = seconds{1};
    const outcome result = run(settings);
    CHECK(result.status == 1);
    CHECK(contains(result.progress, "given up: "));
    CHECK(contains(result.progress, "HTTP 503"));
}

TEST_CASE("a receiver that is away is given up also while history waits to be told") {
    simulation_settings settings = small_audience();
    {
        const fake_receiver gone{[](std::size_t) { return conduct::take; }};
        settings.url = gone.url();
    }
    settings.start = instant{milliseconds{1'700'000'000'000}};
    settings.viewers = 2'000;
    settings.batch_events = 1;
    settings.give_up = seconds{1};
    const outcome result = run(settings);
    CHECK(result.status == 1);
    CHECK(contains(result.progress, "cannot connect to 127.0.0.1:"));
    CHECK(contains(result.progress, "given up: "));
}

TEST_CASE("a run that is asked to stop while nothing is taken gives up as well") {
    std::stop_source stop;
    fake_receiver receiver{[&](std::size_t request) {
        if (request == 3) stop.request_stop();
        return conduct::busy;
    }};
    simulation_settings settings = audience_for(receiver);
    settings.start.reset();
    settings.backdate = seconds{600};
    settings.duration = seconds{0};
    settings.close_at_end = true;
    settings.batch_events = 1;  // so that more batches wait than there is room for
    settings.give_up = seconds{1};
    CHECK(run(settings, stop).status == 1);
}

TEST_CASE("the query of the URL and the token are passed on and never shown") {
    fake_receiver receiver{[](std::size_t) { return conduct::take; }};
    simulation_settings settings = audience_for(receiver);
    settings.token = "open-sesame";
    const outcome result = run(settings);
    CHECK_FALSE(contains(result.progress, "open-sesame"));
    CHECK_FALSE(contains(result.progress, "source=test"));
    for (const std::string& head : receiver.heads()) {
        CHECK(contains(head, "POST /api/webhook?source=test HTTP/1.1\r\n"));
        CHECK(contains(head, "Authorization: Bearer open-sesame\r\n"));
    }
}

TEST_CASE("a run without an end stops when asked to, with everything delivered and closed") {
    std::stop_source stop;
    fake_receiver receiver{[&](std::size_t request) {
        if (request == 3) stop.request_stop();
        return conduct::take;
    }};
    simulation_settings settings = audience_for(receiver);
    settings.start.reset();
    settings.backdate = seconds{60};
    settings.duration = seconds{0};
    settings.close_at_end = true;
    const outcome result = run(settings, stop);
    CHECK(result.status == 0);
    CHECK(contains(result.progress, "stopping"));
    std::multiset<std::string> closed;
    std::set<std::string> all;
    for (const std::string& body : receiver.taken()) {
        for (const auto& event : nlohmann::json::parse(body)) {
            const std::string key = event["server"].get<std::string>() + event["id"].get<std::string>();
            all.insert(key);
            if (event["event"] == "play_closed") closed.insert(key);
        }
    }
    CHECK(closed.size() == all.size());
}

TEST_CASE("the truth file holds the rows of the sessions that were sent") {
    const testing::temporary_directory folder;
    fake_receiver receiver{[](std::size_t) { return conduct::take; }};
    simulation_settings settings = audience_for(receiver);
    settings.truth_file = (folder.path() / "truth").string();
    const outcome result = run(settings);
    CHECK(result.status == 0);
    std::ifstream file{settings.truth_file};
    std::ostringstream written;
    written << file.rdbuf();

    const rehearsal played{settings};
    std::ostringstream expected;
    write_rows(expected, rows_of(played.history(), played.last(), minute_of(played.last()) + minutes{1}));
    CHECK(written.str() == expected.str());
}

TEST_CASE("without closing at the end the truth stops before the minute that was not complete") {
    const testing::temporary_directory folder;
    fake_receiver receiver{[](std::size_t) { return conduct::take; }};
    simulation_settings settings = audience_for(receiver);
    settings.truth_file = (folder.path() / "truth").string();
    settings.close_at_end = false;
    CHECK(run(settings).status == 0);
    std::ifstream file{settings.truth_file};
    std::ostringstream written;
    written << file.rdbuf();
    CHECK(contains(written.str(), "stats_global\t2023-11-14 22:14:00"));
    CHECK_FALSE(contains(written.str(), "2023-11-14 22:15:00"));  // the audience ends at 22:15:20
}

TEST_CASE("a truth file that cannot be written ends the run before it begins") {
    fake_receiver receiver{[](std::size_t) { return conduct::take; }};
    simulation_settings settings = audience_for(receiver);
    settings.truth_file = "/nonexistent/truth.tsv";
    const outcome result = run(settings);
    CHECK(result.status == 1);
    CHECK(contains(result.progress, "/nonexistent/truth.tsv"));
    CHECK(receiver.heads().empty());
}

TEST_CASE("settings that are not valid are refused with status 2") {
    simulation_settings settings;
    settings.viewers = 0;
    const outcome result = run(settings);
    CHECK(result.status == 2);
    CHECK(contains(result.progress, "--viewers: must be a number from 1 to 5000000"));
}

}  // namespace streamstats::simulate
