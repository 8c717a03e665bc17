#include "store/mysql_failure.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace streamstats::store {
namespace {

struct meaning {
    int code;
    store_trouble trouble;
    std::string_view hint;
};

constexpr std::string_view free_disk = "free space on the disk of the database";
constexpr std::string_view check_credentials = "check STREAM_DB_USER, STREAM_DB_PASSWORD and the user's host";
constexpr std::string_view check_privileges =
    "grant STREAM_DB_USER all privileges on the database STREAM_DB_NAME, and check that name";
constexpr std::string_view check_address = "check STREAM_DB_HOST and STREAM_DB_PORT, and that the database runs";
constexpr std::string_view follow_primary = "point STREAM_DB_HOST at the primary, or wait for the failover to end";
constexpr std::string_view fewer_connections = "raise max_connections of the server, or lower STREAM_DB_POOL_SIZE";
constexpr std::string_view tables_gone = "a table is gone; missing tables are created again when the store reconnects";
constexpr std::string_view binlog_format = "set binlog_format of the server to ROW or MIXED";

// Sorted by number. What is not listed will be refused again.
constexpr std::array meanings{
    meaning{1020, store_trouble::busy, {}},                 // record has changed since last read
    meaning{1021, store_trouble::busy, free_disk},          // disk full
    meaning{1026, store_trouble::busy, free_disk},          // error writing file
    meaning{1030, store_trouble::busy, free_disk},          // error from the storage engine
    meaning{1040, store_trouble::busy, fewer_connections},  // too many connections
    meaning{1041, store_trouble::busy, {}},                 // server out of memory
    meaning{1042, store_trouble::away, check_address},      // cannot get host name
    meaning{1043, store_trouble::away, check_address},      // bad handshake
    meaning{1044, store_trouble::refused, check_privileges},
    meaning{1045, store_trouble::refused, check_credentials},
    meaning{1047, store_trouble::away, {}},  // Galera node not ready
    meaning{1049, store_trouble::refused, "create the database, or check STREAM_DB_NAME"},
    meaning{1053, store_trouble::away, {}},  // server shutdown in progress
    meaning{1077, store_trouble::away, {}},
    meaning{1079, store_trouble::away, {}},
    meaning{1114, store_trouble::busy, free_disk},  // table full
    meaning{1129, store_trouble::refused, "the server blocks this host; run FLUSH HOSTS there"},
    meaning{1130, store_trouble::refused, "the server does not let this host in; check the host of STREAM_DB_USER"},
    meaning{1135, store_trouble::busy, {}},  // cannot create a thread
    meaning{1142, store_trouble::refused, check_privileges},
    meaning{1143, store_trouble::refused, check_privileges},
    meaning{1146, store_trouble::away, tables_gone},
    meaning{1153, store_trouble::too_large, "raise max_allowed_packet of the server"},
    meaning{1158, store_trouble::away, {}},  // network: read, timed out, write, timed out
    meaning{1159, store_trouble::away, {}},
    meaning{1160, store_trouble::away, {}},
    meaning{1161, store_trouble::away, {}},
    meaning{1180, store_trouble::busy, {}},                 // error during COMMIT
    meaning{1203, store_trouble::busy, fewer_connections},  // too many connections of this user
    meaning{1205, store_trouble::busy, {}},                 // lock wait timeout
    meaning{1213, store_trouble::busy, {}},                 // deadlock
    meaning{1226, store_trouble::busy, fewer_connections},  // resource limit of this user
    meaning{1227, store_trouble::refused, check_privileges},
    meaning{1290, store_trouble::read_only, follow_primary},
    meaning{1317, store_trouble::away, {}},  // interrupted, mostly because the connection is being killed
    meaning{1370, store_trouble::refused, check_privileges},
    meaning{1665, store_trouble::refused, binlog_format},
    meaning{1698, store_trouble::refused, check_credentials},
    meaning{1792, store_trouble::read_only, follow_primary},
    meaning{1836, store_trouble::read_only, follow_primary},
    meaning{1927, store_trouble::away, {}},             // MariaDB: connection was killed
    meaning{1969, store_trouble::busy, {}},             // MariaDB: max_statement_time
    meaning{2001, store_trouble::away, check_address},  // the client library, up to 2055
    meaning{2002, store_trouble::away, check_address},
    meaning{2003, store_trouble::away, check_address},
    meaning{2004, store_trouble::away, check_address},
    meaning{2005, store_trouble::away, check_address},
    meaning{2006, store_trouble::away, {}},
    meaning{2008, store_trouble::busy, {}},  // client out of memory
    meaning{2009, store_trouble::away, check_address},
    meaning{2011, store_trouble::away, check_address},
    meaning{2012, store_trouble::away, check_address},
    meaning{2013, store_trouble::away, {}},
    meaning{2014, store_trouble::away, {}},
    meaning{2020, store_trouble::too_large, "raise max_allowed_packet of the server"},
    meaning{2026, store_trouble::away, "the encrypted connection failed; check the certificates of the server"},
    meaning{2027, store_trouble::away, {}},
    meaning{2048, store_trouble::away, {}},
    meaning{2055, store_trouble::away, {}},
    meaning{3024, store_trouble::busy, {}},  // max_execution_time
    meaning{3100, store_trouble::busy, {}},  // a plugin asked for a rollback
    meaning{3101, store_trouble::busy, {}},
    meaning{4031, store_trouble::away, {}},  // closed for inactivity
};
static_assert(std::is_sorted(meanings.begin(), meanings.end(),
                             [](const meaning& a, const meaning& b) { return a.code < b.code; }));

meaning meaning_of(int code) {
    // The connector's own complaints (closed connection, closed result) have no number.
    if (code == 0) return {0, store_trouble::away, {}};
    for (const meaning& each : meanings) {
        if (each.code == code) return each;
    }
    return {code, store_trouble::refused, {}};
}

std::vector<int> numbers_of(std::string_view version) {
    std::vector<int> numbers;
    const char* at = version.data();
    const char* const end = at + version.size();
    for (int number = 0; at < end; ++at) {
        const auto parsed = std::from_chars(at, end, number);
        if (parsed.ec != std::errc{}) break;
        numbers.push_back(number);
        at = parsed.ptr;
        if (at == end || *at != '.') break;
    }
    return numbers;
}

bool has_mode(std::string_view modes, std::string_view mode) {
    return ("," + std::string(modes) + ",").find("," + std::string(mode) + ",") != std::string::npos;
}

store_failure unfit_session(std::string what, std::string hint) {
    return {{std::move(what), std::move(hint)}, store_trouble::refused};
}

}  // namespace

store_trouble trouble_of_mysql(int code) {
    return meaning_of(code).trouble;
}

store_failure mysql_failure(std::string_view attempt, int code, std::string_view message) {
    constexpr std::size_t message_bytes_max = 400;
    const meaning known = meaning_of(code);
    std::string what = "cannot " + std::string(attempt) + ": " + std::string(message.substr(0, message_bytes_max));
    if (code != 0) what += " (error " + std::to_string(code) + ")";
    return {{std::move(what), std::string(known.hint)}, known.trouble};
}

bool supported_version(std::string_view version) {
    const bool mariadb = version.find("MariaDB") != std::string_view::npos;
    return numbers_of(version) >= (mariadb ? std::vector<int>{10, 6} : std::vector<int>{8, 0, 17});
}

std::optional<store_failure> session_trouble(const session_facts& facts) {
    if (!supported_version(facts.version)) {
        return unfit_session("the database server is version " + facts.version,
                             "MySQL 8.0.17, MariaDB 10.6 or later is needed");
    }
    for (std::string_view rest = required_sql_mode; !rest.empty();) {
        const std::string_view mode = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), mode.size() + 1));
        if (has_mode(facts.sql_mode, mode)) continue;
        return unfit_session("the server does not keep sql_mode " + std::string(mode) + " for a session (it is '" +
                                 facts.sql_mode + "')",
                             "let STREAM_DB_USER set its own sql_mode; a proxy in between may forbid it");
    }
    if (facts.time_zone != required_time_zone) {
        return unfit_session(
            "the server does not keep time_zone +00:00 for a session (it is '" + facts.time_zone + "')",
            "let STREAM_DB_USER set its own time_zone; a proxy in between may forbid it");
    }
    if (facts.client_charset != required_charset || facts.connection_charset != required_charset) {
        return unfit_session("the server does not speak utf8mb4 with this client (but '" + facts.client_charset + "')",
                             "remove skip-character-set-client-handshake from the server's options");
    }
    return std::nullopt;
}

}  // namespace streamstats::store
