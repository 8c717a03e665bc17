// Who may post and who may read, over real sockets.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "http/gzip_text.hpp"
#include "http/running_server.hpp"
#include "streamstats/http/access.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::http::testing;
using nlohmann::json;
using streamstats::http::access_settings;
using streamstats::http::settings;
using telemetry::counter;

namespace {

const std::string event = R"({"event":"play_started","id":"a"})";
// Of that event with the key `sesame`.
const std::string x_signature = "X-Signature: 7660a3f830f5213f19e84233561d4e519e1fb134\r\n";
// Of that event, sent as msg_1 at the second of fixed_now.
const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const std::string message = "webhook-id: msg_1\r\nwebhook-timestamp: 1770000000\r\n";
const std::string v1 = "v1,XX0NffGeVt6t2noyaLv86z1jk2FPA9neh36GcKvVcTA=";
const std::string signed_message = message + "webhook-signature: " + v1 + "\r\n";

std::shared_ptr<const http::access_policy> policy_of(const access_settings& chosen) {
    return http::make_access_policy(chosen).value();
}

settings with(const access_settings& chosen, instant now = fixed_now) {
    settings all = test_settings();
    all.access = policy_of(chosen);
    all.clock = [now] { return now; };
    return all;
}

access_settings webhook_token(const std::string& tokens) {
    access_settings chosen;
    chosen.webhook_tokens = tokens;
    return chosen;
}

std::string bearer(const std::string& token) {
    return "Authorization: Bearer " + token + "\r\n";
}

std::string with_token(const std::string& path, const std::string& token) {
    return path + (path.find('?') == std::string::npos ? "?token=" : "&token=") + token;
}

unsigned status_of(const running_server& running, const std::string& fields, const std::string& query = "") {
    return running.ask(request("POST", "/api/webhook" + query, event, fields)).status;
}

// The answer to a request that announces a body and does not send it.
reply ask_without_body(const running_server& running, const std::string& fields) {
    return running.ask("POST /api/webhook HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n" + fields + "\r\n");
}

}  // namespace

TEST_CASE("a token lets a sender in, wherever it can put one", "[http]") {
    running_server running{with(webhook_token("new one/+, old"))};
    CHECK(status_of(running, bearer("new one/+")) == 200);
    CHECK(status_of(running, bearer("old")) == 200);
    CHECK(status_of(running, "authorization: bearer old\r\n") == 200);
    CHECK(status_of(running, "Authorization: Basic YW55Ym9keTpvbGQ=\r\n") == 200);
    CHECK(status_of(running, "", "?token=old") == 200);
    CHECK(status_of(running, "", "?a=b&token=new%20one/+") == 200);
    CHECK(status_of(running, bearer("wrong"), "?token=old") == 200);
    CHECK(running.inside.batches().size() == 7);
}

TEST_CASE("without a right token the answer is 401, before the body was sent", "[http]") {
    running_server running{with(webhook_token("new,old"))};
    for (const std::string& fields : {std::string{}, bearer("Old"), bearer("old x"), bearer("new,old"), bearer(""),
                                      std::string{"Authorization: Basic b2xkOg==\r\n"}, bearer("old") + bearer("old"),
                                      x_signature, signed_message}) {
        CAPTURE(fields);
        const reply refused = ask_without_body(running, fields);
        CHECK(refused.status == 401);
        CHECK(refused.field("Content-Type") == "application/problem+json");
        CHECK(refused.field("WWW-Authenticate") == "Bearer realm=\"streamstats\"");
        CHECK(refused.head.find("WWW-Authenticate: Basic realm=\"streamstats\"") != std::string::npos);
        CHECK(refused.field("Connection") == "close");
        CHECK(json::parse(refused.body)["status"] == 401);
    }
    CHECK(ask_without_body(running, "Expect: 100-continue\r\n").status == 401);
    CHECK(status_of(running, "", "?token=") == 401);
    CHECK(status_of(running, "", "?token=ol") == 401);
    CHECK(running.inside.batches().empty());
}

TEST_CASE("refusals are counted by their reason", "[http]") {
    access_settings chosen = webhook_token("right");
    chosen.webhook_sign_keys = "sesame";
    chosen.webhook_secrets = secret;
    running_server running{with(chosen)};
    CHECK(status_of(running, "") == 401);
    CHECK(status_of(running, bearer("wrong")) == 401);
    CHECK(status_of(running, "X-Signature: 00\r\n") == 401);
    CHECK(status_of(running, "webhook-id: m\r\nwebhook-timestamp: 1\r\nwebhook-signature: v1,x\r\n") == 401);
    CHECK(running.metrics.total(counter::http_refused_missing) == 1);
    CHECK(running.metrics.total(counter::http_refused_credential) == 1);
    CHECK(running.metrics.total(counter::http_refused_signature) == 1);
    CHECK(running.metrics.total(counter::http_refused_timestamp) == 1);
    CHECK(running.metrics.total(counter::requests_4xx) == 4);
}

TEST_CASE("a body signed by Flussonic is taken if body and key fit", "[http]") {
    access_settings chosen;
    chosen.webhook_sign_keys = "new key,sesame";
    running_server running{with(chosen)};
    CHECK(status_of(running, x_signature) == 200);
    CHECK(status_of(running, "x-signature: 7660A3F830F5213F19E84233561D4E519E1FB134\r\n") == 200);
    CHECK(running
              .ask("POST /api/webhook HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n" + x_signature +
                   "\r\n1\r\n{\r\n20\r\n" + event.substr(1) + "\r\n0\r\n\r\n")
              .status == 200);
    CHECK(running.inside.batches().size() == 3);

    CHECK(running.ask(request("POST", "/api/webhook", "{" + event, x_signature)).status == 401);
    CHECK(status_of(running, "X-Signature: 7660a3f830f5213f19e84233561d4e519e1fb135\r\n") == 401);
    CHECK(status_of(running, x_signature + x_signature) == 401);
    CHECK(status_of(running, bearer("sesame")) == 401);
    const reply refused = ask_without_body(running, "X-Signature: no digest\r\n");
    CHECK(refused.status == 401);
    CHECK(refused.field("WWW-Authenticate") == "X-Signature realm=\"streamstats\"");
    CHECK(running.inside.batches().size() == 3);
}

TEST_CASE("what is signed is looked at before anything else is made of it", "[http]") {
    access_settings chosen;
    chosen.webhook_sign_keys = "sesame";
    running_server running{with(chosen)};
    const std::string wrong = "X-Signature: 0000000000000000000000000000000000000000\r\n";
    CHECK(running.ask(post("no JSON at all", wrong)).status == 401);
    CHECK(running.ask(post("no gzip at all", wrong + "Content-Encoding: gzip\r\n")).status == 401);
}

TEST_CASE("the next request of a connection is judged by itself", "[http]") {
    access_settings chosen;
    chosen.webhook_sign_keys = "sesame";
    running_server running{with(chosen)};
    client sender = running.connect();
    sender.send(post(event, x_signature) + post("[" + event + "]", x_signature) + post(event, x_signature) +
                post(event));
    CHECK(sender.read().status == 200);
    CHECK(sender.read().status == 401);
    CHECK(sender.read().status == 200);
    CHECK(sender.read().status == 401);
}

TEST_CASE("a Standard Webhooks message is taken if one of its signatures fits", "[http]") {
    access_settings chosen;
    chosen.webhook_secrets = "whsec_YW5vdGhlciBzZWNyZXQga2V5," + secret;
    running_server running{with(chosen)};
    const std::string by_the_other = "v1,iBDcYLMKQgBOzsCiiGXh+4ElwFhlsmXnM1pP2G5mtII=";
    CHECK(status_of(running, signed_message) == 200);
    CHECK(status_of(running, message + "webhook-signature: " + by_the_other + "\r\n") == 200);
    CHECK(status_of(running, message + "webhook-signature: v1a,xyz v1,AAAA " + v1 + "\r\n") == 200);
    CHECK(running.inside.batches().size() == 3);

    CHECK(running.ask(post("[" + event + "]", signed_message)).status == 401);
    CHECK(status_of(running,
                    "webhook-id: msg_2\r\nwebhook-timestamp: 1770000000\r\nwebhook-signature: " + v1 + "\r\n") == 401);
    CHECK(status_of(running,
                    "webhook-id: msg_1\r\nwebhook-timestamp: 1770000001\r\nwebhook-signature: " + v1 + "\r\n") == 401);
    CHECK(status_of(running, message + "webhook-signature: v2," + v1.substr(3) + "\r\n") == 401);
    CHECK(status_of(running, message) == 401);
    CHECK(running.inside.batches().size() == 3);
}

TEST_CASE("a message that is too old, or from the future, is refused before its body was sent", "[http]") {
    access_settings chosen;
    chosen.webhook_secrets = secret;
    const auto at = [&](seconds later) { return with(chosen, fixed_now + later); };
    for (const seconds off : {seconds{-300}, seconds{0}, seconds{300}}) {
        CAPTURE(off.count());
        running_server running{at(off)};
        CHECK(status_of(running, signed_message) == 200);
    }
    for (const seconds off : {seconds{-301}, seconds{301}}) {
        CAPTURE(off.count());
        running_server running{at(off)};
        const reply refused = ask_without_body(running, signed_message);
        CHECK(refused.status == 401);
        CHECK(json::parse(refused.body)["field"] == "webhook-timestamp");
        CHECK(refused.field("WWW-Authenticate") == "Webhook-Signature realm=\"streamstats\"");
    }
}

TEST_CASE("a signature of one kind does not make up for the age of another", "[http]") {
    access_settings chosen;
    chosen.webhook_secrets = secret;
    chosen.webhook_sign_keys = "sesame";
    running_server running{with(chosen, fixed_now + seconds{301})};
    CHECK(status_of(running, signed_message + "X-Signature: 0000000000000000000000000000000000000000\r\n") == 401);
    CHECK(status_of(running, signed_message + x_signature) == 200);
}

TEST_CASE("any of the credentials that are configured is enough", "[http]") {
    access_settings chosen = webhook_token("right");
    chosen.webhook_sign_keys = "sesame";
    chosen.webhook_secrets = secret;
    running_server running{with(chosen)};
    CHECK(status_of(running, bearer("right")) == 200);
    CHECK(status_of(running, x_signature) == 200);
    CHECK(status_of(running, signed_message) == 200);
    CHECK(status_of(running, bearer("wrong") + x_signature) == 200);
    CHECK(status_of(running, "X-Signature: 00\r\n" + signed_message) == 200);
    CHECK(status_of(running, "") == 401);
}

TEST_CASE("a network that is set must hold besides the token", "[http]") {
    access_settings chosen = webhook_token("right");
    chosen.webhook_networks = "192.0.2.0/24";
    running_server outside{with(chosen)};
    const reply refused = ask_without_body(outside, bearer("right"));
    CHECK(refused.status == 403);
    CHECK(refused.field("WWW-Authenticate").empty());
    CHECK(outside.metrics.total(counter::http_refused_network) == 1);
    chosen.webhook_networks = "192.0.2.0/24, 127.0.0.0/8";
    running_server within{with(chosen)};
    CHECK(status_of(within, bearer("right")) == 200);
    CHECK(status_of(within, "") == 401);
}

TEST_CASE("behind a trusted proxy the address is the client's, else nobody can claim one", "[http]") {
    access_settings chosen;
    chosen.webhook_networks = "192.0.2.0/24";
    const std::string claim = "X-Forwarded-For: 192.0.2.5\r\n";
    {
        running_server nobody_trusted{with(chosen)};
        CHECK(status_of(nobody_trusted, claim) == 403);
    }
    chosen.trusted_proxies = "127.0.0.1";
    running_server running{with(chosen)};
    CHECK(status_of(running, claim) == 200);
    CHECK(status_of(running, "Forwarded: for=192.0.2.5;proto=https\r\n") == 200);
    CHECK(status_of(running, claim + "X-Forwarded-For: 198.51.100.1\r\n") == 403);
    CHECK(status_of(running, "X-Forwarded-For: 198.51.100.1\r\n" + claim) == 200);
    CHECK(status_of(running, claim + "Forwarded: for=198.51.100.1\r\n") == 403);
    CHECK(status_of(running, "") == 403);
}

TEST_CASE("pages have a token and networks of their own, and health is open", "[http]") {
    access_settings chosen = webhook_token("posting");
    chosen.read_tokens = "reading";
    running_server running{with(chosen)};
    running.inside.found.page.emplace();
    for (const std::string& path : reading_paths) {
        CAPTURE(path);
        CHECK(running.ask(request("GET", path)).status == 401);
        CHECK(running.ask(request("GET", path, "", bearer("posting"))).status == 401);
        CHECK(running.ask(request("GET", path, "", bearer("reading"))).status == 200);
        CHECK(running.ask(request("GET", with_token(path, "reading"))).status == 200);
        CHECK(running.ask(request("GET", path, "", x_signature)).status == 401);
    }
    CHECK(running.ask(request("GET", "/health")).status == 200);
    // A browser asks for these without the token of the page, and they tell nothing.
    CHECK(running.ask(request("GET", "/assets/app.js")).status == 200);
    CHECK(status_of(running, bearer("reading")) == 401);
    CHECK(status_of(running, bearer("posting")) == 200);

    access_settings networks;
    networks.read_networks = "192.0.2.0/24";
    running.edge.set_access(policy_of(networks));
    for (const std::string& path : reading_paths) CHECK(running.ask(request("GET", path)).status == 403);
    CHECK(running.ask(request("GET", "/assets/app.js")).status == 403);
    CHECK(running.ask(request("GET", "/health")).status == 200);
    CHECK(status_of(running, "") == 200);
}

TEST_CASE("rules that change are in force for the next request, also of a connection that is open", "[http]") {
    running_server running;
    client sender = running.connect();
    CHECK(sender.send(post(event)).read().status == 200);
    running.edge.set_access(policy_of(webhook_token("one")));
    CHECK(sender.send(post(event, bearer("one"))).read().status == 200);
    running.edge.set_access(policy_of(webhook_token("two,one")));
    CHECK(sender.send(post(event, bearer("one"))).read().status == 200);
    CHECK(sender.send(post(event, bearer("two"))).read().status == 200);
    running.edge.set_access(policy_of(webhook_token("two")));
    CHECK(sender.send(post(event, bearer("two"))).read().status == 200);
    CHECK(sender.send(post(event, bearer("one"))).read().status == 401);
    running.edge.set_access(nullptr);
    CHECK(running.ask(post(event)).status == 200);
}

TEST_CASE("a setting that cannot be used is named, and no secret is", "[http]") {
    access_settings chosen;
    chosen.webhook_tokens = "hush,";
    chosen.webhook_secrets = "hush";
    chosen.read_networks = "10.0.0.0/99";
    chosen.trusted_proxies = "proxy.example";
    const auto made = http::make_access_policy(chosen);
    REQUIRE_FALSE(made);
    REQUIRE(made.error().size() == 4);
    CHECK(made.error()[0].which == &access_settings::webhook_tokens);
    CHECK(made.error()[1].which == &access_settings::webhook_secrets);
    CHECK(made.error()[2].which == &access_settings::read_networks);
    CHECK(made.error()[3].which == &access_settings::trusted_proxies);
    CHECK(std::none_of(made.error().begin(), made.error().end(),
                       [](const http::access_error& e) { return e.rule.find("hush") != std::string::npos; }));
}
