// The schema: created, created again, left alone, refused.
#include <algorithm>

#include "store/rows.hpp"
#include "store/schema_plan.hpp"
#include "store/testbed.hpp"
#include "support/catch.hpp"

namespace streamstats::test {
namespace {

std::vector<migration> two_migrations() {
    return {{1, "first", "-- a comment;\nCREATE TABLE IF NOT EXISTS one (\n    a INT\n);\n"},
            {2, "second", "ALTER TABLE one ADD b INT;\nCREATE TABLE IF NOT EXISTS two (c INT);\n"}};
}

std::vector<store::applied_migration> applied(const std::vector<migration>& all) {
    std::vector<store::applied_migration> rows;
    rows.reserve(all.size());
    for (const migration& each : all) rows.push_back({each.number, store::checksum_of(each)});
    return rows;
}

}  // namespace

TEST_CASE("migrations are numbered without gaps and the same for both dialects", "[store]") {
    const auto mysql = migrations(sql_dialect::mysql);
    const auto sqlite = migrations(sql_dialect::sqlite);
    REQUIRE_FALSE(mysql.empty());
    REQUIRE(mysql.size() == sqlite.size());
    for (std::size_t i = 0; i < mysql.size(); ++i) {
        CHECK(mysql[i].number == static_cast<int>(i) + 1);
        CHECK(mysql[i].number == sqlite[i].number);
        CHECK(mysql[i].name == sqlite[i].name);
        CHECK_FALSE(store::statements_of(mysql[i]).empty());
        CHECK_FALSE(store::statements_of(sqlite[i]).empty());
    }
    CHECK(store::tables_of(mysql) == store::tables_of(sqlite));
}

TEST_CASE("a migration is split into statements at the ends of lines, without comments", "[store]") {
    const auto statements = store::statements_of(two_migrations()[0]);
    CHECK(statements == std::vector<std::string>{"CREATE TABLE IF NOT EXISTS one (\n    a INT\n)"});
    CHECK(store::statements_of(two_migrations()[1]).size() == 2);
}

TEST_CASE("a statement that adds a column says so", "[store]") {
    const auto added = store::column_added_by("ALTER TABLE one ADD COLUMN b INT");
    REQUIRE(added);
    CHECK(added->table == "one");
    CHECK(added->column == "b");
    CHECK_FALSE(store::column_added_by("ALTER TABLE one ADD INDEX b (b)"));
    CHECK_FALSE(store::column_added_by("CREATE TABLE one (b INT)"));
    CHECK_FALSE(store::column_added_by(""));
}

TEST_CASE("comments and white space do not change a checksum, statements do", "[store]") {
    migration what = two_migrations()[0];
    const std::string before = store::checksum_of(what);
    what.sql = "-- another comment\nCREATE TABLE IF NOT EXISTS one (\n a   INT\n);\n";
    CHECK(store::checksum_of(what) == before);
    what.sql = "CREATE TABLE IF NOT EXISTS one (\n a   BIGINT\n);\n";
    CHECK(store::checksum_of(what) != before);
}

TEST_CASE("the plan holds what is not recorded, and what mentions a table that is gone", "[store]") {
    const auto all = two_migrations();
    const auto plan = [&](const store::schema_state& state) {
        std::vector<int> numbers;
        const auto planned = store::plan_migrations(all, state);
        REQUIRE(planned);
        for (const migration& each : planned.value()) numbers.push_back(each.number);
        return numbers;
    };
    const auto done = applied(all);
    CHECK(plan({{}, {}}) == std::vector<int>{1, 2});
    CHECK(plan({{done[0]}, {"one"}}) == std::vector<int>{2});
    CHECK(plan({done, {"one", "two"}}).empty());
    CHECK(plan({done, {"one"}}) == std::vector<int>{2});
    CHECK(plan({done, {"two"}}) == std::vector<int>{1, 2});
    CHECK(plan({{}, {"one", "two"}}) == std::vector<int>{1, 2});
}

TEST_CASE("preparing creates every table, records every migration, and is idempotent", "[store]") {
    on_every_store([](testbed& bed) {
        REQUIRE(bed.pending());
        CHECK(bed.pending().value().size() == migrations(sql_dialect::mysql).size());
        const auto store = prepared(bed);
        CHECK(bed.pending().value().empty());
        CHECK(bed.sql("SELECT number, name FROM schema_migrations ORDER BY number") ==
              table{{"1", "rollups"}, {"2", "daemon_state"}, {"3", "minute_epoch"}});
        CHECK_FALSE(store->write(flush_of(1, {whole(noon, dimension::global, "", {1, 0, 0, 0, 0, 0})})));
        CHECK_FALSE(store->prepare());
        CHECK(bed.sql("SELECT sessions_started FROM stats_global") == table{{"1"}});
    });
}

TEST_CASE("a schema newer than the program is refused and stays untouched", "[store]") {
    on_every_store([](testbed& bed) {
        prepared(bed).reset();
        bed.sql(
            "INSERT INTO schema_migrations (number, name, checksum, applied_at) "
            "VALUES (99, 'future', 'x', '2027-01-01 00:00:00')");
        bed.sql("DROP TABLE rejected_events");
        const auto store = bed.make_store();
        const auto trouble = store->prepare();
        REQUIRE(trouble);
        CHECK(trouble->trouble == store_trouble::not_ours);
        CHECK(trouble->what.find("99") != std::string::npos);
        CHECK_FALSE(bed.pending());
        CHECK(bed.sql("SELECT MAX(number) FROM schema_migrations") == table{{"99"}});
        CHECK_THROWS(bed.sql("SELECT * FROM rejected_events"));
    });
}

TEST_CASE("a migration that was recorded with other statements is refused", "[store]") {
    on_every_store([](testbed& bed) {
        prepared(bed).reset();
        bed.sql("UPDATE schema_migrations SET checksum = 'other' WHERE number = 1");
        const auto trouble = bed.make_store()->prepare();
        REQUIRE(trouble);
        CHECK(trouble->trouble == store_trouble::not_ours);
    });
}

TEST_CASE("the tables of an emptied database are created again by the running daemon", "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        REQUIRE_FALSE(store->write(flush_of(1, {})));
        bed.drop_all_tables();
        const auto trouble = store->write(flush_of(2, {}));
        REQUIRE(trouble);
        CHECK(trouble->trouble == store_trouble::away);
        CHECK_FALSE(store->prepare());
        REQUIRE(store->position());
        CHECK(store->position().value().flush_number == 0);
        CHECK_FALSE(store->write(flush_of(1, {})));
    });
}

TEST_CASE("a single table that is gone is created again, the others keep their rows", "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        REQUIRE_FALSE(store->write(flush_of(1, {whole(noon, dimension::global, "", {1, 0, 0, 0, 0, 0})})));
        bed.sql("DROP TABLE stats_by_country");
        CHECK_FALSE(store->prepare());
        CHECK_FALSE(store->write(flush_of(2, {whole(noon, dimension::country, "DE", {1, 0, 0, 0, 0, 0})})));
        CHECK(bed.sql("SELECT * FROM stats_global").size() == 1);
    });
}

TEST_CASE("a column is added once, also if its migration was cut off before it was recorded", "[store]") {
    on_every_store([](testbed& bed) {
        prepared(bed).reset();
        bed.sql("DELETE FROM schema_migrations WHERE number = 3");
        const auto store = prepared(bed);
        CHECK(bed.sql("SELECT minute_epoch FROM stats_by_user_agent").empty());
        CHECK(bed.pending().value().empty());
    });
}

TEST_CASE("minute_epoch is the minute in seconds since 1970, whatever the time zone of the session", "[store]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        REQUIRE_FALSE(store->write(flush_of(1, {whole(noon, dimension::global, "", {1, 0, 0, 0, 0, 0}),
                                                whole(noon, dimension::channel, "news", {1, 0, 0, 0, 0, 0})})));
        CHECK(bed.sql("SELECT minute_epoch FROM stats_global") == table{{"1795262400"}});
        CHECK(bed.sql("SELECT minute_epoch FROM stats_by_channel") == table{{"1795262400"}});
    });
}

TEST_CASE("a long range of one value is read through an index of its own", "[store]") {
    on_every_server([](mysql_testbed& bed) {
        const auto store = prepared(bed);
        CHECK(bed.sql("SELECT column_name FROM information_schema.statistics WHERE table_schema = DATABASE() AND "
                      "table_name = 'stats_by_channel' AND index_name = 'by_channel' ORDER BY seq_in_index") ==
              table{{"channel"}, {"minute"}});
    });
}

TEST_CASE("a key column that folds case or spaces is refused", "[store]") {
    on_every_server([](mysql_testbed& bed) {
        prepared(bed).reset();
        bed.sql(
            "ALTER TABLE stats_by_channel MODIFY channel VARCHAR(255) CHARACTER SET utf8mb4 "
            "COLLATE utf8mb4_bin NOT NULL");
        const auto trouble = bed.make_store()->prepare();
        REQUIRE(trouble);
        CHECK(trouble->trouble == store_trouble::refused);
        CHECK(trouble->what.find("stats_by_channel.channel") != std::string::npos);
    });
}

}  // namespace streamstats::test
