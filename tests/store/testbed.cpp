#include "store/testbed.hpp"

#include <unistd.h>

#include <atomic>
#include <iostream>
#include <optional>
#include <sstream>

#include "store/private_server.hpp"
#include "store/sqlite_database.hpp"
#include "support/catch.hpp"

namespace streamstats::test {
namespace {

class sqlite_testbed final : public testbed {
public:
    [[nodiscard]] std::unique_ptr<rollup_store> make_store() const override { return make_sqlite_store(file()); }

    [[nodiscard]] std::unique_ptr<series_source> make_series(milliseconds limit) const override {
        return make_sqlite_series(file(), limit);
    }

    [[nodiscard]] result<std::vector<migration>, store_failure> pending() const override {
        return pending_migrations(file());
    }

    std::vector<std::string> plan_of(const store::series_query& query) override {
        store::sqlite_database database(file(), store::sqlite_access::read_only);
        store::sqlite_statement rows(database, "EXPLAIN QUERY PLAN " + query.statement);
        int place = 0;
        for (const std::string& text : query.texts) rows.bind(++place, std::string_view{text});
        std::vector<std::string> lines;
        while (rows.next()) lines.push_back(rows.text(3));
        return lines;
    }

    table sql(const std::string& statement) override {
        store::sqlite_database database(file(), store::sqlite_access::create);
        store::sqlite_statement rows(database, statement);
        table found;
        while (rows.next()) {
            std::vector<std::string> row;
            row.reserve(static_cast<std::size_t>(rows.columns()));
            for (int column = 0; column < rows.columns(); ++column) {
                row.push_back(rows.is_null(column) ? "NULL" : rows.text(column));
            }
            found.push_back(std::move(row));
        }
        return found;
    }

    void drop_all_tables() override {
        for (const auto& row :
             sql("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")) {
            sql("DROP TABLE " + row[0]);
        }
    }

private:
    [[nodiscard]] std::filesystem::path file() const { return directory_.path() / "rollups.db"; }

    temporary_directory directory_;
};

// Started by the first test that needs it, stopped when the program ends.
const private_server& mariadb() {
    static const private_server server;
    return server;
}

std::string environment(std::string_view name) {
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        if (text.starts_with(name) && text.substr(name.size()).starts_with('=')) {
            return std::string(text.substr(name.size() + 1));
        }
    }
    return {};
}

// host:port:user:password
std::optional<mysql_settings> real_mysql() {
    static const std::string given = environment("STREAMSTATS_TEST_MYSQL");
    if (given.empty()) {
        static const bool said [[maybe_unused]] = [] {
            std::cerr << "\n*** SKIPPED: no test runs against a MySQL server. Set STREAMSTATS_TEST_MYSQL to\n"
                         "*** host:port:user:password of a user who may create databases and users there.\n\n";
            return true;
        }();
        return std::nullopt;
    }
    std::istringstream parts{given};
    std::string port;
    mysql_settings settings;
    std::getline(parts, settings.host, ':');
    std::getline(parts, port, ':');
    std::getline(parts, settings.user, ':');
    std::getline(parts, settings.password);
    settings.port = static_cast<std::uint16_t>(std::stoul(port));
    settings.name = "mysql";
    return settings;
}

std::vector<mysql_settings> all_servers() {
    std::vector<mysql_settings> servers{mariadb().administrator()};
    if (auto mysql = real_mysql()) servers.push_back(*mysql);
    return servers;
}

constexpr const char* store_user = "streamstats_test";
constexpr const char* store_password = "pa'ss \\ word";

}  // namespace

mysql_testbed::mysql_testbed(mysql_settings administrator)
    : settings(administrator), administrator_(std::move(administrator)), connection_(connect()) {
    static std::atomic<int> number{0};
    settings.name = "streamstats_test_" + std::to_string(++number);
    settings.user = store_user;
    settings.password = store_password;
    settings.lock_wait = seconds{1};
    settings.pool_wait = seconds{5};
    sql("DROP DATABASE IF EXISTS " + settings.name);
    sql("CREATE DATABASE " + settings.name);
    const std::string user = std::string("'") + store_user + "'@'%'";
    sql("CREATE USER IF NOT EXISTS " + user + " IDENTIFIED BY 'pa''ss \\ word'");
    sql("GRANT ALL ON " + settings.name + ".* TO " + user);
    sql("USE " + settings.name);
}

mysql_testbed::~mysql_testbed() {
    try {
        sql("DROP DATABASE IF EXISTS " + settings.name);
    } catch (const std::exception& e) {
        std::cerr << "cannot drop " << settings.name << ": " << e.what() << '\n';
    }
}

std::unique_ptr<rollup_store> mysql_testbed::make_store() const {
    return make_mysql_store(settings);
}

std::unique_ptr<series_source> mysql_testbed::make_series(milliseconds limit) const {
    return make_mysql_series(settings, limit);
}

std::vector<std::string> mysql_testbed::plan_of(const store::series_query& query) {
    std::vector<std::string> lines;
    connection_->query("EXPLAIN " + query.statement, query.texts, [&](const store::mysql_row& row) {
        std::string& line = lines.emplace_back();
        for (std::uint32_t column = 1; column <= row.columns(); ++column) {
            if (!row.is_null(column)) line.append(row.text(column)) += ' ';
        }
    });
    return lines;
}

result<std::vector<migration>, store_failure> mysql_testbed::pending() const {
    return pending_migrations(settings);
}

table mysql_testbed::sql(const std::string& statement) {
    table found;
    if (!statement.starts_with("SELECT") && !statement.starts_with("SHOW")) {
        connection_->execute(statement);
        return found;
    }
    connection_->query(statement, [&](const store::mysql_row& row) {
        std::vector<std::string> texts;
        for (std::uint32_t column = 1; column <= row.columns(); ++column) {
            texts.push_back(row.is_null(column) ? "NULL" : row.text(column));
        }
        found.push_back(std::move(texts));
    });
    return found;
}

void mysql_testbed::drop_all_tables() {
    sql("DROP DATABASE " + settings.name);
    sql("CREATE DATABASE " + settings.name);
    sql("USE " + settings.name);
}

std::unique_ptr<store::mysql_connection> mysql_testbed::connect() const {
    return std::make_unique<store::mysql_connection>(administrator_);
}

std::unique_ptr<rollup_store> prepared(const testbed& bed) {
    auto made = bed.make_store();
    const auto trouble = made->prepare();
    INFO((trouble ? trouble->what : std::string{}));
    REQUIRE_FALSE(trouble.has_value());
    return made;
}

void on_every_server(const std::function<void(mysql_testbed&)>& test) {
    for (const mysql_settings& server : all_servers()) {
        mysql_testbed bed(server);
        INFO(bed.make_store()->description());
        test(bed);
    }
}

void on_sqlite(const std::function<void(testbed&)>& test) {
    sqlite_testbed bed;
    INFO("sqlite");
    test(bed);
}

void on_every_store(const std::function<void(testbed&)>& test) {
    on_sqlite(test);
    on_every_server([&](mysql_testbed& bed) { test(bed); });
}

}  // namespace streamstats::test
