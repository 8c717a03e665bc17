// GET /api/v1/live/stream: answers that go on, and what ends them.
#include <sys/socket.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "http/access_policy.hpp"
#include "http/running_server.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::http;
using namespace streamstats::http::testing;
using nlohmann::json;
using std::chrono::steady_clock;

namespace {

const std::string open_stream = request("GET", "/api/v1/live/stream");
// Nobody waits so long for a second event.
constexpr milliseconds hour{3'600'000};

settings with_seconds_of(milliseconds length) {
    settings chosen = test_settings();
    chosen.live_interval = length;
    return chosen;
}

steady_clock::time_point soon() {
    return steady_clock::now() + std::chrono::seconds{30};
}

template <class Condition>
bool comes_true(Condition condition) {
    for (const auto deadline = soon(); steady_clock::now() < deadline;) {
        if (condition()) return true;  // asked once only: asking may change the answer
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return false;
}

// By the numbers that the server shows of itself.
bool comes_to_have_streams(running_server& running, double count) {
    return comes_true([&] {
        return running.ask(request("GET", "/metrics")).status == 200 &&
               running.metrics.value(telemetry::gauge::live_streams) == count;
    });
}

// One chunk, and in it one event.
struct event {
    explicit event(client& watcher) {
        const std::string size = watcher.read_until("\r\n");
        if (size.empty()) return;
        text = watcher.read_until("\n\n\r\n");
        if (text.starts_with("retry")) {
            retry = text.substr(0, text.find('\n'));
            CHECK(std::stoul(size, nullptr, 16) == text.size() - 2);
            text.erase(0, retry.size() + 2);
        } else {
            CHECK(std::stoul(size, nullptr, 16) == text.size() - 2);
        }
        const auto id_at = text.find("\nid: ") + 5;
        const auto data_at = text.find("\ndata: ") + 7;
        type = text.substr(0, text.find('\n'));
        id = std::stoul(text.substr(id_at));
        data = json::parse(text.substr(data_at, text.find('\n', data_at) - data_at));
    }
    std::string text;
    std::string retry;
    std::string type;
    std::size_t id = 0;
    json data;
};

client watcher_of(const running_server& running) {
    client watcher = running.connect();
    CHECK(watcher.send(open_stream).read().status == 200);
    return watcher;
}

}  // namespace

TEST_CASE("a stream shows the live numbers at once and again every second", "[http]") {
    running_server running{with_seconds_of(milliseconds{20})};
    running.inside.counts.active_sessions = 7;
    running.inside.counts.by[index_of(dimension::channel)] = {{"a\n\ndata: b", 2, 0}, {"c", 1, 0}};
    client watcher = running.connect();
    const reply head = watcher.send(request("GET", "/api/v1/live/stream?limit=1")).read();
    CHECK(head.status == 200);
    CHECK(head.field("Content-Type") == "text/event-stream");
    CHECK(head.field("Cache-Control") == "no-store");
    CHECK(head.field("X-Accel-Buffering") == "no");
    CHECK(head.field("Transfer-Encoding") == "chunked");
    CHECK(head.field("Connection") == "close");
    const event first{watcher};
    CHECK(first.retry == "retry: 2000");
    CHECK(first.type == "event: live");
    CHECK(first.data["active_sessions"] == 7);
    CHECK(first.data["dimensions"]["channel"]["top"] == json{{{"value", "a\n\ndata: b"}, {"active_sessions", 2}}});
    const event second{watcher};
    CHECK(second.retry.empty());
    CHECK(second.type == "event: live");
    CHECK(second.id > first.id);
    CHECK(event{watcher}.id > second.id);
}

TEST_CASE("a stream to a client of HTTP/1.0 comes without chunks, until the connection ends", "[http]") {
    running_server running{with_seconds_of(hour)};
    client watcher = running.connect();
    const reply head = watcher.send("GET /api/v1/live/stream HTTP/1.0\r\n\r\n").read();
    CHECK(head.field("Transfer-Encoding").empty());
    CHECK(watcher.read_until("\n\n") == "retry: 2000\n\n");
    CHECK(watcher.read_until("\n\n").starts_with("event: live\nid: 1\ndata: {"));
    running.edge.begin_drain();
    CHECK(watcher.read_to_end().empty());
}

TEST_CASE("HEAD asks what a stream would be like, and the connection goes on", "[http]") {
    running_server running;
    client asking = running.connect();
    const reply head = asking.send(request("HEAD", "/api/v1/live/stream")).read(true);
    CHECK(head.status == 200);
    CHECK(head.field("Content-Type") == "text/event-stream");
    CHECK(asking.send(request("GET", "/health")).read().status == 200);
    CHECK(comes_to_have_streams(running, 0));
    CHECK(running.inside.times_counted() == 0);
}

TEST_CASE("numbers are gathered once for all streams", "[http]") {
    running_server running{with_seconds_of(hour)};
    std::vector<client> watchers;
    for (int i = 0; i < 20; ++i) watchers.push_back(watcher_of(running));
    for (client& each : watchers) CHECK(event{each}.id == 1);
    CHECK(running.inside.times_counted() == 1);
    CHECK(comes_to_have_streams(running, 20));
}

TEST_CASE("a stream holds no room of bodies, also if its request had one", "[http]") {
    running_server running{with_seconds_of(hour)};
    client watcher = running.connect();
    CHECK(watcher.send(request("GET", "/api/v1/live/stream", std::string(1'000'000, 'x'))).read().status == 200);
    CHECK(event{watcher}.id == 1);
    CHECK(running.ask(request("GET", "/metrics")).body.find("\nstreamstats_http_in_flight_bytes 0\n") !=
          std::string::npos);
}

TEST_CASE("a drain ends streams at once, with their last chunk", "[http]") {
    running_server running{with_seconds_of(hour)};
    client watcher = watcher_of(running);
    CHECK(event{watcher}.id == 1);
    running.edge.begin_drain();
    CHECK(watcher.read_to_end() == "0\r\n\r\n");
    CHECK(running.edge.wait(soon()));
}

TEST_CASE("a drain does not wait for a stream whose client does not read", "[http]") {
    settings chosen = with_seconds_of(milliseconds{1});
    chosen.linger_timeout = milliseconds{50};
    chosen.bytes_per_second_min = 1'000'000'000;
    running_server running{chosen};
    running.inside.counts.by[index_of(dimension::channel)] = {{std::string(5'000'000, 'c'), 1, 0}};
    client deaf = watcher_of(running);
    running.inside.wait_for_counts(1);
    running.edge.begin_drain();
    CHECK(running.edge.wait(soon()));
}

TEST_CASE("a stream whose client does not read is dropped by the write deadline", "[http]") {
    settings chosen = with_seconds_of(milliseconds{1});
    chosen.write_timeout = milliseconds{50};
    chosen.bytes_per_second_min = 1'000'000'000;
    running_server running{chosen};
    running.inside.counts.by[index_of(dimension::channel)] = {{std::string(5'000'000, 'c'), 1, 0}};
    client deaf = watcher_of(running);
    CHECK(comes_true([&] { return running.metrics.total(telemetry::counter::http_timeouts_write) == 1; }));
    CHECK(comes_to_have_streams(running, 0));
}

TEST_CASE("a client that reads nothing is dropped though its events would fit into the socket for long", "[http]") {
    settings chosen = with_seconds_of(milliseconds{10});
    chosen.write_timeout = milliseconds{500};
    running_server running{chosen};
    const int socket = client::new_socket();
    const int smallest = 1;
    REQUIRE(::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &smallest, sizeof smallest) == 0);
    client deaf{running.port, socket};
    deaf.send(open_stream);
    CHECK(comes_to_have_streams(running, 1));
    CHECK(comes_to_have_streams(running, 0));
    CHECK(running.metrics.total(telemetry::counter::http_timeouts_write) == 0);
}

TEST_CASE("a client that is gone is noticed before the next event is due", "[http]") {
    running_server running{with_seconds_of(hour)};
    client closing = watcher_of(running);
    client finishing = watcher_of(running);
    CHECK(event{closing}.id == 1);
    CHECK(event{finishing}.id == 1);
    CHECK(comes_to_have_streams(running, 2));
    closing.close();
    CHECK(comes_to_have_streams(running, 1));
    finishing.finish();
    CHECK(finishing.read_to_end() == "0\r\n\r\n");
    CHECK(comes_to_have_streams(running, 0));
}

TEST_CASE("what a client sends while it watches is dropped", "[http]") {
    running_server running{with_seconds_of(milliseconds{5})};
    client watcher = running.connect();
    CHECK(watcher.send(open_stream + request("GET", "/health")).read().status == 200);
    const event first{watcher};
    watcher.send(std::string(100'000, 'x'));
    CHECK(event{watcher}.id > first.id);
    running.edge.begin_drain();
    CHECK(running.edge.wait(soon()));
}

TEST_CASE("streams are as many as may be; one more is told to come again", "[http]") {
    settings chosen = with_seconds_of(hour);
    chosen.streams_max = 2;
    running_server running{chosen};
    client first = watcher_of(running);
    client second = watcher_of(running);
    const reply refused = running.ask(open_stream);
    CHECK(refused.status == 503);
    CHECK(refused.field("Retry-After") == "5");
    CHECK(refused.field("Content-Type") == "application/problem+json");
    CHECK(running.ask(request("GET", "/api/v1/live")).status == 200);
    first.close();
    CHECK(comes_true([&] { return running.ask(open_stream).status == 200; }));
}

TEST_CASE("a stream with a bad parameter is refused", "[http]") {
    running_server running;
    const reply refused = running.ask(request("GET", "/api/v1/live/stream?limit=0"));
    CHECK(refused.status == 400);
    CHECK(json::parse(refused.body)["field"] == "limit");
}

TEST_CASE("a change of who may read ends the streams", "[http]") {
    running_server running{with_seconds_of(milliseconds{5})};
    client watcher = watcher_of(running);
    CHECK(event{watcher}.id > 0);
    std::vector<access_error> errors;
    access_settings rules;
    rules.read_tokens = "sesame";
    running.edge.set_access(std::make_shared<const access_policy>(rules, errors));
    CHECK(watcher.read_to_end().ends_with("0\r\n\r\n"));
    CHECK(running.ask(open_stream).status == 401);
    CHECK(running.connect().send(request("GET", "/api/v1/live/stream?token=sesame")).read().status == 200);
}

TEST_CASE("a stream that was let in by rules that are gone ends before its first event", "[http]") {
    running_server running{with_seconds_of(milliseconds{5})};
    client slow = running.connect();
    slow.send(request("GET", "/api/v1/live/stream", "", "Expect: 100-continue\r\nContent-Length: 1\r\n"));
    CHECK(slow.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    std::vector<access_error> errors;
    access_settings rules;
    rules.read_tokens = "sesame";
    running.edge.set_access(std::make_shared<const access_policy>(rules, errors));
    CHECK(slow.send("x").read_until("\r\n\r\n").starts_with("HTTP/1.1 200 OK"));
    CHECK(slow.read_to_end() == "0\r\n\r\n");
}

TEST_CASE("a server may end while streams are open or wait for their first numbers", "[http]") {
    fake_service inside;
    telemetry::metrics metrics;
    {
        server edge{with_seconds_of(hour), inside, metrics};
        const auto port = edge.start();
        REQUIRE(port);
        client watcher{port.value()};
        CHECK(watcher.send(open_stream).read().status == 200);
        CHECK(event{watcher}.id == 1);
    }
    inside.hold();
    {
        server edge{with_seconds_of(hour), inside, metrics};
        const auto port = edge.start();
        REQUIRE(port);
        client watcher{port.value()};
        CHECK(watcher.send(open_stream).read().status == 200);
        inside.wait_for_counts(2);
    }
    inside.release();
}
