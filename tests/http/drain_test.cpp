// Starting, draining, stopping.
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "http/running_server.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::http::testing;
using std::chrono::steady_clock;
using streamstats::http::server;
using streamstats::http::settings;

namespace {

const std::string event = R"({"event":"other"})";

steady_clock::time_point soon() {
    return steady_clock::now() + std::chrono::seconds{30};
}

bool can_connect(unsigned short port) {
    try {
        client probe{port};
        return true;
    } catch (const std::runtime_error&) {
        return false;
    }
}

// The listener closes on a thread of its own, a moment later.
bool comes_to_refuse_connections(unsigned short port) {
    const auto deadline = soon();
    while (can_connect(port) && steady_clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    return !can_connect(port);
}

}  // namespace

TEST_CASE("a drain closes idle connections at once and lets a request under way finish", "[http]") {
    running_server running;
    client idle = running.connect();
    CHECK(idle.send(request("GET", "/health")).read().status == 200);
    running.inside.hold();
    client busy = running.connect();
    busy.send(post(event));
    running.inside.wait_for_batches(1);

    running.edge.begin_drain();
    CHECK(idle.read_to_end().empty());
    CHECK_FALSE(running.edge.wait(steady_clock::now()));
    running.inside.release();
    const reply answer = busy.read();
    CHECK(answer.status == 200);
    CHECK(answer.field("Connection") == "close");
    CHECK(busy.read_to_end().empty());
    CHECK(running.edge.wait(soon()));
    CHECK(comes_to_refuse_connections(running.port));
}

TEST_CASE("a request whose body is still coming when the drain begins is taken", "[http]") {
    running_server running;
    client sender = running.connect();
    sender.send("POST /api/webhook HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: " +
                std::to_string(event.size()) + "\r\n\r\n");
    CHECK(sender.read().status == 100);
    running.edge.begin_drain();
    const reply answer = sender.send(event).read();
    CHECK(answer.status == 200);
    CHECK(answer.field("Connection") == "close");
    CHECK(running.edge.wait(soon()));
}

TEST_CASE("a server that ends with requests unanswered does not mind late answers", "[http]") {
    fake_service inside;
    telemetry::metrics metrics;
    inside.hold();
    {
        server edge{test_settings(), inside, metrics};
        const auto port = edge.start();
        REQUIRE(port);
        client sender{port.value()};
        sender.send(post(event));
        inside.wait_for_batches(1);
        edge.begin_drain();
        CHECK_FALSE(edge.wait(steady_clock::now()));
    }
    inside.release();
    CHECK(inside.batches().size() == 1);
}

TEST_CASE("a server that was never started ends quietly", "[http]") {
    fake_service inside;
    telemetry::metrics metrics;
    server edge{test_settings(), inside, metrics};
    edge.begin_drain();
    CHECK(edge.wait(steady_clock::now()));
}

TEST_CASE("a port that is taken is named, with what to do", "[http]") {
    running_server running;
    settings same = test_settings();
    same.port = running.port;
    server second{same, running.inside, running.metrics};
    const auto started = second.start();
    REQUIRE_FALSE(started);
    CHECK(started.error().what.find("STREAM_HTTP_PORT=" + std::to_string(running.port)) != std::string::npos);
    CHECK(started.error().hint.find("STREAM_HTTP_PORT") != std::string::npos);
}

TEST_CASE("a host that cannot be listened on is named", "[http]") {
    fake_service inside;
    telemetry::metrics metrics;
    for (const std::string host : {"192.0.2.1", "no.such.host.invalid"}) {
        CAPTURE(host);
        settings chosen = test_settings();
        chosen.host = host;
        const auto started = server{chosen, inside, metrics}.start();
        REQUIRE_FALSE(started);
        CHECK(started.error().what.find("STREAM_HTTP_HOST=" + host) != std::string::npos);
        CHECK(started.error().hint.find("STREAM_HTTP_HOST") != std::string::npos);
    }
}

TEST_CASE("a name may stand for the host", "[http]") {
    fake_service inside;
    telemetry::metrics metrics;
    settings chosen = test_settings();
    chosen.host = "localhost";
    server edge{chosen, inside, metrics};
    CHECK(edge.start());
}
