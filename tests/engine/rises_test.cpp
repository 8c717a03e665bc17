// Rises that are made in pieces while edges come, against a plain model; and what that means for rows.
#include "engine/rises.hpp"

#include <algorithm>
#include <map>
#include <random>

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

constexpr std::size_t everything = static_cast<std::size_t>(-1);
constexpr minute_number some_minute = 29'500'000;

// Edges of sessions on three servers and ten channels, kept twice.
class edges_of_a_minute {
public:
    explicit edges_of_a_minute(std::uint64_t seed) : random_(seed) {
        for (std::uint8_t i = 0; i < 60; ++i) {
            const session_ref ref = table.insert({i});
            table.at(ref).server = i % 3U;
            table.at(ref).channel = i % 10U;
            sessions_.push_back(ref);
        }
    }
    void add(std::size_t count, std::uint16_t from, std::uint16_t to) {
        for (; count > 0; --count) {
            const session_ref who = sessions_[random_() % sessions_.size()];
            const auto offset = static_cast<std::uint16_t>(from + random_() % (to - from));
            const bool up = random_() % 2 == 0;
            (up ? edges.up : edges.down).add(who, offset);
            model_.emplace_back(offset, up, who);
        }
    }
    // As the ledger defines it: the greatest count that is attained, the one before the first edge included unless
    // that is at the very beginning.
    [[nodiscard]] std::map<std::pair<dimension, std::uint32_t>, std::int32_t> expected() const {
        auto sorted = model_;
        std::ranges::sort(sorted);  // what goes down stands first among those of an instant
        std::map<std::pair<dimension, std::uint32_t>, std::pair<std::int32_t, std::int32_t>> counts;
        for (const auto& [offset, up, who] : sorted) {
            for (const dimension d : all_dimensions) {
                auto& [now, rise] = counts[{d, table.at(who).label().in(d)}];
                now += up ? 1 : -1;
                rise = offset == 0 ? now : std::max(rise, now);
            }
        }
        std::map<std::pair<dimension, std::uint32_t>, std::int32_t> all;
        for (const auto& [which, count] : counts) all[which] = count.second;
        return all;
    }

    session_table table;
    minute_edges edges;

private:
    std::mt19937_64 random_;
    std::vector<session_ref> sessions_;
    std::vector<std::tuple<std::uint16_t, bool, session_ref>> model_;
};

std::map<std::pair<dimension, std::uint32_t>, std::int32_t> all_of(rises& made) {
    std::map<std::pair<dimension, std::uint32_t>, std::int32_t> all;
    made.for_each([&](dimension d, std::uint32_t value, std::int32_t rise) { all[{d, value}] = rise; });
    return all;
}

// The same events for two engines, of which one makes itself ready whenever it may.
class one_ready_one_not {
public:
    one_ready_one_not(const scenario& s, std::uint64_t seed) : scenario_(s), random_(seed) {}

    void run() {
        for (const step& next : scenario_.steps) {
            plain_.advance(next.at);
            ready_.advance(next.at);
            const std::size_t edges_about = random_() % 20 + 1;
            for (auto pieces = random_() % 4; pieces > 0; --pieces)
                ready_.prepare_changed(scenario_.growing, edges_about);
            if (next.kind == step_kind::request) tell(next);
            if (next.kind == step_kind::flush || next.kind == step_kind::revise) compare_rows();
        }
    }

private:
    void tell(const step& request) {
        for (const std::size_t place : request.events) {
            const play_event event = view_of(scenario_.history[place].event);
            plain_.apply(event, request.at);
            ready_.apply(event, request.at);
        }
    }
    void compare_rows() {
        plain_rows_.apply(plain_.take_changed(scenario_.growing));
        ready_rows_.apply(ready_.take_changed(scenario_.growing));
        CHECK(difference(plain_rows_.content(), ready_rows_.content()) == "");
    }

    const scenario& scenario_;
    std::mt19937_64 random_;
    engine plain_{scenario_.limits, secret(), scenario_.started};
    engine ready_{scenario_.limits, secret(), scenario_.started};
    table plain_rows_;
    table ready_rows_;
};

}  // namespace

TEST_CASE("rises are those of all edges, whatever the pieces in which they are made", "[engine]") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        edges_of_a_minute minute(seed);
        std::mt19937_64 random(seed);
        rises made(minute.table);
        for (int round = 0; round < 6; ++round) {
            minute.add(random() % 3'000, 0, 60'000);       // all over it
            minute.add(random() % 2'000, 30'000, 30'300);  // many in one slice
            minute.add(random() % 50, 0, 3);               // at the very beginning
            while (made.work(some_minute, minute.edges, random() % 500 + 1)) {
                if (random() % 20 == 0) minute.add(3, 0, 60'000);
            }
            CHECK(all_of(made) == minute.expected());
        }
    }
}

TEST_CASE("a rise is the greatest count of any instant, of few edges and of many, in whatever order they come",
          "[engine]") {
    constexpr std::uint16_t minute_ms = 60'000;
    for (const std::size_t count : {1U, 3U, 200U, 60'000U}) {
        for (std::uint64_t seed = 1; seed <= 8; ++seed) {
            CAPTURE(count, seed);
            std::mt19937_64 random(seed);
            const std::uint16_t spread = seed % 2 == 0 ? minute_ms : std::uint16_t{3};  // all over it; at its ends
            value_rise made;
            std::vector<std::int32_t> changes(minute_ms);
            for (std::size_t i = 1; i <= count; ++i) {
                const auto place = static_cast<std::uint16_t>(random() % spread);
                const bool from_end = random() % 2 == 0;
                const auto offset = static_cast<std::uint16_t>(from_end ? minute_ms - 1 - place : place);
                const bool up = random() % 5 < 2;
                made.add(offset, up);
                changes[offset] += up ? 1 : -1;
                if (i != count && i % 7'001 != 0) continue;
                std::int32_t open = 0;
                std::int32_t greatest = changes[0];
                for (const std::int32_t change : changes) greatest = std::max(greatest, open += change);
                REQUIRE(made.get() == greatest);
                REQUIRE(made.steps() == 0);
            }
        }
    }
}

TEST_CASE("rises come to an end however many edges come meanwhile, and are those of all of them", "[engine]") {
    edges_of_a_minute minute(3);
    rises made(minute.table);
    minute.add(2'000, 0, 60'000);
    int calls = 0;
    for (; made.work(some_minute, minute.edges, 50) && calls < 1'000; ++calls) minute.add(80, 0, 60'000);
    CHECK(calls > 10);
    CHECK(calls < 1'000);
    CHECK(all_of(made) == minute.expected());
}

TEST_CASE("rises of another minute begin anew", "[engine]") {
    edges_of_a_minute one(1);
    edges_of_a_minute other(1);  // has the same sessions
    one.add(1'000, 0, 60'000);
    other.add(700, 0, 60'000);
    rises made(one.table);
    CHECK_FALSE(made.work(some_minute, one.edges, everything));
    CHECK(made.of() == some_minute);
    CHECK_FALSE(made.work(some_minute + 1, other.edges, everything));
    CHECK(made.of() == some_minute + 1);
    CHECK(all_of(made) == other.expected());
    made.clear();
    CHECK_FALSE(made.of());
}

TEST_CASE("a minute without edges has no rises", "[engine]") {
    edges_of_a_minute minute(1);
    rises made(minute.table);
    CHECK_FALSE(made.work(some_minute, minute.edges, 1));
    CHECK(all_of(made).empty());
}

TEST_CASE("rows are the same whether they were made ready before or not", "[engine]") {
    const seed_range range = seeds_to_run(20);
    for (std::uint64_t seed = range.first; seed <= range.last; ++seed) {
        CAPTURE(seed);
        for (const auto make : {timely_scenario, late_scenario, growing_scenario}) {
            const scenario s = make(seed);
            one_ready_one_not(s, seed).run();
        }
    }
}
