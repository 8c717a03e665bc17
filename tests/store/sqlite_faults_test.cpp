// What goes wrong with a SQLite file, and what the store makes of it.
#include <fstream>

#include "store/private_server.hpp"
#include "store/rows.hpp"
#include "store/sqlite_database.hpp"
#include "streamstats/store/open_store.hpp"
#include "support/catch.hpp"

namespace streamstats::test {
namespace {

const minute_row one_row = whole(noon, dimension::global, "", {1, 0, 0, 0, 0, 0});

void check_trouble(const std::optional<store_failure>& trouble, store_trouble expected) {
    REQUIRE(trouble);
    INFO(trouble->what);
    CHECK(trouble->trouble == expected);
}

}  // namespace

TEST_CASE("a SQLite store that is not prepared is away, and creates nothing", "[store]") {
    const temporary_directory directory;
    const auto file = directory.path() / "rollups.db";
    const auto store = make_sqlite_store(file);
    CHECK(store->description() == "sqlite " + file.string());
    check_trouble(store->write(flush_of(1, {one_row})), store_trouble::away);
    CHECK(pending_migrations(file));
    CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("a SQLite file in a folder that does not exist is refused, with a hint", "[store]") {
    const temporary_directory directory;
    const auto trouble = make_sqlite_store(directory.path() / "no" / "rollups.db")->prepare();
    check_trouble(trouble, store_trouble::refused);
    CHECK(trouble->hint.find("STREAM_DATA_DIR") != std::string::npos);
}

TEST_CASE("a file that is no SQLite database is refused and left as it is", "[store]") {
    const temporary_directory directory;
    const auto file = directory.path() / "rollups.db";
    const std::string text(10'000, 'x');
    std::ofstream(file) << text;
    check_trouble(make_sqlite_store(file)->prepare(), store_trouble::refused);
    CHECK(std::filesystem::file_size(file) == text.size());
}

TEST_CASE("a SQLite file that was replaced while the daemon runs is used after the next preparation", "[store]") {
    const temporary_directory directory;
    const auto file = directory.path() / "rollups.db";
    const auto store = make_sqlite_store(file);
    REQUIRE_FALSE(store->prepare());
    REQUIRE_FALSE(store->write(flush_of(1, {one_row})));
    std::filesystem::remove(file);
    REQUIRE_FALSE(store->prepare());
    REQUIRE(store->position());
    CHECK(store->position().value().flush_number == 0);
    CHECK_FALSE(store->write(flush_of(1, {one_row})));
    CHECK(std::filesystem::exists(file));
}

TEST_CASE("people may read a SQLite file for as long as they like while the daemon writes", "[store]") {
    const temporary_directory directory;
    const auto file = directory.path() / "rollups.db";
    const auto store = make_sqlite_store(file);
    REQUIRE_FALSE(store->prepare());
    REQUIRE_FALSE(store->write(flush_of(1, {one_row})));
    store::sqlite_database reader(file, store::sqlite_access::read_only);
    store::sqlite_statement rows(reader, "SELECT minute FROM stats_global");
    REQUIRE(rows.next());  // holds its snapshot until it ends
    CHECK_FALSE(store->write(flush_of(2, {one_row})));
}

}  // namespace streamstats::test
