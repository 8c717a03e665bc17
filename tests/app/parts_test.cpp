#include "app/parts.hpp"

#include "app/access.hpp"

#include "support/catch.hpp"

using namespace streamstats;
using namespace std::chrono_literals;

TEST_CASE("each part gets its own settings", "[app]") {
    config::settings chosen;
    chosen.http_host = "127.0.0.1";
    chosen.http_port = 1;
    chosen.http_threads = 2;
    chosen.body_bytes_max = 3'000;
    chosen.late_window = 4s;
    chosen.dedup_window = 5s;
    chosen.session_max_age = 6s;
    chosen.session_idle_timeout = 7s;
    chosen.dimension_values_max = 8;
    chosen.aggregation_interval = 9s;
    chosen.session_sync_interval = 10s;
    chosen.revision_interval = 11s;

    const http::settings edge = app::http_settings_of(chosen, 100'000);
    CHECK(edge.host == "127.0.0.1");
    CHECK(edge.port == 1);
    CHECK(edge.threads == 2);
    CHECK(edge.body_bytes_max == 3'000);

    CHECK_FALSE(edge.admin_port);
    CHECK_FALSE(edge.access);

    const pipeline::pipeline_options inside = app::pipeline_options_of(chosen);
    CHECK(inside.limits.late_window == 4s);
    CHECK(inside.limits.dedup_window == 5s);
    CHECK(inside.limits.session_max_age == 6s);
    CHECK(inside.limits.idle_timeout == 7s);
    CHECK(inside.limits.dimension_values_max == 8);
    CHECK(inside.aggregation_interval == 9s);
    CHECK(inside.session_sync_interval == 10s);
    CHECK(inside.revision_interval == 11s);
}

TEST_CASE("the second listener and the rules for access reach the edge", "[app]") {
    config::settings chosen;
    chosen.admin_host = "192.0.2.1";
    chosen.admin_port = 2;
    chosen.trusted_proxies = "192.0.2.1";
    CHECK(app::http_settings_of(chosen, 1'024).admin_host == "192.0.2.1");
    CHECK(app::http_settings_of(chosen, 1'024).admin_port == 2);
    CHECK_FALSE(app::http_settings_of(chosen, 1'024).access);
    for (const auto rule :
         {&config::settings::webhook_token, &config::settings::webhook_sign_key, &config::settings::read_token}) {
        config::settings with_rule;
        with_rule.*rule = "secret";
        CHECK(app::http_settings_of(with_rule, 1'024).access);
    }
    for (const auto rule : {&config::settings::webhook_networks, &config::settings::read_networks}) {
        config::settings with_rule;
        with_rule.*rule = "192.0.2.0/24";
        CHECK(app::http_settings_of(with_rule, 1'024).access);
    }
    chosen.webhook_secret = "whsec_YWJj";
    CHECK(app::http_settings_of(chosen, 1'024).access);
}

TEST_CASE("the log says in words who is let in", "[app]") {
    config::settings chosen;
    CHECK(app::webhook_access_text(chosen) == "open");
    CHECK(app::read_access_text(chosen) == "open");
    chosen.webhook_token = "a";
    chosen.webhook_sign_key = "b";
    chosen.webhook_networks = "::1";
    chosen.read_networks = "::1";
    CHECK(app::webhook_access_text(chosen) == "token or sign key, from networks");
    CHECK(app::read_access_text(chosen) == "from networks");
}

TEST_CASE("the database settings reach the store of MySQL", "[app]") {
    config::settings chosen;
    chosen.db_host = "db";
    chosen.db_port = 1;
    chosen.db_user = "user";
    chosen.db_password = "password";
    chosen.db_name = "name";
    chosen.db_pool_size = 2;
    chosen.db_pool_overflow = 3;
    const mysql_settings store = app::mysql_settings_of(chosen);
    CHECK(store.host == "db");
    CHECK(store.port == 1);
    CHECK(store.user == "user");
    CHECK(store.password == "password");
    CHECK(store.name == "name");
    CHECK(store.pool_size == 2);
    CHECK(store.pool_overflow == 3);
}

TEST_CASE("there are never more connections than files may be open, and bodies in flight hold two of the largest",
          "[app]") {
    config::settings chosen;
    CHECK(app::http_settings_of(chosen, 1'000'000).connections_max == http::settings{}.connections_max);
    CHECK(app::http_settings_of(chosen, 1'024).connections_max < 1'024);
    CHECK(app::http_settings_of(chosen, 10).connections_max > 0);
    chosen.body_bytes_max = std::int64_t{1} << 30;
    CHECK(app::http_settings_of(chosen, 1'024).bytes_in_flight_max >= std::size_t{2} << 30);
}
