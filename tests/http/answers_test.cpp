// Each answer of SEMANTICS 5 over a real socket.
#include <exception>
#include <new>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "http/gzip_text.hpp"
#include "http/running_server.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::http::testing;
using nlohmann::json;

namespace {

const std::string one_event = R"({"event":"play_started","id":"s1","server":"a"})";

}  // namespace

TEST_CASE("a batch is handed over once, with the time of its receipt, and answered with its sums", "[http]") {
    running_server running;
    const reply answer = running.ask(post(
        R"([{"event":"play_started","id":"s1"},{"event":"nothing"},{"event":"play_closed","id":"s2","bytes":-1}])"));
    CHECK(answer.status == 200);
    CHECK(answer.field("Content-Type") == "application/json");
    const json body = json::parse(answer.body);
    CHECK(body["status"] == "ok");
    CHECK(body["received"] == 3);
    CHECK(body["accepted"] == 1);
    CHECK(body["duplicate"] == 0);
    CHECK(body["ignored"] == 1);
    CHECK(body["rejected"] == 1);
    REQUIRE(body["errors"].size() == 1);
    CHECK(body["errors"][0]["index"] == 2);
    CHECK(body["errors"][0]["field"] == "bytes");
    const auto batches = running.inside.batches();
    REQUIRE(batches.size() == 1);
    CHECK(batches[0]->rejections.size() == 1);
}

TEST_CASE("the type of the content does not matter, only the content", "[http]") {
    running_server running;
    for (const std::string type : {"application/json", "text/plain; charset=utf-8", "application/octet-stream",
                                   "application/x-www-form-urlencoded", "application/vnd.x+json"}) {
        CAPTURE(type);
        CHECK(running.ask(post(one_event, "Content-Type: " + type + "\r\n")).status == 200);
    }
    CHECK(running.ask(post(one_event)).status == 200);
}

TEST_CASE("a body that is no JSON gets a problem document, and nothing is taken", "[http]") {
    running_server running;
    for (const std::string bytes : {"{", "nonsense", "[1,2", "\"text\"", "5"}) {
        CAPTURE(bytes);
        const reply answer = running.ask(post(bytes));
        CHECK(answer.status == 400);
        CHECK(answer.field("Content-Type") == "application/problem+json");
        const json body = json::parse(answer.body);
        CHECK(body["type"] == "about:blank");
        CHECK(body["title"] == "Bad Request");
        CHECK(body["status"] == 400);
        CHECK(body["field"] == "body");
    }
    CHECK(running.ask(request("POST", "/api/webhook", "", "Content-Length: 0\r\n")).status == 400);
    CHECK(running.ask(request("POST", "/api/webhook")).status == 400);
    CHECK(running.inside.batches().empty());
}

TEST_CASE("a batch that cannot be made durable gets 503 and the time to try again", "[http]") {
    running_server running;
    running.inside.refuse();
    const reply answer = running.ask(post(one_event));
    CHECK(answer.status == 503);
    CHECK(answer.field("Retry-After") == "7");
    CHECK(answer.field("Content-Type") == "application/problem+json");
    CHECK(json::parse(answer.body)["detail"].get<std::string>().find("the disk is full") == 0);
}

TEST_CASE("a request that fails inside has an answer, and its connection goes on", "[http]") {
    running_server running;
    client wire = running.connect();
    running.inside.fail_once(std::make_exception_ptr(std::bad_alloc{}));
    wire.send(post(one_event));
    const reply without_memory = wire.read();
    CHECK(without_memory.status == 503);
    CHECK(without_memory.field("Retry-After") == "1");
    running.inside.fail_once(std::make_exception_ptr(std::runtime_error{"broken"}));
    wire.send(post(one_event));
    CHECK(wire.read().status == 500);
    wire.send(post(one_event));
    CHECK(wire.read().status == 200);
    CHECK(running.inside.batches().size() == 1);
}

TEST_CASE("compressed bodies are read, and bad ones refused", "[http]") {
    running_server running;
    const std::string packed = gzip_text(one_event);
    CHECK(running.ask(post(packed, "Content-Encoding: gzip\r\n")).status == 200);
    CHECK(running.ask(post(packed, "Content-Encoding: x-gzip\r\n")).status == 200);
    CHECK(running.ask(post(one_event, "Content-Encoding: identity\r\n")).status == 200);
    CHECK(running.inside.batches().size() == 3);
    CHECK(running.ask(post(packed.substr(0, packed.size() / 2), "Content-Encoding: gzip\r\n")).status == 400);
    CHECK(running.ask(post(one_event, "Content-Encoding: gzip\r\n")).status == 400);
    const reply unknown = running.ask(post(packed, "Content-Encoding: br\r\n"));
    CHECK(unknown.status == 415);
    CHECK(json::parse(unknown.body)["field"] == "Content-Encoding");
    CHECK(running.ask(post(packed, "Content-Encoding: gzip, gzip\r\n")).status == 415);
    CHECK(running.ask(post(packed, "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n")).status == 415);
    CHECK(running.inside.batches().size() == 3);
}

TEST_CASE("a chunked body is one body", "[http]") {
    running_server running;
    client sender = running.connect();
    sender.send("POST /api/webhook HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (const char c : one_event) sender.send(std::string{"1;x=y\r\n"} + c + "\r\n");
    sender.send("0\r\n\r\nGET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(sender.read().status == 200);
    CHECK(sender.read().body.find("\"status\":\"healthy\"") != std::string::npos);
    REQUIRE(running.inside.batches().size() == 1);
    CHECK(running.inside.batches()[0]->events.size() == 1);
}

TEST_CASE("trailers end the connection and are never read as a request", "[http]") {
    running_server running;
    client sender = running.connect();
    sender.send("POST /api/webhook HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n");
    sender.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    const reply answer = sender.read();
    CHECK(answer.status == 400);
    CHECK(answer.field("Connection") == "close");
    CHECK(sender.read_to_end().empty());
    CHECK(running.inside.batches().empty());
}

TEST_CASE("a request that could be smuggled ends the connection", "[http]") {
    running_server running;
    client sender = running.connect();
    sender.send("POST /api/webhook HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: xchunked\r\n\r\n");
    sender.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
    const reply answer = sender.read();
    CHECK(answer.status == 501);
    CHECK(answer.field("Connection") == "close");
    CHECK(sender.read_to_end().empty());
}

TEST_CASE("active sessions are asked for with the limit, 100 by default", "[http]") {
    running_server running;
    running.inside.open.active_sessions = 3;
    CHECK(json::parse(running.ask(request("GET", "/stats/active")).body)["active_sessions"] == 3);
    CHECK(running.inside.asked_limit() == 100);
    CHECK(running.ask(request("GET", "/stats/active?limit=10000")).status == 200);
    CHECK(running.inside.asked_limit() == 10'000);
    const reply refused = running.ask(request("GET", "/stats/active?limit=10001"));
    CHECK(refused.status == 400);
    CHECK(json::parse(refused.body)["field"] == "limit");
    CHECK(json::parse(refused.body)["rule"] == "must be an integer from 1 to 10000");
}

TEST_CASE("health over the wire is 200, and 503 when nothing can be accepted", "[http]") {
    {
        running_server running;
        CHECK(running.ask(request("GET", "/health")).status == 200);
    }
    running_server running;
    running.inside.report.accepting = false;
    const reply answer = running.ask(request("GET", "/health"));
    CHECK(answer.status == 503);
    CHECK(json::parse(answer.body)["status"] == "degraded");
}

TEST_CASE("metrics are Prometheus text with the connections and bytes of this moment", "[http]") {
    running_server running;
    CHECK(running.ask(request("GET", "/nowhere")).status == 404);
    const reply answer = running.ask(request("GET", "/metrics"));
    CHECK(answer.status == 200);
    CHECK(answer.field("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
    CHECK(answer.body.find("streamstats_") != std::string::npos);
    CHECK(running.metrics.value(telemetry::gauge::http_connections) >= 1);
    CHECK(running.metrics.total(telemetry::counter::requests_4xx) == 1);
    CHECK(running.metrics.total(telemetry::counter::connections) >= 2);
}

TEST_CASE("requests are counted by class and bodies by their bytes", "[http]") {
    running_server running;
    client sender = running.connect();
    CHECK(sender.send(post(one_event)).read().status == 200);
    CHECK(sender.send(post("{")).read().status == 400);
    CHECK(running.metrics.total(telemetry::counter::requests_2xx) == 1);
    CHECK(running.metrics.total(telemetry::counter::requests_4xx) == 1);
    CHECK(running.metrics.total(telemetry::counter::request_bytes) == one_event.size() + 1);
    CHECK(running.metrics.total(telemetry::counter::connections) == 1);
}

TEST_CASE("the page for people runs only its own scripts and is not guessed at", "[http]") {
    running_server running;
    const reply answer = running.ask(request("GET", "/"));
    CHECK(answer.status == 200);
    CHECK(answer.field("Content-Type") == "text/html; charset=utf-8");
    const std::string policy = answer.field("Content-Security-Policy");
    CHECK(policy.find("default-src 'none'; script-src 'self';") == 0);
    CHECK(policy.find("unsafe") == std::string::npos);
    CHECK(answer.field("X-Content-Type-Options") == "nosniff");
    CHECK(answer.field("Referrer-Policy") == "no-referrer");
}

TEST_CASE("a part of the page is sent compressed to who takes that, and not again to who has it", "[http]") {
    running_server running;
    const std::string path = "/assets/app.js";
    const reply plain = running.ask(request("GET", path));
    CHECK(plain.status == 200);
    CHECK(plain.field("Content-Encoding").empty());
    CHECK(plain.field("Cache-Control") == "no-cache");
    CHECK(plain.field("Vary") == "Accept-Encoding");
    const std::string accept = "Accept-Encoding: br, gzip\r\n";
    const reply packed = running.ask(request("GET", path, "", accept));
    CHECK(packed.field("Content-Encoding") == "gzip");
    CHECK(packed.field("Content-Type") == plain.field("Content-Type"));
    CHECK(packed.body.size() < plain.body.size());
    CHECK(packed.field("ETag") != plain.field("ETag"));

    client sender = running.connect();
    const std::string known = "If-None-Match: " + packed.field("ETag") + "\r\n";
    const reply same = sender.send(request("GET", path, "", accept + known)).read(true);
    CHECK(same.status == 304);
    CHECK(same.field("ETag") == packed.field("ETag"));
    CHECK(same.field("Content-Length").empty());
    CHECK(sender.send(request("GET", path, "", known)).read().status == 200);
    CHECK(running.ask(request("GET", "/assets/nothing.js")).status == 404);
    CHECK(running.ask(request("GET", "/assets/")).status == 404);
    CHECK(running.ask(request("POST", path, "{}")).status == 405);
}

TEST_CASE("unknown paths and methods say what there is", "[http]") {
    running_server running;
    CHECK(running.ask(request("GET", "/nothing")).status == 404);
    CHECK(running.ask(request("GET", "/health/")).status == 404);
    CHECK(running.ask(request("POST", "/nothing", one_event)).status == 404);
    const reply get = running.ask(request("GET", "/api/webhook"));
    CHECK(get.status == 405);
    CHECK(get.field("Allow") == "POST, OPTIONS");
    const reply erase = running.ask(request("DELETE", "/stats/active"));
    CHECK(erase.status == 405);
    CHECK(erase.field("Allow") == "GET, HEAD, OPTIONS");
    CHECK(running.ask(request("BREW", "/")).status == 501);
    CHECK(running.ask(request("get", "/")).status == 501);
    CHECK(running.ask(request("CONNECT", "stats.example:443")).status == 501);
}

TEST_CASE("OPTIONS says what a path can do, without content", "[http]") {
    running_server running;
    client sender = running.connect();
    const reply webhook = sender.send(request("OPTIONS", "/api/webhook")).read();
    CHECK(webhook.status == 204);
    CHECK(webhook.field("Allow") == "POST, OPTIONS");
    CHECK(webhook.field("Content-Length").empty());
    CHECK(sender.send(request("OPTIONS", "/health")).read().field("Allow") == "GET, HEAD, OPTIONS");
    CHECK(sender.send(request("OPTIONS", "*")).read().field("Allow") == "GET, HEAD, POST, OPTIONS");
    CHECK(sender.send(request("OPTIONS", "/nothing")).read().status == 404);
}

TEST_CASE("a refused request keeps the connection if it had no body, and closes it if it had", "[http]") {
    running_server running;
    client keeps = running.connect();
    CHECK(keeps.send(request("GET", "/nothing")).read().status == 404);
    CHECK(keeps.send(request("GET", "/health")).read().status == 200);
    client closes = running.connect();
    const reply answer = closes.send(request("POST", "/nothing", one_event)).read();
    CHECK(answer.status == 404);
    CHECK(answer.field("Connection") == "close");
    CHECK(closes.read_to_end().empty());
}

TEST_CASE("HEAD gets the head of GET and no body", "[http]") {
    running_server running;
    client sender = running.connect();
    for (const std::string path : {"/", "/assets/app.css", "/health", "/stats/active"}) {
        CAPTURE(path);
        const reply head = sender.send(request("HEAD", path)).read(true);
        const reply get = sender.send(request("GET", path)).read();
        CHECK(head.status == 200);
        CHECK(head.field("Content-Length") == std::to_string(get.body.size()));
        CHECK(head.field("Content-Type") == get.field("Content-Type"));
    }
    CHECK(sender.send(request("HEAD", "/nothing")).read(true).status == 404);
    CHECK(sender.send(request("GET", "/health")).read().status == 200);
}

TEST_CASE("HTTP/1.0 is answered in kind", "[http]") {
    running_server running;
    client closing = running.connect();
    const std::string all = closing.send("GET /health HTTP/1.0\r\n\r\n").read_to_end();
    CHECK(all.find("HTTP/1.0 200 OK\r\n") == 0);
    client keeping = running.connect();
    const std::string kept = "GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    const reply first = keeping.send(kept).read();
    CHECK(first.field("Connection") == "keep-alive");
    CHECK(keeping.send(kept).read().status == 200);
}

TEST_CASE("a target in absolute form is a path as well", "[http]") {
    running_server running;
    CHECK(running.ask(request("GET", "http://stats.example:5000/health")).status == 200);
    CHECK(running.ask(request("POST", "http://stats.example/api/webhook?token=1", one_event)).status == 200);
}

TEST_CASE("pipelined requests are answered in order, and a bad body does not touch its neighbours", "[http]") {
    running_server running;
    std::string all;
    for (int i = 0; i < 50; ++i) all += i == 25 ? post("{\"event\":") : post(one_event);
    client sender = running.connect();
    sender.send(all);
    for (int i = 0; i < 50; ++i) {
        CAPTURE(i);
        CHECK(sender.read().status == (i == 25 ? 400U : 200U));
    }
    CHECK(running.inside.batches().size() == 49);
}

TEST_CASE("answers carry the date, and an answer that closes says so", "[http]") {
    running_server running;
    client sender = running.connect();
    const reply kept = sender.send(request("GET", "/health")).read();
    CHECK(kept.field("Date").size() == std::string{"Sun, 06 Nov 1994 08:49:37 GMT"}.size());
    CHECK(kept.field("Connection").empty());
    const reply last = sender.send(request("GET", "/health", "", "Connection: close\r\n")).read();
    CHECK(last.field("Connection") == "close");
    CHECK(sender.read_to_end().empty());
}
