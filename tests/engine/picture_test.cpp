// Checkpoints: an engine that is put together from a picture and what came after it is the engine that was never gone.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "asked.hpp"
#include "scenario.hpp"
#include "streamstats/engine/engine.hpp"
#include "support/catch.hpp"
#include "support/random_source.hpp"
#include "support/rows.hpp"

using namespace streamstats;
using namespace streamstats::testing;

namespace {

identity_secret secret_of_tests() {
    return identity_secret{std::array<std::uint8_t, identity_secret::bytes>{5}};
}

struct run {
    engine core;
    table stored;

    void take(const scenario& s, const step& next) {
        core.advance(next.at);
        if (next.kind == step_kind::request) {
            for (const std::size_t i : next.events) core.apply(view_of(s.history[i].event), next.at);
        } else if (next.kind != step_kind::tick) {
            stored.apply(core.take_changed(s.growing));
            if (next.kind == step_kind::revise) stored.apply(revisions_of(core));
        }
    }
};

// The rows of the minutes that the recovered engine hands out anew are wiped first, as the store does.
table without_mutable(const table& all, minute first_mutable) {
    std::vector<minute_row> kept;
    for (const auto& [key, numbers] : all.content()) {
        const auto& [at, d, value] = key;
        if (at < first_mutable) kept.push_back({at, d, value, row_kind::whole, numbers});
    }
    table rest;
    rest.apply(kept);
    return rest;
}

std::string recover_and_compare(std::uint64_t seed) {
    random_source random(seed);
    const scenario s = seed % 2 == 0 ? late_scenario(seed) : timely_scenario(seed);
    const auto place = [&] { return static_cast<std::size_t>(random.below(s.steps.size())); };
    const std::size_t pictured = place();
    run original{engine(s.limits, secret_of_tests(), s.started), {}};
    for (std::size_t i = 0; i < pictured; ++i) original.take(s, s.steps[i]);

    run recovered{engine(s.limits, secret_of_tests(), s.started),
                  without_mutable(original.stored, original.core.first_mutable())};
    original.core.begin_picture();
    bool complete = false;
    const auto take_piece = [&](std::size_t sessions) {
        const auto piece = original.core.take_picture_piece(sessions);
        if (!piece) {
            complete = true;
        } else if (!recovered.core.load_picture_piece(*piece)) {
            FAIL("a piece of the picture cannot be loaded");
        }
    };
    for (std::size_t i = pictured; i < s.steps.size(); ++i) {
        if (!complete) take_piece(static_cast<std::size_t>(1 + random.below(400)));
        original.take(s, s.steps[i]);
    }
    while (!complete) take_piece(1'000);
    recovered.core.finish_loading();
    for (std::size_t i = pictured; i < s.steps.size(); ++i) recovered.take(s, s.steps[i]);
    const auto before = active(original.core, 1'000);
    const auto after = active(recovered.core, 1'000);
    if (before.active_sessions != after.active_sessions || before.unique_users != after.unique_users ||
        before.by != after.by) {
        return "audiences: " + std::to_string(before.active_sessions) + " and " +
               std::to_string(after.active_sessions) + " sessions, " + std::to_string(before.unique_users) + " and " +
               std::to_string(after.unique_users) + " users";
    }
    return difference(original.stored.content(), recovered.stored.content());
}

}  // namespace

TEST_CASE("an engine recovered from a picture and the events after it makes the same tables", "[engine]") {
    const char* one = std::getenv("STREAMSTATS_SEED");
    const std::uint64_t first = one == nullptr ? 1 : std::strtoull(one, nullptr, 10);
    for (std::uint64_t seed = first; seed < (one == nullptr ? 601 : first + 1); ++seed) {
        CAPTURE(seed);
        REQUIRE(recover_and_compare(seed) == "");
    }
}

TEST_CASE("a piece that is cut short or changed is refused or understood, and never read past its end", "[engine]") {
    const scenario s = timely_scenario(3);
    run original{engine(s.limits, secret_of_tests(), s.started), {}};
    for (std::size_t i = 0; i < s.steps.size() / 2; ++i) original.take(s, s.steps[i]);
    original.core.begin_picture();
    std::vector<std::vector<std::byte>> pieces;
    while (auto piece = original.core.take_picture_piece(10'000)) pieces.push_back(*std::move(piece));
    REQUIRE(pieces.size() >= 2);
    random_source random(1);
    for (int i = 0; i < 300; ++i) {
        engine fresh(s.limits, secret_of_tests(), s.started);
        REQUIRE(fresh.load_picture_piece(pieces[0]));
        auto piece = pieces[1];
        piece.resize(static_cast<std::size_t>(1 + random.below(piece.size())));
        (void)fresh.load_picture_piece(piece);
    }
    engine fresh(s.limits, secret_of_tests(), s.started);
    CHECK_FALSE(fresh.load_picture_piece({}));
    auto head = pieces[0];
    head.pop_back();
    CHECK_FALSE(fresh.load_picture_piece(head));
}

TEST_CASE("a recovered engine hands out the rows of zeros that the one before had not", "[engine]") {
    const instant noon{milliseconds{1'772'366'400'000}};
    engine original({}, secret_of_tests(), noon);
    play_event e;
    e.id = "a";
    original.apply(e, noon);
    original.advance(noon + std::chrono::hours{3});
    revisions_of(original);
    e.id = "long ago";
    e.time = noon - std::chrono::hours{2};
    original.apply(e, noon + std::chrono::hours{3});

    engine recovered({}, secret_of_tests(), noon);
    original.begin_picture();
    while (const auto piece = original.take_picture_piece(10)) REQUIRE(recovered.load_picture_piece(*piece));
    recovered.finish_loading();
    const std::vector<minute_row> revisions = revisions_of(original);
    CHECK(std::count_if(revisions.begin(), revisions.end(),
                        [](const minute_row& row) { return row.numbers.all_zero(); }) == 120);
    CHECK(revisions_of(recovered) == revisions);
    CHECK(revisions_of(recovered).empty());
}

TEST_CASE("after a recovery active_sessions is brought into step with what is open", "[engine]") {
    const identity_secret secret = secret_of_tests();
    engine core({}, secret, instant{milliseconds{1'772'366'400'000}});
    play_event e;
    for (const std::string_view id : {"there", "missing"}) {
        e.id = id;
        core.apply(e, instant{milliseconds{1'772'366'400'000}});
    }
    core.take_session_changes();
    const session_key stranger = secret.session("unknown", "stranger");
    const auto strangers = core.reconcile({secret.session("unknown", "there"), stranger});
    CHECK(strangers == std::vector<session_key>{stranger});
    const auto changes = core.take_session_changes();
    REQUIRE(changes.open.size() == 1);
    CHECK(changes.open[0].id == "missing");
}

namespace {

// That long after 12:00:00.
instant at(seconds later) {
    return instant{milliseconds{1'772'366'400'000}} + later;
}

// A session that is thought to be there in 12:00 and 12:01 when a pass begins, and closes in 12:00 before the pass has
// come to its channel.
engine in_the_middle_of_a_pass() {
    const instant start = at(seconds{0});
    engine core(engine_limits{}, secret_of_tests(), start);
    play_event event;
    event.id = "1";
    event.channel = "news";
    event.opened_at = event.time = at(seconds{10});
    core.advance(at(seconds{10}));
    core.apply(event, at(seconds{10}));
    core.advance(at(seconds{120}));
    core.begin_changed(false);
    event.kind = event_kind::play_closed;
    event.closed_at = event.time = at(seconds{40});
    core.apply(event, at(seconds{120}));
    return core;
}

std::vector<minute_row> rows_of_news(std::vector<minute_row> rows) {
    std::erase_if(rows, [](const minute_row& row) { return row.value != "news"; });
    return rows;
}

}  // namespace

TEST_CASE("a picture in the middle of a pass has no rows of minutes that can still change", "[engine]") {
    engine core = in_the_middle_of_a_pass();
    core.begin_picture();
    engine recovered(engine_limits{}, secret_of_tests(), at(seconds{0}));
    while (const auto piece = core.take_picture_piece(100)) REQUIRE(recovered.load_picture_piece(*piece));
    recovered.finish_loading();
    const auto rows = rows_of_news(recovered.take_changed(false));
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].at == minute_of(at(seconds{0})));
    CHECK(rows[0].numbers.watch_time_ms == 30'000);
}

TEST_CASE("rows that are handed out again in the middle of a pass are those of now", "[engine]") {
    engine core = in_the_middle_of_a_pass();
    core.hand_out_again();
    const auto rows = rows_of_news(core.take_changed(false));
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].numbers.watch_time_ms == 30'000);
}
