// The two places that rollups can be kept in, and their schema.
// Neither factory connects: the database may be away when the daemon starts (see rollup_store::prepare).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "streamstats/base/failure.hpp"
#include "streamstats/base/time.hpp"
#include "streamstats/pipeline/rollup_store.hpp"
#include "streamstats/pipeline/series_source.hpp"

namespace streamstats {

// The STREAM_DB_* variables, and limits that keep a call from hanging for ever.
struct mysql_settings {
    std::string host = "localhost";  // over TCP, also for localhost; IPv6 addresses without brackets
    std::uint16_t port = 3306;
    std::string user = "stream_api";
    std::string password = "changeme";  // never part of a failure or a description
    std::string name = "stream_stats";
    std::size_t pool_size = 10;      // connections kept open between calls
    std::size_t pool_overflow = 20;  // more than that while calls overlap, closed after use
    seconds connect_timeout{5};
    // How long one statement may stay without an answer; longer than lock_wait, so that a lock is `busy`, not `away`.
    seconds read_timeout{60};
    seconds write_timeout{60};
    seconds lock_wait{10};  // for a row that another transaction holds
    seconds pool_wait{30};  // for a free connection when all of size + overflow are in use
};

// A store in MySQL 8.0.17+ or MariaDB 10.6+.
std::unique_ptr<rollup_store> make_mysql_store(mysql_settings settings);
// A store in a SQLite file; people may read it with the sqlite3 shell while the daemon runs. The lock on the data
// directory is what keeps a second daemon out.
std::unique_ptr<rollup_store> make_sqlite_store(std::filesystem::path file);

// Reading series from the same places, over a connection of their own that is opened when it is first needed.
// A read takes at most `limit`, and on the way to a server as long as a connection may take.
std::unique_ptr<series_source> make_mysql_series(mysql_settings settings, milliseconds limit = series_read_time_max);
std::unique_ptr<series_source> make_sqlite_series(std::filesystem::path file,
                                                  milliseconds limit = series_read_time_max);

enum class sql_dialect : std::uint8_t { mysql, sqlite };

// One numbered file of sql/: mysql (one text for MySQL and MariaDB) or sqlite.
struct migration {
    int number = 0;
    std::string name;  // "rollups" of 0001_rollups.sql
    std::string sql;

    friend bool operator==(const migration&, const migration&) = default;
};

// Everything this program knows, in the order it is applied.
std::vector<migration> migrations(sql_dialect dialect);

// What prepare() would apply; changes nothing, and takes no lock. A newer or an altered schema is refused.
result<std::vector<migration>, store_failure> pending_migrations(const mysql_settings& settings);
// The same; a file that does not exist lacks everything, and is not created.
result<std::vector<migration>, store_failure> pending_migrations(const std::filesystem::path& file);

}  // namespace streamstats
