// Corrections of final minutes: gathered as books, handed out as rows a few at a time.
#include "asked.hpp"

#include <algorithm>
#include <deque>
#include <string>
#include <string_view>
#include <tuple>

#include "support/catch.hpp"

using namespace streamstats;
using namespace std::chrono_literals;
using streamstats::testing::revisions_of;

namespace {

constexpr instant noon{1'772'366'400'000ms};
constexpr instant evening = noon + 10h;
constexpr std::size_t rows_in_a_block_max = 16;  // "and a few more"

engine engine_of_tests(const engine_limits& limits = {}) {
    return {limits, identity_secret{std::array<std::uint8_t, identity_secret::bytes>{1, 2, 3}}, noon};
}

// Whole sessions that come when all their minutes are final.
class latecomers {
public:
    void come(engine& core, const std::string& channel, instant opened, minutes length) {
        play_event e;
        e.kind = event_kind::play_closed;
        e.id = texts_.emplace_back("session " + std::to_string(texts_.size()));
        e.channel = texts_.emplace_back(channel);
        e.bytes = 60'000;
        e.opened_at = opened;
        e.closed_at = opened + length;
        core.apply(e, evening);
    }

private:
    std::deque<std::string> texts_;
};

// It has heard of a session long ago, and everything was taken from it.
engine in_the_evening(std::string_view channel = unknown_value, const engine_limits& limits = {}) {
    engine core = engine_of_tests(limits);
    play_event first;
    first.kind = event_kind::play_closed;
    first.id = "first";
    first.channel = channel;
    first.opened_at = first.closed_at = noon - 25h;
    core.apply(first, noon);
    core.advance(evening);
    core.take_changed(false);
    revisions_of(core);
    return core;
}

std::int64_t bytes_in(const std::vector<minute_row>& rows) {
    std::int64_t sum = 0;
    for (const minute_row& row : rows) sum += row.dim == dimension::channel ? row.numbers.total_bytes : 0;
    return sum;
}

}  // namespace

TEST_CASE("corrections are handed out a few rows at a time, each once, oldest minute first", "[engine]") {
    engine core = in_the_evening();
    latecomers late;
    for (const auto* channel : {"one", "two", "three"}) late.come(core, channel, noon, 60min);
    core.begin_revisions();
    std::int64_t bytes = 0;
    std::size_t pieces = 0;
    for (auto rows = core.take_revisions(20); !rows.empty(); rows = core.take_revisions(20)) {
        CHECK(rows.size() <= 20 + rows_in_a_block_max);
        CHECK(std::is_sorted(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.at < b.at; }));
        bytes += bytes_in(rows);
        ++pieces;
    }
    CHECK(bytes == 180'000);
    CHECK(pieces >= 3 * 60 / 20);
    CHECK(revisions_of(core).empty());
}

TEST_CASE("a value that is corrected once its corrections were taken waits for the next time", "[engine]") {
    engine core = in_the_evening();
    latecomers late;
    late.come(core, "one", noon, 1min);
    core.begin_revisions();
    late.come(core, "two", noon, 1min);
    CHECK(bytes_in(core.take_revisions(100)) == 60'000);
    late.come(core, "one", noon, 1min);
    CHECK(core.take_revisions(100).empty());
    CHECK(bytes_in(revisions_of(core)) == 120'000);
}

TEST_CASE("whole rows of minutes that turned final come with the corrections that add to them", "[engine]") {
    engine core = engine_of_tests();
    latecomers late;
    late.come(core, "one", noon, 2min);
    core.advance(evening);
    late.come(core, "one", noon, 2min);
    std::vector<minute_row> rows = revisions_of(core);
    std::erase_if(rows,
                  [](const minute_row& row) { return row.dim != dimension::channel || row.at != minute_of(noon); });
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].kind == row_kind::whole);
    CHECK(rows[1].kind == row_kind::revision);
}

TEST_CASE("the correction of one row can be taken alone", "[engine]") {
    engine core = in_the_evening();
    latecomers late;
    late.come(core, "one", noon, 2min);
    const minute at = minute_of(noon);
    const auto row = core.take_revision(at, dimension::channel, "one");
    REQUIRE(row);
    CHECK(row->numbers == minute_numbers{1, 0, 60'000, 0, 0, 30'000});
    CHECK_FALSE(core.take_revision(at, dimension::channel, "one"));
    CHECK_FALSE(core.take_revision(at, dimension::channel, "another"));
    CHECK_FALSE(core.take_revision(at + 20min, dimension::channel, "one"));
    CHECK(core.take_revision(at, dimension::user_agent_class, "other"));
    CHECK(core.take_revision(at, dimension::global, ""));
    CHECK(revisions_of(core).size() == 6 * 3 - 3);
}

TEST_CASE("what a minute holds that is not final is no correction", "[engine]") {
    engine core = in_the_evening();
    latecomers late;
    late.come(core, "one", evening - 1min, 1min);
    CHECK_FALSE(core.take_revision(minute_of(evening) - 1min, dimension::channel, "one"));
    CHECK(revisions_of(core).empty());
}

TEST_CASE("minutes that are final and not corrected take no memory", "[engine]") {
    engine core = engine_of_tests();
    play_event e;
    e.id = "stays";
    core.apply(e, noon);
    const auto memory_at = [&](instant until, instant from) {
        for (instant t = from; t <= until; t += 1min) {
            core.advance(t);
            core.take_changed(false);
        }
        return core.totals().memory_bytes;
    };
    const std::uint64_t before = memory_at(noon + 3h, noon);
    CHECK(memory_at(noon + 20h, noon + 3h) < before + 10'000);
}

TEST_CASE("however many corrections wait, the pieces of a picture stay small and hold them all", "[engine]") {
    engine original = in_the_evening();
    latecomers late;
    for (int i = 0; i < 400; ++i) late.come(original, "channel " + std::to_string(i), noon - 24h, 23h);
    original.begin_picture();
    engine recovered = engine_of_tests();
    std::size_t bytes = 0;
    while (const auto piece = original.take_picture_piece(10)) {
        CHECK(piece->size() < std::size_t{2} << 20);
        bytes += piece->size();
        REQUIRE(recovered.load_picture_piece(*piece));
    }
    recovered.finish_loading();
    CHECK(bytes > std::size_t{4} << 20);
    const auto by_name = [](const minute_row& a, const minute_row& b) {
        return std::tie(a.at, a.dim, a.value) < std::tie(b.at, b.dim, b.value);
    };
    std::vector<minute_row> expected = revisions_of(original);
    std::vector<minute_row> actual = revisions_of(recovered);
    std::sort(expected.begin(), expected.end(), by_name);
    std::sort(actual.begin(), actual.end(), by_name);
    CHECK((actual == expected));
}

TEST_CASE("corrections of a value that is forgotten keep its name", "[engine]") {
    engine_limits limits;
    limits.dimension_values_max = 1;
    engine core = in_the_evening("old", limits);
    latecomers late;
    late.come(core, "old", noon, 60min);
    SECTION("that nobody may ask for yet") {}
    SECTION("that somebody may ask for") {
        core.begin_revisions();
    }
    const instant next_evening = evening + 25h;
    core.advance(next_evening);
    while (core.tidy(1'000)) continue;
    play_event newcomer;
    newcomer.kind = event_kind::play_started;
    newcomer.id = "newcomer";
    newcomer.channel = "new";
    newcomer.opened_at = next_evening;
    core.apply(newcomer, next_evening);
    std::vector<minute_row> rows = revisions_of(core);
    CHECK(bytes_in(rows) == 60'000);
    for (const minute_row& row : rows) CHECK((row.dim != dimension::channel || row.value == "old"));
    CHECK(core.take_changed(true).back().at == minute{std::chrono::floor<minutes>(next_evening)});
    tally open = core.count();
    while (core.name_values(open, 1'000)) continue;
    CHECK(open.by[index_of(dimension::channel)].front().value == "new");
}
