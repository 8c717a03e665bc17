// Who an event is about, and events that come with it.
#include <algorithm>
#include <string>
#include <vector>

#include "asked.hpp"
#include "scenario.hpp"
#include "streamstats/engine/engine.hpp"
#include "support/catch.hpp"
#include "support/rows.hpp"
#include "support/seeds.hpp"

using namespace streamstats;
using namespace streamstats::testing;

namespace {

identity_secret secret() {
    return identity_secret{std::array<std::uint8_t, identity_secret::bytes>{5}};
}

// Three engines are told the same at the same times: one event by event, one in batches, and one in batches together
// with who the events are about.
class told_in_three_ways {
public:
    explicit told_in_three_ways(const scenario& s) : scenario_(s) {
        for (std::size_t i = 0; i < 3; ++i) cores_.emplace_back(s.limits, secret(), s.started);
    }

    void run() {
        for (const step& next : scenario_.steps) {
            for (engine& each : cores_) each.advance(next.at);
            if (next.kind == step_kind::request) tell(next);
            if (next.kind == step_kind::flush || next.kind == step_kind::revise) compare_rows();
        }
        CHECK(cores_[2].open_sessions() == cores_[0].open_sessions());
        CHECK(cores_[2].known_sessions() == cores_[0].known_sessions());
        CHECK(cores_[2].totals().late_events == cores_[0].totals().late_events);
    }

private:
    void tell(const step& request) {
        std::vector<play_event> events;
        std::vector<event_identity> who;
        std::vector<verdict> verdicts;
        for (const std::size_t place : request.events) {
            events.push_back(view_of(scenario_.history[place].event));
            who.push_back(secret().identify(events.back()));
            verdicts.push_back(cores_[0].apply(events.back(), request.at));
        }
        CHECK(std::ranges::equal(cores_[1].apply(events, request.at), verdicts));
        CHECK(std::ranges::equal(cores_[2].apply(events, who, request.at), verdicts));
    }

    void compare_rows() {
        for (std::size_t i = 0; i < cores_.size(); ++i) {
            tables_[i].apply(cores_[i].take_changed(scenario_.growing));
            tables_[i].apply(revisions_of(cores_[i]));
            CHECK(difference(tables_[0].content(), tables_[i].content()) == "");
        }
    }

    const scenario& scenario_;
    std::vector<engine> cores_;
    std::array<table, 3> tables_;
};

}  // namespace

TEST_CASE("events that come with who they are about mean the same as without", "[engine]") {
    const seed_range range = seeds_to_run(20, 25);
    for (std::uint64_t seed = range.first; seed <= range.last; ++seed) {
        CAPTURE(seed);
        for (const auto make : {timely_scenario, late_scenario, growing_scenario}) {
            const scenario s = make(seed);
            told_in_three_ways all(s);
            all.run();
        }
    }
}

TEST_CASE("an identity tells sessions and users apart as the secret does", "[engine]") {
    play_event event;
    event.server = "edge1";
    event.id = "s1";
    event.ip = "10.0.0.1";
    const event_identity known = secret().identify(event);
    CHECK(known.session == secret().session("edge1", "s1"));
    CHECK(known.user == secret().user(event, known.session));

    event.kind = event_kind::server_started;
    const event_identity nobody = secret().identify(event);
    CHECK(nobody.session == session_key{});
    CHECK(nobody.user == 0);
}
