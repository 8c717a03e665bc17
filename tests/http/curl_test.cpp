// The same server as curl sees it.
#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include "http/running_server.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::http::testing;

namespace {

std::string output_of(const std::string& command) {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe{popen(command.c_str(), "r"), pclose};
    std::array<char, 4096> piece{};
    std::string text;
    while (std::fgets(piece.data(), piece.size(), pipe.get()) != nullptr) text += piece.data();
    return text;
}

bool has_curl() {
    return !output_of("command -v curl").empty();
}

// What `arguments` make curl print; the address of the server stands for URL, and `input` is a pipe into it.
std::string curl(const running_server& running, std::string arguments, const std::string& input = {}) {
    const std::string address = "http://127.0.0.1:" + std::to_string(running.port);
    for (auto at = arguments.find("URL"); at != std::string::npos; at = arguments.find("URL", at + address.size()))
        arguments.replace(at, 3, address);
    return output_of(input + "curl -q -s -S --noproxy '*' --max-time 30 " + arguments + " 2>&1");
}

constexpr const char* status_only = "-o /dev/null -w '%{http_code}' ";

}  // namespace

TEST_CASE("curl gets what it asks for", "[http]") {
    if (!has_curl()) {
        WARN("curl is not installed: skipped");
        return;
    }
    running_server running;
    const std::string event = R"('{"event":"other"}')";
    SECTION("posting with its own content type") {
        CHECK(curl(running, "URL/api/webhook -d " + event).find(R"({"status":"ok","received":1)") == 0);
    }
    SECTION("posting in chunks") {
        CHECK(curl(running, status_only + ("URL/api/webhook -H 'Transfer-Encoding: chunked' -d " + event)) == "200");
    }
    SECTION("posting compressed") {
        const std::string packed = "printf %s " + event + " | gzip | ";
        CHECK(curl(running, status_only + std::string{"URL/api/webhook -H 'Content-Encoding: gzip' --data-binary @-"},
                   packed) == "200");
    }
    SECTION("posting after 100 Continue") {
        CHECK(curl(running, status_only + ("URL/api/webhook -H 'Expect: 100-continue' -d " + event)) == "200");
    }
    SECTION("HEAD") {
        CHECK(curl(running, "-I URL/health").find("HTTP/1.1 200 OK") == 0);
    }
    SECTION("HTTP/1.0") {
        CHECK(curl(running, std::string{status_only} + "--http1.0 URL/health") == "200");
    }
    SECTION("two requests over one connection") {
        CHECK(curl(running, "-o /dev/null -o /dev/null -w '%{http_code} %{num_connects};' URL/health URL/metrics") ==
              "200 1;200 0;");
    }
}
