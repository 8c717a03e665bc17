#include "streamstats/telemetry/log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace streamstats::telemetry;

namespace {

// Standard error, from here to the end of the scope, as lines.
class captured_error {
public:
    captured_error() { ::dup2(file_, STDERR_FILENO); }
    ~captured_error() {
        ::dup2(saved_, STDERR_FILENO);
        ::close(saved_);
        ::close(file_);
    }
    captured_error(const captured_error&) = delete;
    captured_error& operator=(const captured_error&) = delete;

    std::vector<std::string> lines() const {
        flush_log();
        std::string text(static_cast<std::size_t>(::lseek(file_, 0, SEEK_END)), '\0');
        REQUIRE(::pread(file_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
        std::vector<std::string> result;
        std::istringstream in(text);
        for (std::string line; std::getline(in, line);) result.push_back(line);
        return result;
    }

private:
    static int open_unnamed() {
        std::string name = (std::filesystem::temp_directory_path() / "streamstats-log-XXXXXX").string();
        const int file = ::mkstemp(name.data());
        ::unlink(name.c_str());
        return file;
    }
    int file_ = open_unnamed();
    int saved_ = ::dup(STDERR_FILENO);
};

}  // namespace

TEST_CASE("lines below the level are left out, and the level may change while running", "[telemetry]") {
    const captured_error error;
    start_log(log_level::warning, log_format::text);
    log(log_level::info, "level: quiet");
    log(log_level::warning, "level: heard", {{"why", "it matters"}});
    set_log_level(log_level::debug);
    log(log_level::debug, "level: now heard");
    const auto lines = error.lines();
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].ends_with(R"( warning level: heard why="it matters")"));
    CHECK(lines[1].ends_with(" debug   level: now heard"));
}

TEST_CASE("each JSON line is one valid object with time in UTC, level and sentence", "[telemetry]") {
    const captured_error error;
    start_log(log_level::info, log_format::json);
    log(log_level::error, "json: a line", {{"value", "two\nlines \"quoted\" \xff"}});
    const auto lines = error.lines();
    REQUIRE(lines.size() == 1);
    const auto json = nlohmann::json::parse(lines[0]);
    CHECK(json["level"] == "error");
    CHECK(json["event"] == "json: a line");
    CHECK(json["value"] == "two\nlines \"quoted\" \uFFFD");
    CHECK(json["time"].get<std::string>().size() == std::string("2026-11-21T12:34:56.789Z").size());
}

TEST_CASE("a sentence logged from many threads goes out ten times, and the rest is counted", "[telemetry]") {
    const captured_error error;
    start_log(log_level::info, log_format::text);
    const std::uint64_t before = log_lines_dropped();
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([] {
            for (int i = 0; i < 100; ++i) log(log_level::info, "flood: again");
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(error.lines().size() == 10);
    CHECK(log_lines_dropped() - before == 390);
}

TEST_CASE("a blocked log does not block who logs, and what is lost is counted", "[telemetry]") {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const int saved = ::dup(STDERR_FILENO);
    const std::uint64_t before = log_lines_dropped();
    start_log(log_level::info, log_format::text);
    ::dup2(ends[1], STDERR_FILENO);
    // Nobody reads: the pipe holds 64 KiB, the queue 8 192 lines, and 40 000 different sentences are more than both.
    for (int i = 0; i < 40'000; ++i) {
        const std::string sentence = "blocked " + std::to_string(i % 1'000);
        log(log_level::info, sentence, {{"filling", std::string(1'000, 'x')}});
    }
    CHECK(log_lines_dropped() > before);
    ::close(ends[1]);
    std::thread reader([&] {
        std::string buffer(65'536, '\0');
        while (::read(ends[0], buffer.data(), buffer.size()) > 0) continue;
    });
    flush_log();
    ::dup2(saved, STDERR_FILENO);
    reader.join();
    ::close(ends[0]);
    ::close(saved);
}

TEST_CASE("levels have the names of the configuration", "[telemetry]") {
    CHECK(parse_log_level("debug") == log_level::debug);
    CHECK(parse_log_level("info") == log_level::info);
    CHECK(parse_log_level("warning") == log_level::warning);
    CHECK(parse_log_level("error") == log_level::error);
    CHECK_FALSE(parse_log_level("Info"));
    CHECK_FALSE(parse_log_level(""));
}
