#include "parts.hpp"

#include <sys/resource.h>

#include <algorithm>

#include "access.hpp"

namespace streamstats::app {
namespace {

// Store connections, data files, the log, threads' own: far below this.
constexpr std::size_t descriptors_kept_back = 128;

}  // namespace

mysql_settings mysql_settings_of(const config::settings& chosen) {
    mysql_settings result;
    result.host = chosen.db_host;
    result.port = static_cast<std::uint16_t>(chosen.db_port);
    result.user = chosen.db_user;
    result.password = chosen.db_password;
    result.name = chosen.db_name;
    result.pool_size = static_cast<std::size_t>(chosen.db_pool_size);
    result.pool_overflow = static_cast<std::size_t>(chosen.db_pool_overflow);
    return result;
}

std::filesystem::path sqlite_file_of(const config::settings& chosen) {
    return std::filesystem::path(chosen.data_dir) / "stream_stats.db";
}

std::filesystem::path journal_folder_of(const config::settings& chosen) {
    return std::filesystem::path(chosen.data_dir) / "journal";
}

std::unique_ptr<rollup_store> make_store(const config::settings& chosen) {
    return chosen.store == "mysql" ? make_mysql_store(mysql_settings_of(chosen))
                                   : make_sqlite_store(sqlite_file_of(chosen));
}

std::unique_ptr<series_source> make_series_source(const config::settings& chosen) {
    return chosen.store == "mysql" ? make_mysql_series(mysql_settings_of(chosen))
                                   : make_sqlite_series(sqlite_file_of(chosen));
}

pipeline::pipeline_options pipeline_options_of(const config::settings& chosen) {
    pipeline::pipeline_options result;
    result.limits.late_window = chosen.late_window;
    result.limits.dedup_window = chosen.dedup_window;
    result.limits.session_max_age = chosen.session_max_age;
    result.limits.idle_timeout = chosen.session_idle_timeout;
    result.limits.dimension_values_max = static_cast<std::size_t>(chosen.dimension_values_max);
    result.sessions_max = static_cast<std::uint64_t>(chosen.sessions_max);
    result.aggregation_interval = chosen.aggregation_interval;
    result.session_sync_interval = chosen.session_sync_interval;
    result.revision_interval = chosen.revision_interval;
    return result;
}

http::settings http_settings_of(const config::settings& chosen, std::size_t descriptors) {
    http::settings result;
    result.host = chosen.http_host;
    result.port = static_cast<unsigned short>(chosen.http_port);
    result.threads = static_cast<unsigned>(chosen.http_threads);
    result.body_bytes_max = static_cast<std::size_t>(chosen.body_bytes_max);
    result.bytes_in_flight_max = std::max(result.bytes_in_flight_max, 2 * result.body_bytes_max);
    result.admin_host = chosen.admin_host;
    if (chosen.admin_port != 0) result.admin_port = static_cast<unsigned short>(chosen.admin_port);
    result.access = access_policy_of(chosen);
    const std::size_t left =
        descriptors > 2 * descriptors_kept_back ? descriptors - descriptors_kept_back : descriptors_kept_back;
    result.connections_max = std::min(result.connections_max, left);
    return result;
}

std::size_t raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1'024;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return static_cast<std::size_t>(limit.rlim_cur);
}

}  // namespace streamstats::app
