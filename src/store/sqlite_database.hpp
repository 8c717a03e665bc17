// A SQLite file and its statements. One thread at a time. Methods throw store_error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace streamstats::store {

enum class sqlite_access : std::uint8_t { read_only, create };

class sqlite_database {
public:
    // Waits as long as `busy_timeout_ms` for people who read or change the file with other programs.
    sqlite_database(const std::filesystem::path& file, sqlite_access access);
    ~sqlite_database();
    sqlite_database(const sqlite_database&) = delete;
    sqlite_database& operator=(const sqlite_database&) = delete;

    // Runs statements that return nothing of interest.
    void execute(const std::string& statements);
    [[noreturn]] void fail(std::string_view attempt, int code) const;
    [[nodiscard]] sqlite3* handle() const { return database_; }

private:
    static constexpr int busy_timeout_ms = 10'000;

    std::string file_;
    sqlite3* database_ = nullptr;
};

// A prepared statement. Parameters and columns count from 1 and from 0, as in SQLite.
class sqlite_statement {
public:
    sqlite_statement(sqlite_database& database, std::string_view text);
    ~sqlite_statement();
    sqlite_statement(const sqlite_statement&) = delete;
    sqlite_statement& operator=(const sqlite_statement&) = delete;

    // Texts and bytes are not copied: they live until the statement has run.
    void bind(int parameter, std::int64_t value);
    void bind(int parameter, double value);
    void bind(int parameter, std::string_view value);
    void bind(int parameter, std::span<const std::uint8_t> value);
    void bind_null(int parameter);

    // To the next row; false at the end.
    bool next();
    // Runs it to the end, ready for the next values.
    void run();

    [[nodiscard]] int columns() const;
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::int64_t number(int column) const;
    [[nodiscard]] std::string text(int column) const;

private:
    void check(int code) const;

    sqlite_database& database_;
    sqlite3_stmt* statement_ = nullptr;
};

// BEGIN IMMEDIATE … COMMIT; rolled back if it ends without commit().
class sqlite_transaction {
public:
    explicit sqlite_transaction(sqlite_database& database) : database_(database) {
        database_.execute("BEGIN IMMEDIATE");
    }
    ~sqlite_transaction();
    sqlite_transaction(const sqlite_transaction&) = delete;
    sqlite_transaction& operator=(const sqlite_transaction&) = delete;

    void commit();

private:
    sqlite_database& database_;
    bool open_ = true;
};

}  // namespace streamstats::store
