// Rows that are made in pieces, with events in between.
#include <algorithm>
#include <string>
#include <vector>

#include "scenario.hpp"
#include "streamstats/engine/engine.hpp"
#include "support/catch.hpp"
#include "support/random_source.hpp"
#include "support/rows.hpp"
#include "support/seeds.hpp"

using namespace streamstats;
using namespace streamstats::testing;

namespace {

rows from(minute first, rows all) {
    std::erase_if(all, [first](const auto& row) { return std::get<minute>(row.first) < first; });
    return all;
}

// Two engines that are told the same at the same times. One makes its rows at one stroke, the other in pieces, and the
// events that follow come in between.
class strokes_and_pieces {
public:
    strokes_and_pieces(const scenario& s, std::uint64_t seed)
        : scenario_(s), random_(seed), stroke_(s.limits, secret(), s.started), pieces_(s.limits, secret(), s.started) {}

    void run() {
        for (const step& next : scenario_.steps) {
            for (engine* each : {&stroke_, &pieces_}) each->advance(next.at);
            if (next.kind == step_kind::request) {
                for (const std::size_t place : next.events) tell(place, next.at);
            } else if (next.kind != step_kind::tick) {
                begin();
            }
        }
        begin();
        while (taking_) take_piece();
        for (engine* each : {&stroke_, &pieces_}) each->begin_revisions();
        by_stroke_.apply(stroke_.take_revisions(1'000'000));
        in_pieces_.apply(pieces_.take_revisions(1'000'000));
        note(difference(by_stroke_.content(), in_pieces_.content()));
    }

    [[nodiscard]] const std::string& problem() const { return problem_; }
    [[nodiscard]] int passes() const { return passes_; }

private:
    static identity_secret secret() { return identity_secret{std::array<std::uint8_t, identity_secret::bytes>{9}}; }

    void tell(std::size_t place, instant received) {
        const play_event event = view_of(scenario_.history[place].event);
        stroke_.apply(event, received);
        pieces_.apply(event, received);
        if (taking_ && random_.chance(30)) take_piece();
    }

    void begin() {
        by_stroke_.apply(stroke_.take_changed(scenario_.growing));
        pieces_.begin_changed(scenario_.growing);
        as_it_began_ = by_stroke_.content();
        taking_ = true;
    }

    // What became final in between may be newer.
    void take_piece() {
        if (const auto piece = pieces_.take_changed_piece(1 + random_.below(5))) return in_pieces_.apply(*piece);
        taking_ = false;
        ++passes_;
        const minute first = pieces_.first_mutable();
        note(difference(from(first, as_it_began_), from(first, in_pieces_.content())));
    }

    void note(const std::string& difference) {
        if (problem_.empty()) problem_ = difference;
    }

    const scenario& scenario_;
    random_source random_;
    engine stroke_;
    engine pieces_;
    table by_stroke_;
    table in_pieces_;
    rows as_it_began_;
    bool taking_ = false;
    int passes_ = 0;
    std::string problem_;
};

}  // namespace

TEST_CASE("rows made in pieces are those of the moment when they were begun, whatever comes in between", "[engine]") {
    int passes = 0;
    const seed_range range = seeds_to_run(40);
    for (std::uint64_t seed = range.first; seed <= range.last; ++seed) {
        CAPTURE(seed);
        for (const auto make : {timely_scenario, late_close_scenario, growing_scenario}) {
            const scenario s = make(seed);
            strokes_and_pieces both(s, seed);
            both.run();
            REQUIRE(both.problem() == "");
            passes += both.passes();
        }
    }
    CHECK(passes > 0);
}
