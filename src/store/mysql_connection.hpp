// One connection to MySQL or MariaDB whose session is set up and checked: UTC, strict, utf8mb4, every byte literal.
// One thread at a time. Methods throw store_error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "streamstats/store/open_store.hpp"

namespace sql {
class Connection;
class ResultSet;
class Statement;
}  // namespace sql

namespace streamstats::store {

// One row of an answer; lives as long as the call that hands it out. Columns count from 1.
class mysql_row {
public:
    explicit mysql_row(const sql::ResultSet& row) : row_(row) {}
    [[nodiscard]] std::uint32_t columns() const;
    [[nodiscard]] bool is_null(std::uint32_t column) const;
    [[nodiscard]] std::string text(std::uint32_t column) const;
    [[nodiscard]] std::int64_t number(std::uint32_t column) const;
    [[nodiscard]] std::uint64_t unsigned_number(std::uint32_t column) const;

private:
    const sql::ResultSet& row_;
};

class mysql_connection {
public:
    explicit mysql_connection(const mysql_settings& settings);
    ~mysql_connection();
    mysql_connection(const mysql_connection&) = delete;
    mysql_connection& operator=(const mysql_connection&) = delete;

    void execute(const std::string& statement);
    void query(const std::string& statement, const std::function<void(const mysql_row&)>& each);
    // `statement` has a ? in the place of each text; the texts travel apart from it, whatever bytes they are.
    void query(const std::string& statement, const std::vector<std::string>& texts,
               const std::function<void(const mysql_row&)>& each);
    // The first column of the first row; nothing if there is no row, or it is NULL.
    std::optional<std::string> value(const std::string& statement);
    // Whether the server still answers on this connection.
    bool alive() noexcept;

    // How long a statement of many rows should get; one row may be longer, up to what the server takes.
    [[nodiscard]] std::size_t statement_bytes_wanted() const;
    [[nodiscard]] const std::string& server_version() const { return version_; }
    [[nodiscard]] std::uint64_t id() const { return id_; }

private:
    void set_up_session(seconds lock_wait);
    void check_session();
    // Runs `call`; what the connector throws becomes a store_error.
    template <class Call>
    auto translated(std::string_view attempt, Call&& call) -> decltype(call());

    std::unique_ptr<sql::Connection> connection_;
    std::unique_ptr<sql::Statement> statement_;
    std::string version_;
    std::uint64_t id_ = 0;
    std::size_t packet_bytes_max_ = 0;
};

// BEGIN … COMMIT; rolled back if it ends without commit().
class mysql_transaction {
public:
    explicit mysql_transaction(mysql_connection& connection) : connection_(connection) {
        connection_.execute("START TRANSACTION");
    }
    ~mysql_transaction();
    mysql_transaction(const mysql_transaction&) = delete;
    mysql_transaction& operator=(const mysql_transaction&) = delete;

    void commit() {
        open_ = false;  // also when the answer is lost: then the server decides, not a rollback of ours
        connection_.execute("COMMIT");
    }

private:
    mysql_connection& connection_;
    bool open_ = true;
};

}  // namespace streamstats::store
