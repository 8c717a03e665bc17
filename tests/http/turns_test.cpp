// Batches wait their turn while too many bytes are inside.
#include <sys/socket.h>
#include <sys/time.h>

#include <boost/asio/detached.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "http/running_server.hpp"
#include "http/turnstile.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::http;
using namespace streamstats::http::testing;
using std::chrono_literals::operator""ms;

namespace {

// Requests on one thread that is run by hand.
class hall {
public:
    explicit hall(std::size_t bytes_max, milliseconds patience = 600'000ms) : turns_{bytes_max, patience} {}
    ~hall() { turns_.close(); }
    hall(const hall&) = delete;
    hall& operator=(const hall&) = delete;

    turnstile::seat& come(std::string name, std::size_t bytes, milliseconds early = 0ms) {
        seats_.push_back(std::make_unique<turnstile::seat>(turns_));
        asio::co_spawn(context_, take(*seats_.back(), std::move(name), bytes, early), asio::detached);
        return *seats_.back();
    }
    void hurry() { turns_.hurry(); }
    // Those who got in, and those who gave up, since the last call.
    std::string story() {
        context_.restart();
        context_.poll();
        return std::exchange(story_, {});
    }
    std::string story_to_the_end() {
        context_.restart();
        context_.run();
        return std::exchange(story_, {});
    }

private:
    task<void> take(turnstile::seat& seat, std::string name, std::size_t bytes, milliseconds early) {
        bool got_in = seat.take(bytes);
        if (!got_in) got_in = co_await seat.wait_for(context_.get_executor(), bytes, early);
        story_ += got_in ? name : "-" + name;
    }

    turnstile turns_;
    std::vector<std::unique_ptr<turnstile::seat>> seats_;
    std::string story_;
    asio::io_context context_;
};

settings with_room_for_one() {
    settings chosen = test_settings();
    chosen.threads = 1;
    chosen.bytes_inside_max = 1'000;
    return chosen;
}

// Sends a batch of so many bytes, which is inside until running.inside.release().
client sender_inside(running_server& running, std::size_t bytes) {
    running.inside.hold();
    client first = running.connect();
    first.send(post(body_of(bytes)));
    running.inside.wait_for_batches(1);
    return first;
}

// Sends batches that are answered with many words and reads none of them, until it can send nothing for so long.
client deaf_sender(const running_server& running, int seconds_without_progress) {
    const int socket = client::new_socket();
    const int smallest = 1;
    const timeval patience{seconds_without_progress, 0};
    REQUIRE(::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &smallest, sizeof smallest) == 0);
    REQUIRE(::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0);
    client deaf{running.port, socket};
    std::string batch = "[";
    for (int i = 0; i < 20; ++i) batch += R"({"event":"play_started"},)";
    batch.back() = ']';
    while (deaf.try_send(post(batch))) {
    }
    return deaf;
}

bool holds_nothing(const running_server& running) {
    const std::string numbers = running.ask(request("GET", "/metrics")).body;
    return numbers.find("\nstreamstats_http_in_flight_bytes 0\n") != std::string::npos;
}

}  // namespace

TEST_CASE("turns come in the order of arrival, also when a smaller one would fit", "[http]") {
    hall h{100};
    turnstile::seat& a = h.come("a", 60);
    turnstile::seat& b = h.come("b", 60);
    h.come("c", 30);
    CHECK(h.story() == "a");
    a.leave();
    CHECK(h.story() == "bc");
    h.come("d", 20);
    CHECK(h.story().empty());
    b.leave();
    CHECK(h.story() == "d");
}

TEST_CASE("a body larger than all that may be inside gets in alone", "[http]") {
    hall h{100};
    turnstile::seat& a = h.come("a", 10);
    turnstile::seat& b = h.come("b", 1'000);
    CHECK(h.story() == "a");
    a.leave();
    CHECK(h.story() == "b");
    h.come("c", 1);
    CHECK(h.story().empty());
    b.leave();
    CHECK(h.story() == "c");
}

TEST_CASE("whose turn does not come in time gives up, and those behind are not held up", "[http]") {
    hall h{100, 1ms};
    h.come("a", 60);
    h.come("b", 60);
    h.come("c", 30);
    CHECK(h.story_to_the_end() == "a-bc");
}

TEST_CASE("who comes again too early stands behind those who do not, and gets in when nobody else waits", "[http]") {
    hall h{100};
    turnstile::seat& a = h.come("a", 100);
    CHECK(h.story() == "a");
    h.come("early", 60, 600'000ms);
    turnstile::seat& b = h.come("b", 60);
    CHECK(h.story().empty());
    a.leave();
    CHECK(h.story() == "b");
    b.leave();
    CHECK(h.story() == "early");
}

TEST_CASE("who came too early waits its usual time when it is no longer early", "[http]") {
    hall h{100};
    turnstile::seat& a = h.come("a", 100);
    h.come("much too early", 60, 600'000ms);
    h.come("early", 60, 1ms);
    CHECK(h.story() == "a");
    std::this_thread::sleep_for(20ms);
    CHECK(h.story().empty());
    a.leave();
    CHECK(h.story() == "early");
}

TEST_CASE("who came too early gives up when its usual time is over as well", "[http]") {
    hall h{100, 1ms};
    h.come("a", 100);
    h.come("early", 60, 1ms);
    CHECK(h.story_to_the_end() == "a-early");
}

TEST_CASE("who is no longer early is not kept by a larger one that still is", "[http]") {
    hall h{100};
    h.come("a", 60);
    turnstile::seat& b = h.come("b", 40);
    CHECK(h.story() == "ab");
    h.come("large", 60, 600'000ms);
    h.come("small", 30, 20ms);
    CHECK(h.story().empty());
    b.leave();
    std::string story = h.story();
    while (story.empty()) story = h.story();
    CHECK(story == "small");
}

TEST_CASE("a body that is slow gives its seat to others and takes it back when it is whole", "[http]") {
    hall h{100};
    turnstile::seat& a = h.come("a", 60);
    CHECK(h.story() == "a");
    a.leave();
    turnstile::seat& b = h.come("b", 60);
    CHECK(h.story() == "b");
    a.return_with(60);
    b.leave();
    h.come("c", 60);
    CHECK(h.story().empty());
    a.leave();
    CHECK(h.story() == "c");
}

TEST_CASE("at the end nobody is early any more", "[http]") {
    hall h{100, 1ms};
    h.come("a", 100);
    h.come("early", 60, 600'000ms);
    CHECK(h.story() == "a");
    h.hurry();
    h.come("later", 60, 600'000ms);
    CHECK(h.story_to_the_end() == "-early-later");
}

TEST_CASE("a batch waits for its turn and is taken", "[http]") {
    settings chosen = with_room_for_one();
    chosen.turn_timeout = milliseconds{600'000};
    running_server running{chosen};
    client first = sender_inside(running, 900);
    client second = running.connect();
    second.send(post(body_of(900)));
    CHECK(running.ask(request("GET", "/health")).status == 200);
    CHECK(running.inside.batches().size() == 1);
    running.inside.release();
    CHECK(first.read().status == 200);
    CHECK(second.read().status == 200);
    CHECK(running.ask(post(body_of(5'000))).status == 200);
}

TEST_CASE("a batch whose turn does not come in time is to be sent again, over the same connection", "[http]") {
    settings chosen = with_room_for_one();
    chosen.turn_timeout = milliseconds{1};
    running_server running{chosen};
    client first = sender_inside(running, 900);
    client second = running.connect();
    const reply refused = second.send(post(body_of(900))).read();
    CHECK(refused.status == 503);
    CHECK(refused.field("Retry-After") == "1");
    CHECK(running.metrics.total(telemetry::counter::http_refused_turn) == 1);
    CHECK(running.inside.batches().size() == 1);
    running.inside.release();
    CHECK(first.read().status == 200);
    CHECK(second.send(post(body_of(900))).read().status == 200);
}

TEST_CASE("a batch that comes again before it was told to is taken as soon as there is room", "[http]") {
    settings chosen = with_room_for_one();
    chosen.turn_timeout = milliseconds{1};
    running_server running{chosen};
    client first = sender_inside(running, 900);
    client second = running.connect();
    const auto begun = std::chrono::steady_clock::now();
    REQUIRE(second.send(post(body_of(900))).read().status == 503);
    // The next refusal comes when the second that this one named is over.
    CHECK(second.send(post(body_of(900))).read().status == 503);
    CHECK(std::chrono::steady_clock::now() - begun >= 1'000ms);
    second.send(post(body_of(900)));
    second.send(request("GET", "/health"));
    running.inside.release();
    CHECK(first.read().status == 200);
    CHECK(second.read().status == 200);
    CHECK(second.read().status == 200);
    CHECK(running.metrics.total(telemetry::counter::http_refused_turn) == 2);
}

TEST_CASE("a drain answers a batch that came again too early", "[http]") {
    settings chosen = with_room_for_one();
    chosen.turn_timeout = milliseconds{1};
    running_server running{chosen};
    client first = sender_inside(running, 900);
    client second = running.connect();
    REQUIRE(second.send(post(body_of(900))).read().status == 503);
    second.send(post(body_of(900)));
    running.edge.begin_drain();
    CHECK(second.read().status == 503);
    running.inside.release();
    CHECK(first.read().status == 200);
}

TEST_CASE("a sender that is slow with its body keeps nobody waiting", "[http]") {
    settings chosen = with_room_for_one();
    chosen.turn_timeout = milliseconds{1};
    chosen.body_timeout = milliseconds{600'000};
    running_server running{chosen};
    client slow = running.connect();
    const std::string body = body_of(900);
    slow.send("POST /api/webhook HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 900\r\n\r\n");
    CHECK_FALSE(slow.read_until("100 Continue\r\n\r\n").empty());
    slow.send(body.substr(0, 100));
    CHECK(running.ask(post(body)).status == 200);
    slow.send(body.substr(100));
    CHECK(slow.read().status == 200);
}

TEST_CASE("a sender that does not read its answers keeps no room from others", "[http]") {
    settings chosen = with_room_for_one();
    chosen.turn_timeout = milliseconds{10'000};
    chosen.write_timeout = milliseconds{600'000};
    running_server running{chosen};
    // A second without progress: the answers are in the way, and not a slow machine in the middle of a body.
    const client deaf = deaf_sender(running, 1);
    CHECK(running.metrics.total(telemetry::counter::http_timeouts_write) == 0);
    CHECK(running.ask(post(body_of(900))).status == 200);
    CHECK(holds_nothing(running));
}

TEST_CASE("a sender that does not read its answers is cut off, and nothing of it stays", "[http]") {
    settings chosen = with_room_for_one();
    chosen.turn_timeout = milliseconds{10'000};
    chosen.write_timeout = milliseconds{50};
    chosen.bytes_per_second_min = 1'000'000'000;
    running_server running{chosen};
    const client deaf = deaf_sender(running, 30);
    CHECK(running.metrics.total(telemetry::counter::http_timeouts_write) == 1);
    CHECK(running.ask(post(body_of(900))).status == 200);
    CHECK(holds_nothing(running));
    // The connections of earlier questions may be on their way out.
    while (running.ask(request("GET", "/metrics")).body.find("\nstreamstats_http_connections 1\n") == std::string::npos)
        std::this_thread::yield();
}

TEST_CASE("what was only announced waits for nobody's leaving", "[http]") {
    settings chosen = with_room_for_one();
    chosen.turn_timeout = milliseconds{1};
    running_server running{chosen};
    client first = sender_inside(running, 300);
    client second = running.connect();
    second.send("POST /api/webhook HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 10000\r\n\r\n");
    CHECK_FALSE(second.read_until("100 Continue\r\n\r\n").empty());
    running.inside.release();
    CHECK(first.read().status == 200);
    CHECK(second.send(body_of(10'000)).read().status == 200);
}

TEST_CASE("the body of a request that is no batch takes no room", "[http]") {
    settings chosen = with_room_for_one();
    chosen.turn_timeout = milliseconds{1};
    running_server running{chosen};
    running.inside.hold();
    client reader = running.connect();
    client sender = running.connect();
    reader.send(request("GET", "/api/v1/live", body_of(900)));
    running.inside.wait_for_counts(1);
    sender.send(post(body_of(900)));
    const auto refused = [&] { return running.metrics.total(telemetry::counter::http_refused_turn) > 0; };
    while (running.inside.batches().empty() && !refused()) std::this_thread::yield();
    CHECK_FALSE(refused());
    running.inside.release();
    CHECK(reader.read().status == 200);
    CHECK((refused() || sender.read().status == 200));
}
