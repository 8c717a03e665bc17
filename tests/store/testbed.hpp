// Empty databases to test stores on: SQLite, a private MariaDB, and MySQL if STREAMSTATS_TEST_MYSQL
// (host:port:user:password) says where one is.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "store/mysql_connection.hpp"
#include "store/series_query.hpp"
#include "streamstats/pipeline/rollup_store.hpp"
#include "streamstats/store/open_store.hpp"

namespace streamstats::test {

// Rows of an answer, as text; NULL is "NULL".
using table = std::vector<std::vector<std::string>>;

// A database of its own, empty, and a look into it that does not go through the store.
class testbed {
public:
    testbed() = default;
    virtual ~testbed() = default;
    testbed(const testbed&) = delete;
    testbed& operator=(const testbed&) = delete;

    [[nodiscard]] virtual std::unique_ptr<rollup_store> make_store() const = 0;
    [[nodiscard]] virtual std::unique_ptr<series_source> make_series(
        milliseconds limit = series_read_time_max) const = 0;
    [[nodiscard]] virtual result<std::vector<migration>, store_failure> pending() const = 0;
    // How the database would go about it, a line for each table and step.
    virtual std::vector<std::string> plan_of(const store::series_query& query) = 0;
    virtual table sql(const std::string& statement) = 0;
    virtual void drop_all_tables() = 0;
};

// A store that is prepared; the test fails if it cannot be.
std::unique_ptr<rollup_store> prepared(const testbed& bed);

// Runs `test` on a fresh database of every kind.
void on_every_store(const std::function<void(testbed&)>& test);

void on_sqlite(const std::function<void(testbed&)>& test);

class mysql_testbed final : public testbed {
public:
    // `administrator`: may create databases and users.
    explicit mysql_testbed(mysql_settings administrator);
    ~mysql_testbed() override;

    [[nodiscard]] std::unique_ptr<rollup_store> make_store() const override;
    [[nodiscard]] std::unique_ptr<series_source> make_series(milliseconds limit = series_read_time_max) const override;
    [[nodiscard]] result<std::vector<migration>, store_failure> pending() const override;
    std::vector<std::string> plan_of(const store::series_query& query) override;
    // Runs as the administrator, within the database.
    table sql(const std::string& statement) override;
    void drop_all_tables() override;

    // How the store connects; tests may change it before they make a store.
    mysql_settings settings;
    // Another connection of the administrator's.
    [[nodiscard]] std::unique_ptr<store::mysql_connection> connect() const;

private:
    mysql_settings administrator_;
    std::unique_ptr<store::mysql_connection> connection_;
};

// Runs `test` on a fresh database in MariaDB, and in MySQL if there is one.
void on_every_server(const std::function<void(mysql_testbed&)>& test);

}  // namespace streamstats::test
