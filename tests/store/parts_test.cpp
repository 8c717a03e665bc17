// The parts of the stores that need no database.
#include <limits>
#include <stdexcept>
#include <thread>

#include "store/connection_pool.hpp"
#include "store/mysql_failure.hpp"
#include "store/rollup_rows.hpp"
#include "store/sql_text.hpp"
#include "support/catch.hpp"

namespace streamstats::store {
namespace {

std::string seconds_text(std::int64_t milliseconds) {
    std::string text;
    append_seconds(text, milliseconds);
    return text;
}

struct fake_connection {
    int number;
    bool alive = true;
};
using fake_pool = connection_pool<fake_connection>;

// A pool whose connections are numbered as they are opened.
struct numbered_pool {
    explicit numbered_pool(pool_limits limits)
        : pool(
              limits, [this] { return std::make_unique<fake_connection>(fake_connection{++opened}); },
              [](fake_connection& connection) { return connection.alive; }) {}
    int opened = 0;
    fake_pool pool;
};

session_facts good_session() {
    return {std::string(required_sql_mode) + ",ONLY_FULL_GROUP_BY", "+00:00", "utf8mb4", "utf8mb4", "10.11.14-MariaDB"};
}

}  // namespace

TEST_CASE("watch time is written in seconds with three exact decimals", "[store]") {
    CHECK(seconds_text(0) == "0.000");
    CHECK(seconds_text(61'001) == "61.001");
    CHECK(seconds_text(-1) == "-0.001");
    CHECK(seconds_text(-61'010) == "-61.010");
    CHECK(seconds_text(std::numeric_limits<std::int64_t>::max()) == "9223372036854775.807");
    CHECK(seconds_text(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775.808");
}

TEST_CASE("bytes per second are rounded down, also below zero", "[store]") {
    CHECK(bytes_per_second(119) == 1);
    CHECK(bytes_per_second(120) == 2);
    CHECK(bytes_per_second(-1) == -1);
    CHECK(bytes_per_second(-60) == -1);
    CHECK(bytes_per_second(-61) == -2);
}

TEST_CASE("an instant is the same after it was written and read", "[store]") {
    for (const std::string text : {"1970-01-01 00:00:00.000", "2100-02-28 23:59:59.999", "9999-12-31 23:59:59.999"}) {
        CAPTURE(text);
        REQUIRE(instant_of(text));
        CHECK(to_sql_text(*instant_of(text)) == text);
    }
    CHECK(instant_of("1970-01-01 00:01:00") == instant{minute_length});
    for (const char* text : {"", "2026-02-30 00:00:00", "2026-01-01", "2026-01-01 00:00:00.1", "x026-01-01 00:00:00"}) {
        CAPTURE(text);
        CHECK_FALSE(instant_of(text));
    }
}

TEST_CASE("text for people is made valid UTF-8 and cut between characters", "[store]") {
    CHECK(clean_text("plain \xf0\x9f\x93\xba", 100) == "plain \xf0\x9f\x93\xba");
    CHECK(clean_text("a\xff\xc3(", 100) == "a\xef\xbf\xbd\xef\xbf\xbd(");
    CHECK(clean_text("\xed\xa0\x80", 100) == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // a surrogate
    CHECK(clean_text("\xc0\xaf", 100) == "\xef\xbf\xbd\xef\xbf\xbd");                  // an overlong slash
    CHECK(clean_text("ab\xf0\x9f\x93", 100) == "ab\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    CHECK(clean_text("ab\xf0\x9f\x93\xba", 5) == "ab");
    CHECK(clean_text("ab\xf0\x9f\x93\xba", 6) == "ab\xf0\x9f\x93\xba");
}

TEST_CASE("rows are gathered by table and action, in order within a table", "[store]") {
    const minute_numbers some{1, 0, 0, 0, 0, 0};
    const std::vector<minute_row> rows{{minute{}, dimension::channel, "a", row_kind::whole, some},
                                       {minute{}, dimension::global, "", row_kind::whole, {}},
                                       {minute{}, dimension::channel, "b", row_kind::whole, some},
                                       {minute{}, dimension::channel, "c", row_kind::whole, {}},
                                       {minute{}, dimension::channel, "d", row_kind::whole, some}};
    const auto runs = runs_of(rows);
    REQUIRE(runs.size() == 4);
    CHECK(runs[0].dim == dimension::global);
    CHECK(runs[0].action == row_action::put);
    CHECK(runs[1].rows == std::vector<const minute_row*>{&rows[0], &rows[2]});
    CHECK(runs[2].action == row_action::remove);
    CHECK(runs[3].rows == std::vector<const minute_row*>{&rows[4]});
}

TEST_CASE("the server's error numbers become the troubles that the pipeline knows", "[store]") {
    for (const int code : {2002, 2003, 2005, 2006, 2013, 2055, 1053, 1927, 4031, 0}) {
        CAPTURE(code);
        CHECK(trouble_of_mysql(code) == store_trouble::away);
    }
    for (const int code : {1040, 1203, 1205, 1213}) CHECK(trouble_of_mysql(code) == store_trouble::busy);
    for (const int code : {1290, 1792, 1836}) CHECK(trouble_of_mysql(code) == store_trouble::read_only);
    for (const int code : {1153, 2020}) CHECK(trouble_of_mysql(code) == store_trouble::too_large);
    for (const int code : {1044, 1045, 1049, 1142, 1064}) CHECK(trouble_of_mysql(code) == store_trouble::refused);
    CHECK(mysql_failure("connect", 1045, "no").hint.find("STREAM_DB_USER") != std::string::npos);
    CHECK(mysql_failure("connect", 1049, "no").hint.find("STREAM_DB_NAME") != std::string::npos);
    CHECK(mysql_failure("connect", 2003, "no").hint.find("STREAM_DB_HOST") != std::string::npos);
}

TEST_CASE("servers that are too old for the schema are refused", "[store]") {
    for (const char* version :
         {"10.6.0-MariaDB", "10.11.14-MariaDB-0+deb12u1-log", "11.8.2-MariaDB", "8.0.17", "9.7.0"}) {
        CAPTURE(version);
        CHECK(supported_version(version));
    }
    for (const char* version : {"10.5.29-MariaDB", "5.7.44-log", "8.0.16", "", "unknown"}) {
        CAPTURE(version);
        CHECK_FALSE(supported_version(version));
    }
}

TEST_CASE("a session is refused unless it kept every setting", "[store]") {
    CHECK_FALSE(session_trouble(good_session()));
    session_facts facts = good_session();
    facts.sql_mode = "STRICT_TRANS_TABLES,NO_BACKSLASH_ESCAPES";
    REQUIRE(session_trouble(facts));
    CHECK(session_trouble(facts)->trouble == store_trouble::refused);
    CHECK(session_trouble(facts)->what.find("STRICT_ALL_TABLES") != std::string::npos);
    facts = good_session();
    facts.sql_mode.resize(facts.sql_mode.find(",NO_BACKSLASH_ESCAPES"));
    CHECK(session_trouble(facts));
    facts = good_session();
    facts.time_zone = "SYSTEM";
    CHECK(session_trouble(facts));
    facts = good_session();
    facts.connection_charset = "latin1";
    CHECK(session_trouble(facts));
    facts = good_session();
    facts.version = "5.7.44";
    CHECK(session_trouble(facts));
}

TEST_CASE("a connection is used again after its lease", "[store]") {
    numbered_pool bed({1, 1, std::chrono::milliseconds{0}});
    { CHECK((*bed.pool.acquire()).number == 1); }
    { CHECK((*bed.pool.acquire()).number == 1); }
}

TEST_CASE("while leases overlap more connections are opened, and closed down to the size", "[store]") {
    numbered_pool bed({1, 1, std::chrono::milliseconds{0}});
    {
        const auto first = bed.pool.acquire();
        const auto second = bed.pool.acquire();
        CHECK((*second).number == 2);
    }
    CHECK(bed.pool.idle() == 1);
}

TEST_CASE("beyond size and overflow a caller waits, and is busy after the limit", "[store]") {
    numbered_pool bed({1, 0, std::chrono::milliseconds{1}});
    const auto first = bed.pool.acquire();
    CHECK_THROWS_AS(bed.pool.acquire(), store_error);
}

TEST_CASE("a caller who waits gets the connection that is given back", "[store]") {
    numbered_pool bed({1, 0, std::chrono::minutes{1}});
    int number = 0;
    std::thread waiting;
    {
        const auto first = bed.pool.acquire();
        waiting = std::thread([&] { number = (*bed.pool.acquire()).number; });
    }
    waiting.join();
    CHECK(number == 1);
}

TEST_CASE("a kept connection that died is replaced", "[store]") {
    numbered_pool bed({2, 0, std::chrono::milliseconds{0}});
    {
        const auto first = bed.pool.acquire();
        (*first).alive = false;
    }
    CHECK((*bed.pool.acquire()).number == 2);
}

TEST_CASE("a discarded connection and those from before a clearing are not kept", "[store]") {
    numbered_pool bed({2, 0, std::chrono::milliseconds{0}});
    bed.pool.acquire().discard();
    CHECK(bed.pool.idle() == 0);
    {
        const auto used = bed.pool.acquire();
        bed.pool.clear();
    }
    CHECK(bed.pool.idle() == 0);
}

TEST_CASE("a connection that cannot be opened gives its place back", "[store]") {
    fake_pool pool(
        {1, 0, std::chrono::milliseconds{0}},
        []() -> std::unique_ptr<fake_connection> { throw store_error(store_trouble::away, "nobody there"); },
        [](fake_connection&) { return true; });
    for (int i = 0; i < 3; ++i) {
        try {
            pool.acquire();
            FAIL("opened");
        } catch (const store_error& e) {
            CHECK(e.why().trouble == store_trouble::away);
        }
    }
}

}  // namespace streamstats::store
