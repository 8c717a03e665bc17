// What RFC 9112 forbids, and what is known from smuggling attacks, over a real socket: each case gets one answer that
// is no success, and nothing that follows it on the connection is ever read as a request. And what RFC 9112 allows:
// each case is answered, and so is the request behind it.
#include <algorithm>
#include <string>
#include <vector>

#include "http/running_server.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::http::testing;

namespace {

using namespace std::string_literals;

const std::string event = R"({"event":"play_started","id":"a"})";
const std::string canary = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n";
// A request that would be taken if anybody read it as one.
const std::string smuggled = post(event);

struct attempt {
    std::string name;
    std::string bytes;
    std::vector<unsigned> statuses{400};
};

std::string get(const std::string& fields) {
    return "GET /health HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

std::string posting(const std::string& fields, const std::string& body) {
    return "POST /api/webhook HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}

std::string chunked(const std::string& body) {
    return posting("Transfer-Encoding: chunked\r\n", body);
}

std::string line(const std::string& request_line) {
    return request_line + "\r\nHost: a\r\n\r\n";
}

std::string host(const std::string& value) {
    return "GET /health HTTP/1.1\r\nHost: " + value + "\r\n\r\n";
}

// Status lines; the texts of answers also speak of HTTP/1.1.
std::size_t answers_in(const std::string& bytes) {
    constexpr std::size_t status_at = 9;
    std::size_t count = 0;
    for (auto at = bytes.find("HTTP/1."); at != std::string::npos; at = bytes.find("HTTP/1.", at + 1)) {
        const std::string status = bytes.substr(std::min(at + status_at, bytes.size()), 3);
        if (status.size() == 3 &&
            std::all_of(status.begin(), status.end(), [](char c) { return c >= '0' && c <= '9'; }))
            ++count;
    }
    return count;
}

// One connection for each: the attempt, then requests that must not be answered.
void check_refused(const std::vector<attempt>& attempts) {
    running_server running;
    for (const attempt& each : attempts) {
        CAPTURE(each.name, each.bytes.substr(0, 300));
        client sender = running.connect();
        sender.try_send(each.bytes + smuggled + canary);
        const std::string all = sender.read_to_end();
        CHECK(answers_in(all) == 1);
        CHECK(all.find("\r\nConnection: close\r\n") != std::string::npos);
        const auto status = all.size() < 12 ? 0U : static_cast<unsigned>(std::stoul(all.substr(9, 3)));
        CAPTURE(status);
        CHECK(std::find(each.statuses.begin(), each.statuses.end(), status) != each.statuses.end());
    }
    CHECK(running.inside.batches().empty());
}

// The attempt, then a request on the same connection that must be answered by itself.
void check_answered(const std::vector<attempt>& attempts) {
    running_server running;
    for (const attempt& each : attempts) {
        CAPTURE(each.name, each.bytes.substr(0, 300));
        client sender = running.connect();
        sender.send(each.bytes + canary);
        CHECK(sender.read(each.bytes.starts_with("HEAD ")).status == each.statuses.front());
        CHECK(sender.read().body.find("\"status\":\"healthy\"") != std::string::npos);
    }
}

}  // namespace

TEST_CASE("two lengths, or a length that is not one, are refused", "[http]") {
    const std::string chunks = "0\r\n\r\n";
    const std::string te = "Transfer-Encoding: chunked\r\n";
    check_refused({
        {"CL.TE", posting("Content-Length: 5\r\n" + te, chunks)},
        {"TE.CL", posting(te + "Content-Length: 5\r\n", chunks)},
        {"CL.TE, the case of names mixed", posting("content-length: 5\r\nTRANSFER-ENCODING: Chunked\r\n", chunks)},
        {"CL.TE with a length of 0", posting("Content-Length: 0\r\n" + te, chunks)},
        {"TE.CL, a request in the chunk", posting(te + "Content-Length: 4\r\n", "2d\r\n" + canary + "\r\n0\r\n\r\n")},
        {"TE.CL without a known coding",
         posting("Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n", "GET "),
         {400, 501}},
        {"CL.TE in a GET", get("Content-Length: 5\r\n" + te) + chunks},
        {"CL.CL", posting("Content-Length: 4\r\nContent-Length: 40\r\n", "PING")},
        {"CL.CL, equal ones", posting("Content-Length: 4\r\nContent-Length: 4\r\n", "PING")},
        {"a list of lengths", posting("Content-Length: 4, 4\r\n", "PING")},
        {"a list of different lengths", posting("Content-Length: 4, 5\r\n", "PING")},
        {"a sign", posting("Content-Length: +4\r\n", "PING")},
        {"a negative length", posting("Content-Length: -4\r\n", "PING")},
        {"minus zero", posting("Content-Length: -0\r\n", "")},
        {"hexadecimal", posting("Content-Length: 0x4\r\n", "PING")},
        {"octal", posting("Content-Length: 0o4\r\n", "PING")},
        {"zeros in front", posting("Content-Length: 004\r\n", "PING")},
        {"an underscore", posting("Content-Length: 1_0\r\n", "0123456789")},
        {"a blank within", posting("Content-Length: 1 0\r\n", "0123456789")},
        {"letters", posting("Content-Length: 4a\r\n", "PING")},
        {"an exponent", posting("Content-Length: 1e1\r\n", "0123456789")},
        {"a fraction", posting("Content-Length: 4.0\r\n", "PING")},
        {"no digits", posting("Content-Length: \r\n", "")},
        {"more than 64 bits", posting("Content-Length: 99999999999999999999\r\n", "")},
        {"2^64", posting("Content-Length: 18446744073709551616\r\n", "")},
        {"2^64 + 4", posting("Content-Length: 18446744073709551620\r\n", "PING")},
        {"other digits", posting("Content-Length: \xd9\xa4\r\n", "PING")},
        {"a length below a vertical tab", posting("Content-Length: \v4\r\n", "PING")},
    });
}

TEST_CASE("a transfer coding that is not exactly chunked is refused", "[http]") {
    const auto te = [](const std::string& value) {
        return posting("Transfer-Encoding:" + value + "\r\n", "0\r\n\r\n");
    };
    check_refused({
        {"xchunked", te(" xchunked"), {501}},
        {"chunkedx", te(" chunkedx"), {501}},
        {"cow", te(" cow"), {501}},
        {"gzip", te(" gzip"), {501}},
        {"identity", te(" identity"), {501}},
        {"gzip, chunked", te(" gzip, chunked"), {501}},
        {"chunked, identity", te(" chunked, identity")},
        {"chunked twice", te(" chunked, chunked")},
        {"a comma in front", te(" , chunked")},
        {"a comma behind", te(" chunked,")},
        {"quoted", te(" \"chunked\"")},
        {"a parameter", te(" chunked;q=1")},
        {"empty", te("")},
        {"a vertical tab", te(" \vchunked")},
        {"a form feed", te(" \fchunked")},
        {"NUL behind", te(" chunked\0"s)},
        {"0x85 behind", te(" chunked\x85")},
        {"0xa0 in front", te(" \xa0"
                             "chunked")},
        {"umlaut", te(" ch\xc3\xbcnked")},
        {"two blanks within", te(" chun ked")},
        {"a bare CR", te(" \rchunked")},
        {"two fields", posting("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        {"two fields, the second one x",
         posting("Transfer-Encoding: chunked\r\nTransfer-encoding: x\r\n", "0\r\n\r\n")},
        {"two fields, the first one x",
         posting("Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
         {400, 501}},
        {"in HTTP/1.0", "POST /api/webhook HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        {"in HTTP/1.0, kept alive",
         "POST /api/webhook HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    });
}

TEST_CASE("a field that is not exactly one is refused", "[http]") {
    check_refused({
        {"a blank before the colon", get("X-A : b\r\n")},
        {"a tab before the colon", get("X-A\t: b\r\n")},
        {"a blank before the colon of the coding", posting("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")},
        {"a blank before the colon of the length", posting("Content-Length : 4\r\n", "PING")},
        {"NUL before the colon", get("X-A\0: b\r\n"s)},
        {"folded", get("X-A: b\r\n c\r\n")},
        {"folded with a tab", get("X-A: b\r\n\tc\r\n")},
        {"the coding folded", posting("Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n")},
        {"the length folded", posting("Content-Length:\r\n 4\r\n", "PING")},
        {"a blank line of blanks", get("X-A: b\r\n \r\n")},
        {"a blank before the first field", "GET /health HTTP/1.1\r\n Host: a\r\n\r\n"},
        {"a line of blanks before the first field", "GET /health HTTP/1.1\r\n \r\nHost: a\r\n\r\n"},
        {"no name", get(": b\r\n")},
        {"no colon", get("X-A\r\n")},
        {"a bracket in the name", get("X[A: b\r\n")},
        {"a quoted name", get("\"X\": b\r\n")},
        {"letters beyond ASCII in the name", get("X-T\xc3\xabst: b\r\n")},
        {"NUL in the value", get("X-A: b\0c\r\n"s)},
        {"a bare CR in the value", get("X-A: b\rc\r\n")},
        {"a bare CR before CR LF", get("X-A: b\r\r\n")},
        {"a bare CR and a field", get("X-A: b\rTransfer-Encoding: chunked\r\n")},
        {"a bare LF and a field", get("X-A: b\nTransfer-Encoding: chunked\r\n")},
        {"bell, backspace, vertical tab", get("X-A: \a\b\v\r\n")},
        {"delete", get("X-A: \x7f\r\n")},
        {"only LF", "GET /health HTTP/1.1\nHost: a\n\n"},
        {"LF after the request line", "GET /health HTTP/1.1\nHost: a\r\n\r\n"},
        {"LF after a field", "GET /health HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n"},
        {"LF for the blank line", "GET /health HTTP/1.1\r\nHost: a\r\n\n"},
        {"only CR", "GET /health HTTP/1.1\rHost: a\r\r\n\r\n"},
    });
}

TEST_CASE("a host that is missing, doubled or not one is refused", "[http]") {
    check_refused({
        {"none", "GET /health HTTP/1.1\r\n\r\n"},
        {"empty", host("")},
        {"two", get("Host: b\r\n")},
        {"two equal ones", get("Host: a\r\n")},
        {"two, the case of the name mixed", get("hOST: a\r\n")},
        {"a list", host("a, b")},
        {"a user", host("u@a")},
        {"a path", host("a/b")},
        {"a query", host("a?b")},
        {"a fragment", host("a#b")},
        {"a blank", host("a b")},
        {"a port of letters", host("a:b")},
        {"two ports", host("a:1:2")},
        {"a port without host", host(":80")},
        {"an open bracket", host("[::1")},
        {"a backslash", host("a\\b")},
        {"NUL", host("a\0b"s)},
        {"letters beyond ASCII", host("\xc3\xa4")},
        {"none beside an absolute target", "GET http://a/health HTTP/1.1\r\n\r\n"},
        {"a bad one beside an absolute target", "GET http://a/health HTTP/1.1\r\nHost: a/b\r\n\r\n"},
    });
}

TEST_CASE("a request line that is not one is refused", "[http]") {
    check_refused({
        {"two blanks", line("GET  /health HTTP/1.1")},
        {"two blanks before the version", line("GET /health  HTTP/1.1")},
        {"a tab", line("GET\t/health HTTP/1.1")},
        {"a blank in front", line(" GET /health HTTP/1.1")},
        {"a blank behind", line("GET /health HTTP/1.1 ")},
        {"a blank in the target", line("GET /hea lth HTTP/1.1")},
        {"no target", line("GET HTTP/1.1")},
        {"an empty line in front", "\r\n" + canary},
        {"HTTP/0.9", "GET /health\r\n"},
        {"no version", line("GET /health ")},
        {"http/1.1", line("GET /health http/1.1")},
        {"HTTP/1", line("GET /health HTTP/1")},
        {"HTTP/1.", line("GET /health HTTP/1.")},
        {"HTTP/01.1", line("GET /health HTTP/01.1")},
        {"HTTP/ 1.1", line("GET /health HTTP/ 1.1")},
        {"HTTP/1.1x", line("GET /health HTTP/1.1x")},
        {"HTTP/1.1.1", line("GET /health HTTP/1.1.1")},
        {"HTTP/1,1", line("GET /health HTTP/1,1")},
        {"HTTP/2.0", line("GET /health HTTP/2.0"), {505}},
        {"HTTP/9.9", line("GET /health HTTP/9.9"), {505}},
        {"HTTP/1.2", line("GET /health HTTP/1.2"), {505}},
        {"a fragment", line("GET /health#x HTTP/1.1")},
        {"a relative path", line("GET health HTTP/1.1")},
        {"GET *", line("GET * HTTP/1.1")},
        {"NUL in the target", line("GET /hea\0lth HTTP/1.1"s)},
        {"letters beyond ASCII in the target", line("GET /caf\xc3\xa9 HTTP/1.1")},
        {"half of %XX", line("GET /%4 HTTP/1.1")},
        {"a backslash", line("GET \\health HTTP/1.1")},
        {"an absolute target without a host", line("GET http:///health HTTP/1.1")},
        {"an absolute target with a user", line("GET http://u:p@a/health HTTP/1.1")},
        {"another scheme", line("GET ftp://a/health HTTP/1.1")},
        {"a method that is no token", line("G(T /health HTTP/1.1")},
        {"a method without end", std::string(100'000, 'A') + " / HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"a target without end", line("GET /" + std::string(100'000, 'a') + " HTTP/1.1"), {414}},
        {"fields without end", get("X-A: " + std::string(100'000, 'a') + "\r\n"), {431}},
        {"a name without end", get(std::string(100'000, 'a') + ": b\r\n"), {431}},
        {"the start of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"s, {505}},
        {"the start of TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s + std::string(500, '\x11')},
        {"a proxy's PROXY line", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + canary},
        {"noise", "\x80\x81\xfe\xff\r\n\r\n"},
        {"only blanks", "   \r\n\r\n"},
        {"a response", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
    });
    std::string many = "GET /health HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < 10'000; ++i) many += "X-" + std::to_string(i) + ": b\r\n";
    check_refused({{"ten thousand fields", many + "\r\n", {431}}});
}

TEST_CASE("a chunked body that is not exactly one is refused", "[http]") {
    const auto sized = [](const std::string& size) { return chunked(size + "\r\nhello\r\n0\r\n\r\n"); };
    check_refused({
        {"0x", sized("0x5")},
        {"a sign", sized("+5")},
        {"a sign before the last", chunked("+0\r\n\r\n")},
        {"negative", sized("-5")},
        {"an underscore", sized("0_5")},
        {"a blank in front", sized(" 5")},
        {"a tab in front", sized("\t5")},
        {"a blank behind", sized("5 ")},
        {"a letter", sized("5g")},
        {"a comma", sized("5,5")},
        {"a point", sized("5.0")},
        {"no digits", sized("")},
        {"2^64 + 5", sized("10000000000000005")},
        {"2^32 + 5", sized("100000005")},
        {"2^63", sized("8000000000000000")},
        {"many zeros in front", sized("0000000000000005")},
        {"a size without end", chunked(std::string(10'000, '0'))},
        {"more data than the size", chunked("5\r\nhello!!\r\n0\r\n\r\n")},
        {"no line end after the data", chunked("5\r\nhello0\r\n\r\n")},
        {"LF after the size", chunked("5\nhello\r\n0\r\n\r\n")},
        {"CR after the size", chunked("5\rhello\r\n0\r\n\r\n")},
        {"LF after the data", chunked("5\r\nhello\n0\r\n\r\n")},
        {"LF after the last size", chunked("5\r\nhello\r\n0\n\r\n")},
        {"LF at the end", chunked("5\r\nhello\r\n0\r\n\n")},
        {"two CR after the size", chunked("5\r\r\nhello\r\n0\r\n\r\n")},
        {"an extension without name", sized("5;")},
        {"an extension of blanks", sized("5; ")},
        {"an extension that begins with =", sized("5;=a")},
        {"LF in an extension", chunked("5;a\nhello\r\n0\r\n\r\n")},
        {"LF in an extension, a request behind it", chunked("5;\nGET / HTTP/1.1\r\nhello\r\n0\r\n\r\n")},
        {"CR in an extension", chunked("5;a\rb\r\nhello\r\n0\r\n\r\n")},
        {"NUL in an extension", chunked("5;\0a\r\nhello\r\n0\r\n\r\n"s)},
        {"an extension without end", chunked("5;" + std::string(100'000, 'a'))},
        {"an open quote in an extension", chunked("5;a=\"\r\nhello\r\n0\r\n\r\n")},
        {"a trailer", chunked("5\r\nhello\r\n0\r\nX-A: b\r\n\r\n")},
        {"a length as trailer", chunked("5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n")},
        {"a coding as trailer", chunked("5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n")},
        {"a request as trailer", chunked("0\r\n" + canary)},
        {"one byte behind", chunked("0\r\nX\r\n\r\n")},
    });
}

TEST_CASE("methods that are not known, and tunnels, are refused", "[http]") {
    check_refused({
        {"CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", {501}},
        {"CONNECT to a path", line("CONNECT /health HTTP/1.1"), {501}},
        {"an unknown method with a body", "BREW /health HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nPING", {501}},
        {"TRACE with a body", "TRACE /health HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nPING", {405}},
        {"a body for a path that is not there",
         "POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nPING",
         {404}},
        {"chunks for a path that is not there",
         "PUT /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         {405}},
        {"an expectation that is none", posting("Expect: 200-ok\r\nContent-Length: 4\r\n", "PING"), {417}},
        {"two expectations", posting("Expect: 100-continue\r\nExpect: x\r\nContent-Length: 4\r\n", "PING"), {417}},
        {"an expectation with something before it",
         posting("Expect: y 100-continue\r\nContent-Length: 4\r\n", "PING"),
         {417}},
    });
    check_answered({
        {"an unknown method", line("BREW /health HTTP/1.1"), {501}},
        {"a long method", line(std::string(5'000, 'A') + " /health HTTP/1.1"), {501}},
        {"a method in lower case", line("get /health HTTP/1.1"), {501}},
        {"TRACE", line("TRACE /health HTTP/1.1"), {405}},
        {"DELETE", line("DELETE /health HTTP/1.1"), {405}},
    });
}

TEST_CASE("no switch of protocols is offered or taken", "[http]") {
    check_answered({
        {"to HTTP/2",
         get("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"),
         {200}},
        {"to WebSocket", get("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"), {200}},
        {"to WebSocket by POST",
         posting("Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n", "[]"),
         {200}},
    });
}

TEST_CASE("what is allowed is answered, and so is the request behind it", "[http]") {
    const std::string length = std::to_string(event.size());
    const std::string in_chunks = "1\r\n{\r\n20\r\n" + event.substr(1) + "\r\n0\r\n\r\n";
    check_answered({
        {"GET", canary, {200}},
        {"HEAD", "HEAD /health HTTP/1.1\r\nHost: a\r\n\r\n", {200}},
        {"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", {204}},
        {"names in any case", "GET /health HTTP/1.1\r\nhOsT: a\r\nCONNECTION: Keep-Alive\r\n\r\n", {200}},
        {"no blanks, many blanks", "GET /health HTTP/1.1\r\nHost:a\r\nX-A: \t b \t \r\nX-B:\r\n\r\n", {200}},
        {"a value beyond ASCII", get("X-A: \xc3\xa4\xff\r\n"), {200}},
        {"a body with a length", posting("Content-Length: " + length + "\r\n", event), {200}},
        {"a length with blanks around it", posting("Content-Length: \t" + length + " \r\n", event), {200}},
        {"a body in chunks", chunked(in_chunks), {200}},
        {"Chunked in any case", posting("transfer-encoding: \tChUnKeD \r\n", in_chunks), {200}},
        {"upper case sizes, zeros in front",
         chunked("00000001\r\n[\r\n0A\r\n          \r\n1;a=\"b\";c\r\n]\r\n000\r\n\r\n"),
         {200}},
        {"100-continue that does not wait",
         posting("Expect: 100-Continue\r\nContent-Length: " + length + "\r\n", event),
         {200}},
        {"an absolute target", "GET http://a:80/health?x=y HTTP/1.1\r\nHost: a:80\r\n\r\n", {200}},
        {"an absolute target in upper case", "GET HTTP://A/health HTTP/1.1\r\nHost: a\r\n\r\n", {200}},
        {"an absolute target of another host", "GET http://b/health HTTP/1.1\r\nHost: a\r\n\r\n", {200}},
        {"an absolute target without path", "GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", {200}},
        {"HTTP/1.0 kept alive", "GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", {200}},
        {"an address as host", host("[2001:db8::1]:5000"), {200}},
        {"a body for GET", get("Content-Length: 4\r\n") + "PING", {200}},
        {"a request as body of GET",
         get("Content-Length: " + std::to_string(smuggled.size()) + "\r\n") + smuggled,
         {200}},
        {"chunks for GET", get("Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n0\r\n\r\n", {200}},
        {"a long target", line("GET /" + std::string(7'900, 'a') + " HTTP/1.1"), {404}},
        {"an underscore in a name", get("Transfer_Encoding: chunked\r\n"), {200}},
        {"a range that is for GET only",
         posting("Range: bytes=0-1\r\nContent-Length: " + length + "\r\n", event),
         {200}},
    });
}
