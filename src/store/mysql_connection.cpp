#include "store/mysql_connection.hpp"

#include <cppconn/connection.h>
#include <cppconn/exception.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/resultset_metadata.h>
#include <cppconn/statement.h>
#include <mysql_driver.h>

#include <algorithm>

#include "store/mysql_failure.hpp"
#include "store/sql_text.hpp"
#include "store/store_error.hpp"

namespace streamstats::store {
namespace {

// Large enough that the round trip does not count, small enough for a server with the least max_allowed_packet.
constexpr std::size_t statement_bytes_max = 1'000'000;
// What the protocol adds to a statement.
constexpr std::size_t packet_overhead = 64;

std::string host_of(const mysql_settings& settings) {
    const bool ipv6 = settings.host.find(':') != std::string::npos;
    return "tcp://" + (ipv6 ? "[" + settings.host + "]" : settings.host) + ":" + std::to_string(settings.port);
}

int whole_seconds(seconds duration) {
    return static_cast<int>(std::clamp<std::int64_t>(duration.count(), 1, 86'400));
}

sql::ConnectOptionsMap options_of(const mysql_settings& settings) {
    sql::ConnectOptionsMap options;
    options["hostName"] = sql::SQLString(host_of(settings));
    options["userName"] = sql::SQLString(settings.user);
    options["password"] = sql::SQLString(settings.password);
    options["schema"] = sql::SQLString(settings.name);
    options["OPT_CONNECT_TIMEOUT"] = whole_seconds(settings.connect_timeout);
    options["OPT_READ_TIMEOUT"] = whole_seconds(settings.read_timeout);
    options["OPT_WRITE_TIMEOUT"] = whole_seconds(settings.write_timeout);
    options["OPT_LOCAL_INFILE"] = 0;   // a server must not be able to ask for our files
    options["OPT_RECONNECT"] = false;  // a silent reconnect would lose the transaction and the session's settings
    return options;
}

sql::mysql::MySQL_Driver& driver() {
    // The connector builds its driver without a lock; a static variable is built under one.
    static sql::mysql::MySQL_Driver& instance = *sql::mysql::get_mysql_driver_instance();
    return instance;
}

}  // namespace

std::uint32_t mysql_row::columns() const {
    return row_.getMetaData()->getColumnCount();
}

bool mysql_row::is_null(std::uint32_t column) const {
    return row_.isNull(column);
}

std::string mysql_row::text(std::uint32_t column) const {
    return row_.getString(column).asStdString();
}

std::int64_t mysql_row::number(std::uint32_t column) const {
    return row_.getInt64(column);
}

std::uint64_t mysql_row::unsigned_number(std::uint32_t column) const {
    return row_.getUInt64(column);
}

template <class Call>
auto mysql_connection::translated(std::string_view attempt, Call&& call) -> decltype(call()) {
    try {
        return call();
    } catch (const sql::SQLException& e) {
        throw store_error(mysql_failure(attempt, e.getErrorCode(), e.what()));
    }
}

mysql_connection::mysql_connection(const mysql_settings& settings) {
    const std::string attempt =
        "connect to " + settings.host + ":" + std::to_string(settings.port) + "/" + settings.name;
    translated(attempt, [&] {
        sql::ConnectOptionsMap options = options_of(settings);
        connection_.reset(driver().connect(options));
        statement_.reset(connection_->createStatement());
    });
    set_up_session(settings.lock_wait);
    check_session();
}

// The statement goes before the connection, and neither may throw out of here.
mysql_connection::~mysql_connection() {
    try {
        statement_.reset();
        connection_.reset();
    } catch (const std::exception&) {  // a connection that is gone cannot say goodbye
        return;
    }
}

void mysql_connection::set_up_session(seconds lock_wait) {
    execute("SET NAMES utf8mb4");
    execute("SET SESSION time_zone = '" + std::string(required_time_zone) + "', SESSION sql_mode = '" +
            std::string(required_sql_mode) +
            "', SESSION innodb_lock_wait_timeout = " + std::to_string(whole_seconds(lock_wait)));
    // People delete old rows by ranges; without gap locks that does not stop a flush.
    execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
}

void mysql_connection::check_session() {
    session_facts facts;
    query(
        "SELECT @@SESSION.sql_mode, @@SESSION.time_zone, @@character_set_client, @@character_set_connection, "
        "VERSION(), CONNECTION_ID(), @@max_allowed_packet",
        [&](const mysql_row& row) {
            facts = {row.text(1), row.text(2), row.text(3), row.text(4), row.text(5)};
            id_ = row.unsigned_number(6);
            packet_bytes_max_ = row.unsigned_number(7);
        });
    version_ = facts.version;
    if (const auto trouble = session_trouble(facts)) throw store_error(*trouble);
}

void mysql_connection::execute(const std::string& statement) {
    // The server would hang up on a longer one, often before its reason can be read.
    if (packet_bytes_max_ != 0 && statement.size() + packet_overhead > packet_bytes_max_) {
        throw store_error(store_trouble::too_large,
                          "a statement of " + std::to_string(statement.size()) +
                              " bytes is over the server's max_allowed_packet of " + std::to_string(packet_bytes_max_),
                          "raise max_allowed_packet of the server");
    }
    translated("run a statement", [&] { statement_->execute(statement); });
}

void mysql_connection::query(const std::string& statement, const std::function<void(const mysql_row&)>& each) {
    translated("run a query", [&] {
        const std::unique_ptr<sql::ResultSet> rows{statement_->executeQuery(statement)};
        while (rows->next()) each(mysql_row{*rows});
    });
}

void mysql_connection::query(const std::string& statement, const std::vector<std::string>& texts,
                             const std::function<void(const mysql_row&)>& each) {
    translated("run a query", [&] {
        const std::unique_ptr<sql::PreparedStatement> prepared{connection_->prepareStatement(statement)};
        unsigned place = 0;
        for (const std::string& text : texts) prepared->setString(++place, text);
        const std::unique_ptr<sql::ResultSet> rows{prepared->executeQuery()};
        while (rows->next()) each(mysql_row{*rows});
    });
}

std::optional<std::string> mysql_connection::value(const std::string& statement) {
    std::optional<std::string> found;
    bool first = true;
    query(statement, [&](const mysql_row& row) {
        if (std::exchange(first, false) && !row.is_null(1)) found = row.text(1);
    });
    return found;
}

bool mysql_connection::alive() noexcept {
    try {
        execute("DO 0");
        return true;
    } catch (const std::exception&) {
        return false;
    }
}

std::size_t mysql_connection::statement_bytes_wanted() const {
    return std::min(statement_bytes_max, packet_bytes_max_ / 2);
}

mysql_transaction::~mysql_transaction() {
    if (!open_) return;
    try {
        connection_.execute("ROLLBACK");
    } catch (const std::exception&) {  // the connection is gone, and the transaction with it
        return;
    }
}

}  // namespace streamstats::store
