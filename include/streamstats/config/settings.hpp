// What can be configured (SEMANTICS 7). The initialisers are the defaults; names, ranges and meanings stand in the
// table of src/config/options.cpp.
#pragma once

#include <cstdint>
#include <string>

#include "streamstats/base/time.hpp"

namespace streamstats::config {

struct settings {
    std::string http_host = "0.0.0.0";
    std::int64_t http_port = 5'000;
    std::int64_t http_threads = 0;  // load() puts the number of cores in place of 0
    std::int64_t body_bytes_max = 16'777'216;
    std::string admin_host = "127.0.0.1";
    std::int64_t admin_port = 0;  // 0: there is one listener for everything

    // Lists separated by commas; empty: no such rule.
    std::string webhook_token;
    std::string webhook_sign_key;
    std::string webhook_secret;
    std::string webhook_networks;
    std::string read_token;
    std::string read_networks;
    std::string trusted_proxies;

    std::string store = "auto";  // load() makes it "mysql" or "sqlite"
    std::string db_host = "localhost";
    std::int64_t db_port = 3'306;
    std::string db_user = "stream_api";
    std::string db_password = "changeme";
    std::string db_name = "stream_stats";
    std::int64_t db_pool_size = 10;
    std::int64_t db_pool_overflow = 20;

    std::string data_dir = "./data";

    seconds aggregation_interval{60};
    seconds session_sync_interval{30};
    seconds revision_interval{300};
    seconds late_window{900};
    seconds dedup_window{3'600};
    seconds session_max_age{86'400};
    seconds session_idle_timeout{600};
    std::int64_t dimension_values_max = 100'000;
    std::int64_t sessions_max = 0;  // load() puts what memory allows in place of 0
    std::string journal = "on";

    std::string log_level = "info";
    std::string log_format = "text";
};

}  // namespace streamstats::config
