// Two listeners, and what becomes of connections that are too many or too slow.
#include <sys/resource.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "http/running_server.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::http::testing;
using streamstats::http::settings;
using telemetry::counter;

namespace {

const std::string event = R"({"event":"play_started","id":"a"})";

settings with_two_doors() {
    settings chosen = test_settings();
    chosen.admin_port = 0;
    return chosen;
}

// As if no more files could be opened; those that are open go on working.
class no_more_descriptors {
public:
    no_more_descriptors() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const rlimit none{0, before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &none);
    }
    ~no_more_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    no_more_descriptors(const no_more_descriptors&) = delete;
    no_more_descriptors& operator=(const no_more_descriptors&) = delete;

private:
    rlimit before_{};
};

// Until the server has counted that many; it does so a moment after the client has noticed.
bool counted(const running_server& running, counter which, std::uint64_t times) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (running.metrics.total(which) < times && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    return running.metrics.total(which) >= times;
}

}  // namespace

TEST_CASE("with two listeners, events go in through one and numbers come out of the other", "[http]") {
    running_server running{with_two_doors()};
    REQUIRE(running.edge.admin_port() != 0);
    CHECK(running.edge.admin_port() != running.port);
    client events = running.connect();
    client pages = running.connect_to_pages();
    running.inside.found.page.emplace();
    CHECK(events.send(post(event)).read().status == 200);
    CHECK(events.send(request("GET", "/health")).read().status == 200);
    std::vector<std::string> paths = reading_paths;
    paths.emplace_back("/assets/app.js");
    for (const std::string& path : paths) {
        CAPTURE(path);
        CHECK(running.ask(request("GET", path)).status == 404);
        CHECK(running.connect_to_pages().send(request("GET", path)).read().status == 200);
    }
    CHECK(events.send(request("OPTIONS", "/metrics")).read().status == 404);
    CHECK(pages.send(request("GET", "/health")).read().status == 200);
    CHECK(pages.send(post(event)).read().status == 404);
    CHECK(running.inside.batches().size() == 1);
}

TEST_CASE("without a second port there is one listener for everything", "[http]") {
    running_server running;
    CHECK(running.edge.admin_port() == 0);
    CHECK(running.ask(request("GET", "/metrics")).status == 200);
    CHECK(running.ask(post(event)).status == 200);
}

TEST_CASE("the pages are there when all connections for events are taken", "[http]") {
    settings chosen = with_two_doors();
    chosen.connections_max = 2;
    running_server running{chosen};
    client first = running.connect();
    client second = running.connect();
    CHECK(first.send(request("GET", "/health")).read().status == 200);
    CHECK(second.send(request("GET", "/health")).read().status == 200);
    CHECK(running.connect_to_pages().send(request("GET", "/metrics")).read().status == 200);
    CHECK(counted(running, counter::http_pauses_connections, 1));
}

TEST_CASE("a second port that cannot be listened on is named", "[http]") {
    running_server running;
    settings chosen = test_settings();
    chosen.admin_host = "127.0.0.1";
    chosen.admin_port = running.port;
    http::server second{chosen, running.inside, running.metrics};
    const auto started = second.start();
    REQUIRE_FALSE(started);
    CHECK(started.error().what.find("STREAM_ADMIN_PORT=" + std::to_string(running.port)) != std::string::npos);
}

TEST_CASE("a drain closes both listeners", "[http]") {
    running_server running{with_two_doors()};
    client pages = running.connect_to_pages();
    CHECK(pages.send(request("GET", "/health")).read().status == 200);
    running.edge.begin_drain();
    CHECK(pages.read_to_end().empty());
    CHECK(running.edge.wait(std::chrono::steady_clock::now() + std::chrono::seconds{30}));
}

TEST_CASE("a host to listen on is an address or a name that has one", "[http]") {
    CHECK_FALSE(http::check_listening_host("0.0.0.0", "STREAM_HTTP_HOST"));
    CHECK_FALSE(http::check_listening_host("::1", "STREAM_HTTP_HOST"));
    CHECK_FALSE(http::check_listening_host("localhost", "STREAM_HTTP_HOST"));
    const auto trouble = http::check_listening_host("no.such.host.invalid", "STREAM_ADMIN_HOST");
    REQUIRE(trouble);
    CHECK(trouble->what.find("STREAM_ADMIN_HOST=no.such.host.invalid") != std::string::npos);
}

TEST_CASE("connections that are too slow are counted by what they were doing", "[http]") {
    settings chosen = test_settings();
    chosen.header_timeout = milliseconds{50};
    chosen.body_timeout = milliseconds{50};
    chosen.idle_timeout = milliseconds{50};
    running_server running{chosen};
    client header = running.connect();
    CHECK(header.send("GET /health HTTP/1.1\r\nHos").read().status == 408);
    client body = running.connect();
    CHECK(body.send("POST /api/webhook HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{").read().status == 408);
    client idle = running.connect();
    CHECK(idle.read_to_end().empty());
    CHECK(counted(running, counter::http_timeouts_header, 1));
    CHECK(counted(running, counter::http_timeouts_body, 1));
    CHECK(counted(running, counter::http_timeouts_idle, 1));
    CHECK(running.metrics.total(counter::http_timeouts_write) == 0);
}

TEST_CASE("without descriptors accepting rests, connections that are open go on, and then it goes on, too", "[http]") {
    running_server running;
    client before = running.connect();
    CHECK(before.send(request("GET", "/health")).read().status == 200);
    const int socket = client::new_socket();
    {
        const no_more_descriptors none;
        client waiting{running.port, socket};
        waiting.send(request("GET", "/health"));
        CHECK(counted(running, counter::http_pauses_resources, 2));
        CHECK(before.send(post(event)).read().status == 200);
    }
    CHECK(running.ask(request("GET", "/health")).status == 200);
}

TEST_CASE("connections that are slow in every way keep nobody else waiting", "[http]") {
    running_server running;
    std::vector<client> slow;
    for (int i = 0; i < 100; ++i) {
        slow.push_back(running.connect());
        slow.back().send("GET /health HTTP/1.1\r\nHos");
        slow.push_back(running.connect());
        slow.back().send("POST /api/webhook HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n{");
        slow.push_back(running.connect());
    }
    client sender = running.connect();
    for (int i = 0; i < 100; ++i) CHECK(sender.send(post(event)).read().status == 200);
    CHECK(counted(running, counter::connections, 301));
}

TEST_CASE("who sends faster than it is answered does not keep others waiting", "[http]") {
    settings chosen = test_settings();
    chosen.threads = 1;
    const std::string of_two = "[" + event + "," + event + "]";
    std::string many = post(event);
    for (int i = 0; i < 300; ++i) many += request("GET", "/nowhere");
    std::size_t first_again = 0;
    // Both are answered at the same time. More than once: it may be that the second one is, but later.
    for (int i = 0; i < 20 && first_again != 2; ++i) {
        running_server running{chosen};
        running.inside.hold();
        client fast = running.connect();
        fast.send(many + post(event));
        running.inside.wait_for_batches(1);
        client other = running.connect();
        other.send(post(event) + post(of_two));
        running.inside.wait_for_batches(2);
        running.inside.release();
        running.inside.wait_for_batches(4);
        first_again = running.inside.batches().at(2)->received;
    }
    CHECK(first_again == 2);
}

TEST_CASE("large bodies that were announced and do not come keep nobody else out", "[http]") {
    settings chosen = test_settings();
    chosen.body_bytes_max = 1'000'000;
    chosen.bytes_in_flight_max = 0;  // raised to three bodies and their buffers
    running_server running{chosen};
    std::vector<client> promising;
    for (int i = 0; i < 20; ++i) {
        promising.push_back(running.connect());
        promising.back().send(
            "POST /api/webhook HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n");
        CHECK(promising.back().read().status == 100);
    }
    CHECK(running.ask(post(event)).status == 200);
    CHECK(running.metrics.total(counter::http_refused_bytes) == 0);
}
