// What the error numbers of MySQL, MariaDB and their client library mean to the pipeline. Pure.
#pragma once

#include <string>
#include <string_view>

#include "streamstats/pipeline/rollup_store.hpp"

namespace streamstats::store {

store_trouble trouble_of_mysql(int code);

// `attempt`: what was being done ("connect to db:3306"). `message`: the server's words.
store_failure mysql_failure(std::string_view attempt, int code, std::string_view message);

// Whether the server is as new as the schema needs: "10.6.0-MariaDB", "8.0.17".
bool supported_version(std::string_view version);

// What a session must be like, and what it said it is when asked.
struct session_facts {
    std::string sql_mode;
    std::string time_zone;
    std::string client_charset;
    std::string connection_charset;
    std::string version;
};
inline constexpr std::string_view required_time_zone = "+00:00";
inline constexpr std::string_view required_charset = "utf8mb4";
// Refuse what does not fit instead of storing something near it; keep the backslash an ordinary character.
inline constexpr std::string_view required_sql_mode =
    "STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,"
    "NO_BACKSLASH_ESCAPES";
// Nothing, or why this session must not be used.
std::optional<store_failure> session_trouble(const session_facts& facts);

}  // namespace streamstats::store
