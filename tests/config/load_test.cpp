#include "streamstats/config/load.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace streamstats;
using namespace streamstats::config;
using namespace std::chrono_literals;

namespace {

class settings_directory : public testing::temporary_directory {
public:
    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(path() / name) << text;
        return (path() / name).string();
    }
};

loaded good(const environment& given, const std::optional<std::string>& file = std::nullopt) {
    auto outcome = load(given, file);
    if (!outcome) FAIL(outcome.error().errors.front());
    return outcome.value();
}

std::vector<std::string> errors_of(const environment& given, const std::optional<std::string>& file = std::nullopt) {
    const auto outcome = load(given, file);
    REQUIRE_FALSE(outcome);
    return outcome.error().errors;
}

provenance shown(const loaded& all, std::string_view name) {
    const auto found = std::ranges::find(all.shown, name, &provenance::name);
    REQUIRE(found != all.shown.end());
    return *found;
}

}  // namespace

TEST_CASE("with nothing set everything is at its default", "[config]") {
    const loaded all = good({{"PATH", "/bin"}, {"STREAMING", "yes"}});
    CHECK(all.warnings.empty());
    CHECK(all.values.http_host == "0.0.0.0");
    CHECK(all.values.http_port == 5'000);
    CHECK(all.values.body_bytes_max == 16'777'216);
    CHECK(all.values.store == "sqlite");
    CHECK(all.values.data_dir == "./data");
    CHECK(all.values.late_window == 900s);
    CHECK(all.values.log_level == "info");
    CHECK(std::ranges::all_of(all.shown, [](const provenance& p) { return p.origin == "default"; }));
}

TEST_CASE("zero threads are as many as there are cores", "[config]") {
    const auto cores = static_cast<std::int64_t>(std::max(1U, std::thread::hardware_concurrency()));
    CHECK(good({}).values.http_threads == cores);
    CHECK(good({{"STREAM_HTTP_THREADS", "0"}}).values.http_threads == cores);
    CHECK(good({{"STREAM_HTTP_THREADS", "7"}}).values.http_threads == 7);
}

TEST_CASE("no number of sessions is as many as fit into half of the memory", "[config]") {
    CHECK(good({}).values.sessions_max >= 100'000);
    CHECK(good({{"STREAM_MAX_SESSIONS", "5"}}).values.sessions_max == 5);
}

TEST_CASE("the environment wins over the file, and each value knows where it came from", "[config]") {
    const settings_directory directory;
    const auto file =
        directory.write("some.env", "# first\nSTREAM_HTTP_PORT=6000\nSTREAM_DB_NAME=\"of file\"\nOTHER=1\n");
    const loaded all = good({{"STREAM_HTTP_PORT", "7000"}}, file);
    CHECK(all.values.http_port == 7'000);
    CHECK(shown(all, "STREAM_HTTP_PORT").origin == "environment");
    CHECK(all.values.db_name == "of file");
    CHECK(shown(all, "STREAM_DB_NAME").origin == file + ":3");
    CHECK(shown(all, "STREAM_DB_PORT").origin == "default");
    CHECK(all.warnings.empty());
}

TEST_CASE("any STREAM_DB_* turns on the MySQL store, unless a store is named", "[config]") {
    CHECK(good({{"STREAM_DB_HOST", "db"}}).values.store == "mysql");
    CHECK(good({{"STREAM_DB_HOST", "db"}, {"STREAM_STORE", "sqlite"}}).values.store == "sqlite");
    CHECK(good({{"STREAM_STORE", "mysql"}}).values.store == "mysql");
    const settings_directory directory;
    CHECK(good({}, directory.write("some.env", "STREAM_DB_PORT=3307\n")).values.store == "mysql");
    const auto secret = directory.write("password", "x");
    CHECK(good({{"STREAM_DB_PASSWORD_FILE", secret}}).values.store == "mysql");
}

TEST_CASE("the data directory is systemd's state directory unless it is given", "[config]") {
    CHECK(good({{"STATE_DIRECTORY", "/var/lib/a:/var/lib/b"}}).values.data_dir == "/var/lib/a");
    CHECK(good({{"STATE_DIRECTORY", "/var/lib/a"}, {"STREAM_DATA_DIR", "/srv"}}).values.data_dir == "/srv");
}

TEST_CASE("a secret comes from a file without its last line end, and is never shown", "[config]") {
    const settings_directory directory;
    const auto secret = directory.write("password", "pass word\r\n");
    const loaded all = good({{"STREAM_DB_PASSWORD_FILE", secret}});
    CHECK(all.values.db_password == "pass word");
    CHECK(shown(all, "STREAM_DB_PASSWORD").value == "(set)");
    CHECK(shown(all, "STREAM_DB_PASSWORD").origin == secret);
    CHECK(shown(good({{"STREAM_DB_PASSWORD", "hush"}}), "STREAM_DB_PASSWORD").value == "(set)");
    CHECK(shown(good({}), "STREAM_DB_PASSWORD").value == "(default)");
}

TEST_CASE("a secret of the environment, in either form, hides both forms of the file", "[config]") {
    const settings_directory directory;
    const auto secret = directory.write("password", "from secret file");
    const auto names_file = directory.write("a.env", "STREAM_DB_PASSWORD_FILE=" + secret + "\n");
    const auto names_value = directory.write("b.env", "STREAM_DB_PASSWORD=from config\n");
    CHECK(good({}, names_file).values.db_password == "from secret file");
    CHECK(good({{"STREAM_DB_PASSWORD", "direct"}}, names_file).values.db_password == "direct");
    CHECK(good({{"STREAM_DB_PASSWORD_FILE", secret}}, names_value).values.db_password == "from secret file");
}

TEST_CASE("a secret given twice in one place, or whose file is missing, is an error that does not show it",
          "[config]") {
    const settings_directory directory;
    const auto secret = directory.write("password", "hush");
    CHECK(errors_of({{"STREAM_DB_PASSWORD", "x"}, {"STREAM_DB_PASSWORD_FILE", secret}}).front() ==
          "STREAM_DB_PASSWORD and STREAM_DB_PASSWORD_FILE: give one of them");
    const auto missing = errors_of({{"STREAM_DB_PASSWORD_FILE", secret + ".gone"}});
    CHECK(missing.front().find("STREAM_DB_PASSWORD_FILE (environment): cannot read " + secret + ".gone") == 0);
    const auto broken = errors_of({{"STREAM_DB_PASSWORD", "hush\nhush"}});
    CHECK(broken.front() == "STREAM_DB_PASSWORD (environment): must not hold control characters");
}

TEST_CASE("a secret that is not set is shown as such, and an empty file for one is an error", "[config]") {
    const settings_directory directory;
    CHECK(shown(good({}), "STREAM_WEBHOOK_TOKEN").value == "(not set)");
    CHECK(shown(good({{"STREAM_WEBHOOK_TOKEN", ""}}), "STREAM_WEBHOOK_TOKEN").value == "(not set)");
    CHECK(shown(good({{"STREAM_WEBHOOK_TOKEN", "hush"}}), "STREAM_WEBHOOK_TOKEN").value == "(set)");
    const auto empty = directory.write("token", "\n");
    const auto errors = errors_of({{"STREAM_WEBHOOK_TOKEN_FILE", empty}});
    REQUIRE(errors.size() == 1);
    CHECK(errors[0] == "STREAM_WEBHOOK_TOKEN_FILE (environment): " + empty +
                           " is empty; leave the variable out if there is no secret");
}

TEST_CASE("all errors are listed at once, each with variable, value, origin and rule", "[config]") {
    const settings_directory directory;
    const auto file = directory.write("some.env", "STREAM_LATE_WINDOW_SECONDS=3601\nnonsense\n");
    const auto errors = errors_of({{"STREAM_HTTP_PORT", "http"}, {"STREAM_LOG_LEVEL", "loud"}}, file);
    REQUIRE(errors.size() == 4);
    CHECK(errors[0] == file + ", line 2: is not NAME=VALUE");
    CHECK(errors[1] == "STREAM_HTTP_PORT=http (environment): must be a whole number from 0 to 65535");
    CHECK(errors[2] == "STREAM_LATE_WINDOW_SECONDS=3601 (" + file + ":1): must be a whole number from 0 to 3600");
    CHECK(errors[3] == "STREAM_LOG_LEVEL=loud (environment): must be one of debug info warning error");
}

TEST_CASE("an unknown name is a warning that names the nearest known one", "[config]") {
    const auto warnings = good({{"STREAM_HTTP_PROT", "80"}}).warnings;
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0] ==
          "STREAM_HTTP_PROT (environment) is not known and has no effect; did you mean STREAM_HTTP_PORT?");
}

TEST_CASE("a file that cannot be read is an error", "[config]") {
    const settings_directory directory;
    CHECK(errors_of({}, directory.write("a", "") + ".missing").front().find("--config: cannot read ") == 0);
    CHECK(errors_of({}, std::filesystem::temp_directory_path().string()).front().find("--config: cannot read ") == 0);
    CHECK(errors_of({}, directory.write("big", std::string(1'048'577, '#'))).front().find("larger than 1 MiB") !=
          std::string::npos);
}
