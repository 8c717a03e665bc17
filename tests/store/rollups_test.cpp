// What a flush leaves in the tables, in every store.
#include "store/rows.hpp"
#include "store/testbed.hpp"
#include "support/catch.hpp"

namespace streamstats::test {
namespace {

constexpr const char* all_columns =
    "SELECT minute, channel, sessions_started, sessions_closed, ROUND(watch_time_seconds * 1000), peak_concurrent, "
    "unique_users, total_bytes, bandwidth_bps FROM stats_by_channel ORDER BY minute, channel";

// ROUND gives 61001 in one database and 61001.0 in the other.
table whole_numbers(table rows) {
    for (auto& row : rows) {
        for (auto& text : row) {
            if (text.ends_with(".0")) text.resize(text.size() - 2);
        }
    }
    return rows;
}

std::uint64_t stored_number(rollup_store& store) {
    const auto position = store.position();
    REQUIRE(position);
    return position.value().flush_number;
}

}  // namespace

TEST_CASE("every number of a row is stored in its column", "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        CHECK_FALSE(store->write(flush_of(1, {whole(noon, dimension::channel, "one", {1, 2, 61'001, 4, 5, 7'501})})));
        CHECK(whole_numbers(bed.sql(all_columns)) ==
              table{{"2026-11-21 12:00:00", "one", "1", "2", "61001", "4", "5", "7501", "125"}});
    });
}

TEST_CASE("each dimension has a table of its own, and the value has the dimension's name", "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        CHECK_FALSE(store->write(flush_of(1, {whole(noon, dimension::global, "", {1, 0, 0, 0, 0, 0}),
                                              whole(noon, dimension::server, "s", {2, 0, 0, 0, 0, 0}),
                                              whole(noon, dimension::channel, "c", {3, 0, 0, 0, 0, 0}),
                                              whole(noon, dimension::country, "DE", {4, 0, 0, 0, 0, 0}),
                                              whole(noon, dimension::protocol, "hls", {5, 0, 0, 0, 0, 0}),
                                              whole(noon, dimension::user_agent_class, "tv", {6, 0, 0, 0, 0, 0})})));
        CHECK(bed.sql("SELECT sessions_started FROM stats_global") == table{{"1"}});
        CHECK(bed.sql("SELECT sessions_started FROM stats_by_server WHERE server = 's'") == table{{"2"}});
        CHECK(bed.sql("SELECT sessions_started FROM stats_by_channel WHERE channel = 'c'") == table{{"3"}});
        CHECK(bed.sql("SELECT sessions_started FROM stats_by_country WHERE country = 'DE'") == table{{"4"}});
        CHECK(bed.sql("SELECT sessions_started FROM stats_by_protocol WHERE protocol = 'hls'") == table{{"5"}});
        CHECK(bed.sql("SELECT sessions_started FROM stats_by_user_agent WHERE user_agent_class = 'tv'") ==
              table{{"6"}});
    });
}

TEST_CASE("bandwidth in megabits per second is computed by the database, whatever the size", "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
        CHECK_FALSE(store->write(flush_of(1, {whole(noon, dimension::channel, "a", {0, 0, 0, 0, 0, 7'500'000}),
                                              whole(noon, dimension::channel, "b", {0, 0, 0, 0, 0, largest})})));
        CHECK(whole_numbers(bed.sql("SELECT ROUND(bandwidth_mbps) FROM stats_by_channel WHERE channel = 'a'")) ==
              table{{"1"}});
        CHECK(bed.sql("SELECT total_bytes FROM stats_by_channel WHERE channel = 'b' AND bandwidth_mbps > 1e12") ==
              table{{std::to_string(largest)}});
    });
}

TEST_CASE("a flush that is sent again changes nothing, and is a success", "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        const flush first = flush_of(1, {revision(noon, dimension::channel, "one", {1, 0, 1'000, 0, 0, 60})});
        CHECK_FALSE(store->write(first));
        CHECK_FALSE(store->write(first));
        CHECK(bed.sql("SELECT sessions_started, total_bytes FROM stats_by_channel") == table{{"1", "60"}});
        CHECK(stored_number(*store) == 1);
    });
}

TEST_CASE("a flush with any number but the next one is refused and leaves nothing behind", "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        REQUIRE_FALSE(store->write(flush_of(1, {})));
        REQUIRE_FALSE(store->write(flush_of(2, {})));
        for (const std::uint64_t number : {0U, 1U, 4U}) {
            CAPTURE(number);
            const auto trouble =
                store->write(flush_of(number, {whole(noon, dimension::global, "", {1, 0, 0, 0, 0, 0})}));
            REQUIRE(trouble);
            CHECK(trouble->trouble == store_trouble::refused);
        }
        CHECK(bed.sql("SELECT * FROM stats_global").empty());
        CHECK(stored_number(*store) == 2);
    });
}

TEST_CASE("the position is that of the last flush, also for the next daemon", "[store]") {
    on_every_store([](testbed& bed) {
        auto store = prepared(bed);
        const auto before = store->position();
        REQUIRE(before);
        CHECK(before.value().flush_number == 0);
        CHECK_FALSE(before.value().written_before.has_value());
        CHECK(before.value().secret.empty());
        CHECK_FALSE(store->keep_secret("00ff"));
        CHECK_FALSE(store->write(flush_of(1, {})));
        store.reset();
        store = prepared(bed);
        const auto after = store->position();
        REQUIRE(after);
        CHECK(after.value().flush_number == 1);
        CHECK(after.value().written_before == minute_of(at("2026-11-21 12:35:00")));
        CHECK(after.value().secret == "00ff");
    });
}

TEST_CASE("a whole row replaces the stored one, number by number", "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        CHECK_FALSE(store->write(flush_of(1, {whole(noon, dimension::channel, "one", {9, 9, 9'000, 9, 9, 900})})));
        CHECK_FALSE(store->write(flush_of(2, {whole(noon, dimension::channel, "one", {1, 2, 3, 4, 5, 60})})));
        CHECK(whole_numbers(bed.sql(all_columns)) ==
              table{{"2026-11-21 12:00:00", "one", "1", "2", "3", "4", "5", "60", "1"}});
    });
}

TEST_CASE("a whole row of zeros removes the stored one, except in stats_global", "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        CHECK_FALSE(store->write(flush_of(1, {whole(noon, dimension::global, "", {1, 1, 1, 1, 1, 1}),
                                              whole(noon, dimension::channel, "gone", {1, 1, 1, 1, 1, 1}),
                                              whole(noon, dimension::channel, "kept", {1, 1, 1, 1, 1, 1})})));
        CHECK_FALSE(store->write(
            flush_of(2, {whole(noon, dimension::global, "", {}), whole(noon, dimension::channel, "gone", {}),
                         whole(noon, dimension::channel, "never there", {})})));
        CHECK(bed.sql("SELECT channel FROM stats_by_channel") == table{{"kept"}});
        CHECK(bed.sql("SELECT sessions_started, bandwidth_bps FROM stats_global") == table{{"0", "0"}});
    });
}

TEST_CASE("minutes that are cleared lose all their rows, then those of the flush are written", "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        constexpr std::string_view next = "2026-11-21 12:01:00";
        CHECK_FALSE(store->write(flush_of(1, {whole(noon, dimension::global, "", {9, 0, 0, 0, 0, 0}),
                                              whole(noon, dimension::channel, "stale", {9, 0, 0, 0, 0, 0}),
                                              whole(noon, dimension::country, "AT", {9, 0, 0, 0, 0, 0}),
                                              whole(next, dimension::channel, "kept", {1, 0, 0, 0, 0, 0})})));
        flush clearing = flush_of(2, {whole(noon, dimension::channel, "fresh", {2, 0, 0, 0, 0, 0}),
                                      revision(noon, dimension::global, "", {3, 0, 0, 0, 0, 0})});
        clearing.cleared = {minute_of(at(noon))};
        CHECK_FALSE(store->write(clearing));
        CHECK(bed.sql("SELECT channel FROM stats_by_channel ORDER BY channel") == table{{"fresh"}, {"kept"}});
        CHECK(bed.sql("SELECT sessions_started FROM stats_global") == table{{"3"}});
        CHECK(bed.sql("SELECT country FROM stats_by_country").empty());
    });
}

TEST_CASE("of two rows for one key in a flush the later one wins", "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        CHECK_FALSE(store->write(flush_of(
            1, {whole(noon, dimension::channel, "a", {}), whole(noon, dimension::channel, "a", {1, 0, 0, 0, 0, 0}),
                whole(noon, dimension::channel, "b", {1, 0, 0, 0, 0, 0}), whole(noon, dimension::channel, "b", {}),
                whole(noon, dimension::channel, "c", {1, 0, 0, 0, 0, 0}),
                revision(noon, dimension::channel, "c", {1, 0, 0, 0, 0, 0})})));
        CHECK(bed.sql("SELECT channel, sessions_started FROM stats_by_channel ORDER BY channel") ==
              table{{"a", "1"}, {"c", "2"}});
    });
}

TEST_CASE("a revision adds to what is stored and leaves peak and users alone", "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        CHECK_FALSE(store->write(flush_of(1, {whole(noon, dimension::channel, "one", {5, 5, 60'000, 3, 2, 6'059})})));
        CHECK_FALSE(store->write(flush_of(2, {revision(noon, dimension::channel, "one", {1, -1, -59'999, 0, 0, 1})})));
        CHECK(whole_numbers(bed.sql(all_columns)) ==
              table{{"2026-11-21 12:00:00", "one", "6", "4", "1", "3", "2", "6060", "101"}});
    });
}

TEST_CASE("a revision may create a row, also with negative numbers", "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        CHECK_FALSE(store->write(flush_of(1, {revision(noon, dimension::channel, "one", {0, 0, -61'001, 0, 0, -61})})));
        CHECK(whole_numbers(bed.sql(all_columns)) ==
              table{{"2026-11-21 12:00:00", "one", "0", "0", "-61001", "0", "0", "-61", "-2"}});
        CHECK_FALSE(store->write(flush_of(2, {revision(noon, dimension::channel, "one", {0, 0, 0, 0, 0, -60})})));
        CHECK(bed.sql("SELECT total_bytes, bandwidth_bps FROM stats_by_channel") == table{{"-121", "-3"}});
    });
}

TEST_CASE("a row that revisions bring back to zero is removed, except in stats_global", "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        CHECK_FALSE(store->write(flush_of(1, {whole(noon, dimension::global, "", {1, 0, 100, 0, 0, 5}),
                                              whole(noon, dimension::channel, "gone", {1, 0, 100, 0, 0, 5}),
                                              whole(noon, dimension::channel, "peak stays", {1, 0, 100, 1, 0, 5})})));
        CHECK_FALSE(store->write(flush_of(2, {revision(noon, dimension::global, "", {-1, 0, -100, 0, 0, -5}),
                                              revision(noon, dimension::channel, "gone", {-1, 0, -100, 0, 0, -5}),
                                              revision(noon, dimension::channel, "peak stays", {-1, 0, -100, 0, 0, -5}),
                                              revision(noon, dimension::channel, "nothing", {})})));
        CHECK(bed.sql("SELECT channel FROM stats_by_channel") == table{{"peak stays"}});
        CHECK(bed.sql("SELECT total_bytes FROM stats_global") == table{{"0"}});
    });
}

TEST_CASE("watch time stays exact to the millisecond over thousands of revisions", "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        const minute_row each = revision(noon, dimension::channel, "one", {0, 0, 333, 0, 0, 0});
        CHECK_FALSE(store->write(flush_of(1, std::vector<minute_row>(10'000, each))));
        CHECK(bed.sql("SELECT channel FROM stats_by_channel WHERE watch_time_seconds = 3330.000") == table{{"one"}});
    });
}

TEST_CASE("hostile names are stored byte for byte, and no two are taken for one", "[store]") {
    const std::vector<std::string> names{"a",
                                         "A",
                                         "a ",
                                         " a",
                                         "a\t",
                                         std::string("a\0", 2),
                                         std::string("\0", 1),
                                         std::string("a\0b", 3),
                                         "ä",
                                         "a\xcc\x88",  // the same letter, decomposed
                                         "Straße",
                                         "Strasse",
                                         "\xf0\x9f\x93\xba",  // a television
                                         "\xf0\x9f\x93\xbb",  // a radio
                                         "\xe2\x80\xaegnp.exe",
                                         "'; DROP TABLE stats_by_channel; --",
                                         "\\' OR 1=1 #",
                                         "\\",
                                         "\"",
                                         "'",
                                         "%s%n",
                                         "line\r\nline",
                                         "/*!80017 x */",
                                         std::string(255, 'x'),
                                         std::string(255, '\'')};
    on_every_store([&](testbed& bed) {
        const auto store = prepared(bed);
        std::vector<minute_row> rows;
        for (std::size_t i = 0; i < names.size(); ++i) {
            rows.push_back(
                whole(noon, dimension::channel, names[i], {static_cast<std::int64_t>(i + 1), 0, 0, 0, 0, 0}));
        }
        REQUIRE_FALSE(store->write(flush_of(1, rows)));
        const table found = bed.sql("SELECT channel FROM stats_by_channel ORDER BY sessions_started");
        REQUIRE(found.size() == names.size());
        for (std::size_t i = 0; i < names.size(); ++i) CHECK(found[i][0] == names[i]);
        for (minute_row& row : rows) row.numbers = {};
        rows.resize(3);
        REQUIRE_FALSE(store->write(flush_of(2, rows)));
        CHECK(bed.sql("SELECT channel FROM stats_by_channel").size() == names.size() - 3);
    });
}

TEST_CASE("minutes are stored in UTC, up to the end of the calendar", "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        // Summer time begins and ends in Europe, 32-bit seconds end, a leap day, the year 2100, which has none.
        const std::vector<std::string> minutes{"1970-01-01 00:00:00", "2026-03-29 01:59:00", "2026-03-29 02:30:00",
                                               "2026-10-25 02:30:00", "2028-02-29 23:59:00", "2038-01-19 03:15:00",
                                               "2100-03-01 00:00:00", "9999-12-31 23:59:00"};
        std::vector<minute_row> rows;
        table expected;
        for (const std::string& text : minutes) {
            rows.push_back(whole(text, dimension::global, "", {1, 0, 0, 0, 0, 0}));
            expected.push_back({text});
        }
        REQUIRE_FALSE(store->write(flush_of(1, rows)));
        CHECK(bed.sql("SELECT minute FROM stats_global ORDER BY minute") == expected);
    });
}

TEST_CASE("a flush of many rows, more than one statement takes, is whole", "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        std::vector<minute_row> rows;
        rows.reserve(5'003);
        for (int i = 0; i < 5'003; ++i) {
            std::string name = std::to_string(i);
            name.resize(200, '\'');  // twice as long in a statement
            rows.push_back(whole(noon, dimension::channel, name, {1, 0, 0, 0, 0, i}));
        }
        CHECK_FALSE(store->write(flush_of(1, rows)));
        CHECK(bed.sql("SELECT COUNT(*), SUM(total_bytes) FROM stats_by_channel") == table{{"5003", "12512503"}});
        for (minute_row& row : rows) row.numbers = {};
        CHECK_FALSE(store->write(flush_of(2, rows)));
        CHECK(bed.sql("SELECT * FROM stats_by_channel").empty());
    });
}

}  // namespace streamstats::test
