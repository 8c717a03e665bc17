// What goes wrong with MySQL and MariaDB, and what the store makes of it.
#include <algorithm>
#include <chrono>
#include <future>
#include <thread>

#include "store/rows.hpp"
#include "store/store_error.hpp"
#include "store/testbed.hpp"
#include "support/catch.hpp"

namespace streamstats::test {
namespace {

using namespace std::chrono_literals;

const minute_row one_row = whole(noon, dimension::global, "", {1, 0, 0, 0, 0, 0});

// Sets a variable of the server, and puts the old value back.
class server_variable {
public:
    server_variable(mysql_testbed& bed, std::string name, const std::string& value)
        : bed_(bed), name_(std::move(name)), old_(bed_.sql("SELECT @@GLOBAL." + name_)[0][0]) {
        bed_.sql("SET GLOBAL " + name_ + " = " + value);
    }
    ~server_variable() { bed_.sql("SET GLOBAL " + name_ + " = " + old_); }
    server_variable(const server_variable&) = delete;
    server_variable& operator=(const server_variable&) = delete;

private:
    mysql_testbed& bed_;
    std::string name_;
    std::string old_;
};

void check_trouble(const std::optional<store_failure>& trouble, store_trouble expected) {
    REQUIRE(trouble);
    INFO(trouble->what);
    CHECK(trouble->trouble == expected);
}

std::string lock_holder(mysql_testbed& bed) {
    return bed.sql("SELECT IS_USED_LOCK('streamstats:" + bed.settings.name + "')")[0][0];
}

// The connections of the store that wait for a lock of another transaction, once there is one.
std::string waiting_connection(mysql_testbed& bed) {
    for (const auto deadline = std::chrono::steady_clock::now() + 20s; std::chrono::steady_clock::now() < deadline;) {
        const table waiting =
            bed.sql("SELECT trx_mysql_thread_id FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'");
        if (!waiting.empty()) return waiting[0][0];
        std::this_thread::sleep_for(150ms);  // asked more often than every 100 ms, InnoDB repeats its last answer
    }
    FAIL("no connection waits for a lock");
    return {};
}

// Another program that holds the row of `one_row`.
class row_holder {
public:
    explicit row_holder(mysql_testbed& bed) : connection_(bed.connect()) {
        connection_->execute("USE " + bed.settings.name);
        connection_->execute("START TRANSACTION");
    }
    void run(const std::string& statement) { connection_->execute(statement); }
    void hold_row() { run("UPDATE stats_global SET peak_concurrent = 9"); }
    void let_go() { run("ROLLBACK"); }

private:
    std::unique_ptr<store::mysql_connection> connection_;
};

}  // namespace

TEST_CASE("making a store does not connect; a server that is not there is away", "[store]") {
    mysql_settings settings;
    settings.host = "127.0.0.1";
    settings.port = 1;  // nobody listens below 1024 without being asked to
    settings.connect_timeout = seconds{2};
    const auto store = make_mysql_store(settings);
    CHECK(store->description() == "mysql at 127.0.0.1:1/stream_stats");
    check_trouble(store->prepare(), store_trouble::away);
    check_trouble(store->write(flush_of(1, {})), store_trouble::away);
    REQUIRE_FALSE(store->position());
    CHECK(store->position().error().trouble == store_trouble::away);
    CHECK_FALSE(pending_migrations(settings));
}

TEST_CASE("a host name that does not exist is away", "[store]") {
    mysql_settings settings;
    settings.host = "no-such-host.invalid";
    check_trouble(make_mysql_store(settings)->prepare(), store_trouble::away);
}

TEST_CASE("a wrong password is refused, with a hint and without the password", "[store]") {
    on_every_server([](mysql_testbed& bed) {
        bed.settings.password = "not the secret one";
        const auto store = bed.make_store();
        const auto trouble = store->prepare();
        check_trouble(trouble, store_trouble::refused);
        CHECK(trouble->hint.find("STREAM_DB_PASSWORD") != std::string::npos);
        CHECK(trouble->what.find("not the secret one") == std::string::npos);
        CHECK(store->description().find("not the secret one") == std::string::npos);
    });
}

TEST_CASE("a database that is not there is refused, with a hint", "[store]") {
    on_every_server([](mysql_testbed& bed) {
        bed.settings.name = "no_such_database";
        const auto trouble = bed.make_store()->prepare();
        check_trouble(trouble, store_trouble::refused);
        CHECK(trouble->hint.find("STREAM_DB_NAME") != std::string::npos);
    });
}

TEST_CASE("a second daemon on one database is refused until the first is gone", "[store]") {
    on_every_server([](mysql_testbed& bed) {
        auto first = prepared(bed);
        const auto second = bed.make_store();
        const auto trouble = second->prepare();
        check_trouble(trouble, store_trouble::not_ours);
        CHECK(trouble->what.find("another streamstatsd writes to this database") != std::string::npos);
        check_trouble(second->write(flush_of(1, {one_row})), store_trouble::away);
        CHECK_FALSE(first->write(flush_of(1, {one_row})));
        first.reset();
        CHECK_FALSE(second->prepare());
        CHECK_FALSE(second->write(flush_of(2, {one_row})));
    });
}

TEST_CASE("a lost writer lock stops writing until it is taken again", "[store]") {
    on_every_server([](mysql_testbed& bed) {
        const auto store = prepared(bed);
        bed.sql("KILL " + lock_holder(bed));
        check_trouble(store->write(flush_of(1, {one_row})), store_trouble::away);
        CHECK_FALSE(store->prepare());
        CHECK_FALSE(store->write(flush_of(1, {one_row})));
        CHECK(lock_holder(bed) != "NULL");
    });
}

TEST_CASE("a kept connection that died is replaced before anything is sent", "[store]") {
    on_every_server([](mysql_testbed& bed) {
        const auto store = prepared(bed);
        const std::string holder = lock_holder(bed);
        const table connections = bed.sql("SELECT id FROM information_schema.processlist WHERE user = '" +
                                          bed.settings.user + "' AND id <> " + holder);
        REQUIRE_FALSE(connections.empty());
        for (const auto& row : connections) bed.sql("KILL " + row[0]);
        CHECK_FALSE(store->write(flush_of(1, {one_row})));
    });
}

TEST_CASE("a connection killed during a flush is away; the flush sent again is applied once", "[store]") {
    on_every_server([](mysql_testbed& bed) {
        bed.settings.lock_wait = seconds{30};
        const auto store = prepared(bed);
        REQUIRE_FALSE(store->write(flush_of(1, {one_row})));
        row_holder other(bed);
        other.hold_row();
        const flush next = flush_of(2, {revision(noon, dimension::global, "", {1, 0, 0, 0, 0, 0})});
        auto writing = std::async(std::launch::async, [&] { return store->write(next); });
        bed.sql("KILL " + waiting_connection(bed));
        check_trouble(writing.get(), store_trouble::away);
        other.let_go();
        CHECK_FALSE(store->prepare());
        CHECK_FALSE(store->write(next));
        CHECK_FALSE(store->write(next));
        CHECK(bed.sql("SELECT sessions_started FROM stats_global") == table{{"2"}});
    });
}

TEST_CASE("a server that does not answer in time is away, and works again later", "[store]") {
    on_every_server([](mysql_testbed& bed) {
        bed.settings.lock_wait = seconds{30};
        bed.settings.read_timeout = seconds{1};
        const auto store = prepared(bed);
        REQUIRE_FALSE(store->write(flush_of(1, {one_row})));
        row_holder other(bed);
        other.hold_row();
        check_trouble(store->write(flush_of(2, {one_row})), store_trouble::away);
        other.let_go();
        CHECK_FALSE(store->prepare());
        CHECK_FALSE(store->write(flush_of(2, {one_row})));
    });
}

TEST_CASE("the position is not told before a flush that a killed daemon left in its COMMIT is decided", "[store]") {
    on_every_server([](mysql_testbed& bed) {
        const auto store = prepared(bed);
        REQUIRE_FALSE(store->write(flush_of(1, {one_row})));
        row_holder killed(bed);
        killed.run("UPDATE daemon_state SET value = '2' WHERE name = 'flush_number'");
        const auto early = store->position();
        REQUIRE_FALSE(early);
        CHECK(early.error().trouble == store_trouble::busy);
        killed.run("COMMIT");
        const auto decided = store->position();
        REQUIRE(decided);
        CHECK(decided.value().flush_number == 2);
    });
}

TEST_CASE("localhost is reached over TCP at the given port", "[store]") {
    on_every_server([](mysql_testbed& bed) {
        bed.settings.host = "localhost";
        CHECK_FALSE(bed.make_store()->prepare());
    });
}

TEST_CASE("a row that somebody holds for too long is busy, and nothing of the flush is left", "[store]") {
    on_every_server([](mysql_testbed& bed) {
        const auto store = prepared(bed);
        REQUIRE_FALSE(store->write(flush_of(1, {one_row})));
        row_holder other(bed);
        other.hold_row();
        const flush next = flush_of(2, {one_row, whole(noon, dimension::server, "s", {1, 0, 0, 0, 0, 0})});
        check_trouble(store->write(next), store_trouble::busy);
        CHECK(bed.sql("SELECT * FROM stats_by_server").empty());
        other.let_go();
        CHECK_FALSE(store->write(next));
    });
}

TEST_CASE("a deadlock is busy", "[store]") {
    on_every_server([](mysql_testbed& bed) {
        bed.settings.lock_wait = seconds{30};
        const auto store = prepared(bed);
        REQUIRE_FALSE(store->write(flush_of(1, {one_row})));
        std::vector<minute_row> many;
        many.reserve(500);
        for (int i = 0; i < 500; ++i) {
            many.push_back(whole(noon, dimension::country, std::to_string(i), {1, 0, 0, 0, 0, 0}));
        }
        REQUIRE_FALSE(store->write(flush_of(2, many)));
        // The server ends the transaction that changed less: ours.
        row_holder other(bed);
        other.run("UPDATE stats_by_country SET peak_concurrent = 1");
        other.hold_row();
        auto writing = std::async(std::launch::async, [&] { return store->write(flush_of(3, {one_row})); });
        waiting_connection(bed);
        other.run("UPDATE daemon_state SET value = 'x' WHERE name = 'flush_number'");
        check_trouble(writing.get(), store_trouble::busy);
        other.let_go();
        CHECK_FALSE(store->write(flush_of(3, {one_row})));
    });
}

TEST_CASE("a server that turned read-only is told apart, and works again later", "[store]") {
    on_every_server([](mysql_testbed& bed) {
        const auto store = prepared(bed);
        {
            const server_variable read_only(bed, "read_only", "1");
            check_trouble(store->write(flush_of(1, {one_row})), store_trouble::read_only);
            CHECK(lock_holder(bed) == "NULL");
        }
        CHECK_FALSE(store->prepare());
        CHECK_FALSE(store->write(flush_of(1, {one_row})));
    });
}

TEST_CASE("too many connections of the user is busy", "[store]") {
    on_every_server([](mysql_testbed& bed) {
        const std::string alter = "ALTER USER '" + bed.settings.user + "'@'%' WITH MAX_USER_CONNECTIONS ";
        bed.sql(alter + "1");
        const auto store = bed.make_store();
        const auto trouble = store->prepare();
        bed.sql(alter + "0");
        check_trouble(trouble, store_trouble::busy);
        CHECK_FALSE(store->prepare());
    });
}

TEST_CASE("statements fit into a small packet; one row that does not is too large", "[store]") {
    on_every_server([](mysql_testbed& bed) {
        const server_variable packet(bed, "max_allowed_packet", "16384");
        const auto store = prepared(bed);
        flush first = flush_of(1, {});
        first.rows.reserve(1'000);
        for (int i = 0; i < 1'000; ++i) {
            first.rows.push_back(whole(noon, dimension::channel, "channel " + std::to_string(i), {1, 2, 3, 4, 5, 6}));
        }
        CHECK_FALSE(store->write(first));
        const std::vector<rejected_event> events{{at(noon), "id", "is wrong", std::string(60'000, 'x')}};
        check_trouble(store->append_rejected(events), store_trouble::too_large);
        CHECK_FALSE(store->write(flush_of(2, {})));
    });
}

TEST_CASE("what does not fit into a column is refused, not shortened, and nothing of its flush is left", "[store]") {
    on_every_server([](mysql_testbed& bed) {
        const auto store = prepared(bed);
        const std::string name(256, 'x');
        check_trouble(store->write(flush_of(1, {one_row, whole(noon, dimension::channel, name, {1, 0, 0, 0, 0, 0})})),
                      store_trouble::refused);
        // Over the same connection, where a transaction left open would now be committed.
        CHECK_FALSE(store->write(flush_of(1, {})));
        CHECK(bed.sql("SELECT * FROM stats_by_channel").empty());
        CHECK(bed.sql("SELECT * FROM stats_global").empty());
    });
}

TEST_CASE("a session is in UTC, strict, and takes backslashes as they are, whatever the server's own settings",
          "[store]") {
    on_every_server([](mysql_testbed& bed) {
        store::mysql_connection connection(bed.settings);
        CHECK(connection.value("SELECT NOW() = UTC_TIMESTAMP()") == "1");
        CHECK(connection.value("SELECT HEX('\\n')") == "5C6E");
        CHECK(connection.value("SELECT @@SESSION.innodb_lock_wait_timeout") == "1");
        connection.execute("CREATE TABLE strict (small TINYINT NOT NULL)");
        CHECK_THROWS_AS(connection.execute("INSERT INTO strict VALUES (300)"), store::store_error);
    });
}

TEST_CASE("calls from many threads share a small pool", "[store]") {
    on_every_server([](mysql_testbed& bed) {
        bed.settings.pool_size = 1;
        bed.settings.pool_overflow = 2;
        const auto store = prepared(bed);
        const auto work = [&store](std::uint8_t thread) {
            std::size_t failures = 0;
            for (std::uint8_t i = 0; i < 20; ++i) {
                session_row row;
                row.key = {thread, i};
                row.opened = at(noon);
                failures += store->sync_sessions({{row}, {}}).has_value() ? 1U : 0U;
                failures += store->position() ? 0U : 1U;
            }
            return failures;
        };
        std::vector<std::future<std::size_t>> threads;
        for (std::uint8_t i = 0; i < 8; ++i) threads.push_back(std::async(std::launch::async, work, i));
        for (auto& thread : threads) CHECK(thread.get() == 0);
        CHECK(bed.sql("SELECT COUNT(*) FROM active_sessions") == table{{"160"}});
    });
}

}  // namespace streamstats::test
