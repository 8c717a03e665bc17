// Each limit, and one past it.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "http/gzip_text.hpp"
#include "http/running_server.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::http::testing;
using nlohmann::json;
using streamstats::http::settings;

namespace {

constexpr std::size_t small_body = 10'000;

settings with_small_bodies() {
    settings chosen = test_settings();
    chosen.body_bytes_max = small_body;
    return chosen;
}

}  // namespace

TEST_CASE("a body may be as long as the limit; one byte more is refused before it is read", "[http]") {
    running_server running{with_small_bodies()};
    CHECK(running.ask(post(body_of(small_body))).status == 200);
    client sender = running.connect();
    sender.send("POST /api/webhook HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(small_body + 1) +
                "\r\n\r\n");
    const reply answer = sender.read();
    CHECK(answer.status == 413);
    CHECK(answer.field("Connection") == "close");
    CHECK(json::parse(answer.body)["rule"] == "must be at most 10000 bytes long");
    CHECK(running.inside.batches().size() == 1);
}

TEST_CASE("a client that goes on sending a refused body can still read why", "[http]") {
    settings chosen = with_small_bodies();
    chosen.linger_timeout = milliseconds{30'000};
    running_server running{chosen};
    client sender = running.connect();
    CHECK(sender.try_send(post(body_of(8'000'000))));
    CHECK(sender.read().status == 413);
}

TEST_CASE("a chunked body is refused as soon as it is too long", "[http]") {
    running_server running{with_small_bodies()};
    client sender = running.connect();
    sender.send("POST /api/webhook HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    sender.send("2710\r\n" + body_of(small_body) + "\r\n1\r\n");
    CHECK(sender.read().status == 413);
    CHECK(running
              .ask("POST /api/webhook HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2710\r\n" +
                   body_of(small_body) + "\r\n0\r\n\r\n")
              .status == 200);
}

TEST_CASE("an inflated body has the same limit, however small it was when sent", "[http]") {
    running_server running{with_small_bodies()};
    const std::string gzip = "Content-Encoding: gzip\r\n";
    CHECK(running.ask(post(gzip_text(body_of(small_body)), gzip)).status == 200);
    CHECK(running.ask(post(gzip_text(body_of(small_body + 1)), gzip)).status == 413);
    CHECK(running.ask(post(gzip_text(std::string(5'000'000, '[')), gzip)).status == 413);
    CHECK(running.inside.batches().size() == 1);
}

TEST_CASE("header block and request line have limits", "[http]") {
    running_server running;
    const auto with_fields = [](std::size_t size) {
        std::string head = "GET /health HTTP/1.1\r\nHost: a\r\nX: ";
        return head.append(size - head.size() - 4, 'x').append("\r\n\r\n");
    };
    CHECK(running.ask(with_fields(16 * 1024)).status == 200);
    CHECK(running.ask(with_fields(16 * 1024 + 1)).status == 431);
    const auto with_line = [](std::size_t size) {
        std::string line = "GET /health?";
        return line.append(size - line.size() - 10, 'x').append(" HTTP/1.1\r\nHost: a\r\n\r\n");
    };
    CHECK(running.ask(with_line(8 * 1024)).status == 200);
    CHECK(running.ask(with_line(8 * 1024 + 1)).status == 414);
    CHECK(running.ask("GET /" + std::string(100'000, 'x')).status == 414);
}

TEST_CASE("TLS on the plain port is refused at once", "[http]") {
    running_server running;
    CHECK(running.ask(std::string("\x16\x03\x01\x02\x00\x01", 6)).status == 400);
}

TEST_CASE("bodies beyond what may be in flight are refused before they are read", "[http]") {
    settings chosen = test_settings();
    chosen.body_bytes_max = 1'000'000;
    chosen.bytes_in_flight_max = 0;  // raised to three bodies and their buffers
    running_server running{chosen};
    running.inside.hold();
    client first = running.connect();
    client second = running.connect();
    first.send(post(body_of(1'000'000)));
    second.send(post(body_of(1'000'000)));
    running.inside.wait_for_batches(2);
    client third = running.connect();
    third.send("POST /api/webhook HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
    const reply refused = third.read();
    CHECK(refused.status == 503);
    CHECK(refused.field("Retry-After") == "1");
    CHECK(running.metrics.total(telemetry::counter::http_refused_bytes) == 1);
    running.inside.release();
    CHECK(first.read().status == 200);
    CHECK(second.read().status == 200);
    CHECK(running.ask(post(body_of(1'000'000))).status == 200);
}

TEST_CASE("100 Continue is sent only for a body that is going to be taken", "[http]") {
    running_server running{with_small_bodies()};
    const auto expecting = [](std::size_t size) {
        return "POST /api/webhook HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: " +
               std::to_string(size) + "\r\n\r\n";
    };
    client sender = running.connect();
    CHECK(sender.send(expecting(small_body)).read().status == 100);
    CHECK(sender.send(body_of(small_body)).read().status == 200);
    CHECK(sender.send(expecting(small_body + 1)).read().status == 413);
    CHECK(running.ask(expecting(small_body) + body_of(small_body)).status == 200);  // it did not wait
    CHECK(running.ask(request("POST", "/api/webhook", "{}", "Expect: a-miracle\r\n")).status == 417);
}

TEST_CASE("after a refusal that asks to come back the body is dropped, and the connection goes on", "[http]") {
    running_server running;
    running.inside.refuse_ahead(intake_refusal{"the disk is full", seconds{5}});
    client sender = running.connect();
    for (const std::size_t size : {1'000UL, 1'000'000UL}) {
        const std::string whole = post(body_of(size));
        const auto half = static_cast<std::ptrdiff_t>(whole.size() / 2);
        CHECK(sender.send({whole.begin(), whole.begin() + half}).read().status == 503);
        sender.send({whole.begin() + half, whole.end()});
        CHECK(sender.send(post(body_of(size))).read().status == 503);
    }
    running.inside.refuse_ahead({});
    CHECK(sender.send(post(body_of(100))).read().status == 200);
    CHECK(running.inside.batches().size() == 1);
}

TEST_CASE("a refused body that is too long to be dropped, or does not come, ends the connection", "[http]") {
    settings chosen = test_settings();
    chosen.body_timeout = milliseconds{50};
    chosen.bytes_per_second_min = 1'000'000'000;
    running_server running{chosen};
    running.inside.refuse_ahead(intake_refusal{"the disk is full", seconds{5}});
    for (const std::string length : {"1048577", "1000"}) {
        client sender = running.connect();
        const reply refused =
            sender.send("POST /api/webhook HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\n[").read();
        CHECK(refused.status == 503);
        CHECK(sender.read().status == 0);
    }
}

TEST_CASE("what the inside refuses beforehand is answered before its body was sent, and 100 Continue is not",
          "[http]") {
    running_server running;
    running.inside.refuse_ahead(intake_refusal{"the disk is full", seconds{5}});
    for (const std::string field : {"", "Expect: 100-continue\r\n"}) {
        CAPTURE(field);
        const reply refused =
            running.ask("POST /api/webhook HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n" + field + "\r\n");
        CHECK(refused.status == 503);
        CHECK(refused.field("Retry-After") == "5");
        CHECK((refused.field("Connection") == "close") == !field.empty());  // who waits need not send it at all
        CHECK(json::parse(refused.body)["detail"] == "the disk is full; nothing was taken, send it again.");
    }
    CHECK(running.ask(request("GET", "/health")).status == 200);
    CHECK(running.inside.batches().empty());
    CHECK(running.metrics.total(telemetry::counter::http_refused_inside) == 2);
}

TEST_CASE("a sender that is told to try again keeps its connection if its body is here already", "[http]") {
    running_server running;
    running.inside.refuse_ahead(intake_refusal{"the disk is full", seconds{5}});
    client sender = running.connect();
    const std::string event = R"({"event":"play_started","id":"a"})";
    CHECK(sender.send(post(event) + post(event)).read().status == 503);
    CHECK(sender.read().status == 503);
    running.inside.refuse_ahead(std::nullopt);
    CHECK(sender.send(post(event)).read().status == 200);
    CHECK(running.inside.batches().size() == 1);
    CHECK(running.metrics.total(telemetry::counter::request_bytes) == event.size());
}

TEST_CASE("a slow header block is answered with 408 and the connection closed", "[http]") {
    settings chosen = test_settings();
    chosen.header_timeout = milliseconds{50};
    running_server running{chosen};
    client sender = running.connect();
    sender.send("GET /health HTTP/1.1\r\nHos");
    CHECK(sender.read().status == 408);
    CHECK(sender.read_to_end().empty());
}

TEST_CASE("a body that stops coming is answered with 408, and nothing of it is taken", "[http]") {
    settings chosen = test_settings();
    chosen.body_timeout = milliseconds{50};
    running_server running{chosen};
    client sender = running.connect();
    sender.send("POST /api/webhook HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{");
    CHECK(sender.read().status == 408);
    CHECK(sender.read_to_end().empty());
    client chunks = running.connect();
    chunks.send("POST /api/webhook HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{");
    CHECK(chunks.read().status == 408);
    CHECK(running.inside.batches().empty());
}

TEST_CASE("an idle connection is closed without a word", "[http]") {
    settings chosen = test_settings();
    chosen.idle_timeout = milliseconds{50};
    running_server running{chosen};
    client silent = running.connect();
    CHECK(silent.read_to_end().empty());
    client once = running.connect();
    CHECK(once.send(request("GET", "/health")).read().status == 200);
    CHECK(once.read_to_end().empty());
}

TEST_CASE("a client that does not read its answers is cut off", "[http]") {
    settings chosen = test_settings();
    chosen.write_timeout = milliseconds{50};
    chosen.bytes_per_second_min = 1'000'000'000;
    running_server running{chosen};
    for (int i = 0; i < 10'000; ++i)
        running.inside.open.by[index_of(dimension::channel)].emplace_back(std::string(200, 'c') + std::to_string(i), 1);
    client deaf = running.connect();
    bool taken = true;
    while (taken) taken = deaf.try_send(request("GET", "/stats/active"));
    CHECK_FALSE(taken);
    CHECK(running.metrics.total(telemetry::counter::http_timeouts_write) == 1);
}

TEST_CASE("a client that is gone in mid-body leaves nothing behind", "[http]") {
    running_server running;
    {
        client sender = running.connect();
        sender.send("POST /api/webhook HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{\"event\":");
        client chunks = running.connect();
        chunks.send("POST /api/webhook HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"eve");
        chunks.finish();
        CHECK(chunks.read_to_end().empty());
    }
    running.edge.begin_drain();
    CHECK(running.edge.wait(std::chrono::steady_clock::now() + std::chrono::seconds{30}));
    CHECK(running.inside.batches().empty());
}

TEST_CASE("a connection beyond the limit waits until another one closes", "[http]") {
    settings chosen = test_settings();
    chosen.connections_max = 2;
    running_server running{chosen};
    client first = running.connect();
    client second = running.connect();
    CHECK(first.send(request("GET", "/health")).read().status == 200);
    CHECK(second.send(request("GET", "/health")).read().status == 200);
    client third = running.connect();
    third.send(request("GET", "/health"));
    for (int i = 0; i < 100; ++i) CHECK(first.send(request("GET", "/health")).read().status == 200);
    CHECK(running.metrics.total(telemetry::counter::connections) == 2);
    first.close();
    CHECK(third.read().status == 200);
}

TEST_CASE("two hundred connections at once are all answered", "[http]") {
    running_server running;
    running.inside.hold();
    std::vector<client> clients;
    clients.reserve(200);
    for (int i = 0; i < 200; ++i) clients.push_back(running.connect());
    for (auto& each : clients) each.send(post(R"({"event":"other"})"));
    running.inside.wait_for_batches(200);
    CHECK(running.ask(request("GET", "/health")).status == 200);
    running.inside.release();
    for (auto& each : clients) CHECK(each.read().status == 200);
}
