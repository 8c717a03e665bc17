#include "http/header_gate.hpp"

#include <string>

#include "http/request_head.hpp"
#include "support/catch.hpp"

using namespace streamstats::http;

namespace {

// The status that a request with these lines gets; 0: it may pass.
unsigned gate(const std::string& lines) {
    const auto refused = check_head(lines + "\r\n");
    return refused ? refused->status : 0;
}

unsigned gate_fields(const std::string& fields) {
    return gate("POST /api/webhook HTTP/1.1\r\nHost: a\r\n" + fields);
}

}  // namespace

TEST_CASE("an ordinary header block passes the gate", "[http]") {
    CHECK(gate("GET / HTTP/1.1\r\nHost: a\r\n") == 0);
    CHECK(gate("GET /x?y=z HTTP/1.0\r\n") == 0);
    CHECK(gate("GET http://a:5000/health HTTP/1.1\r\nHost:a:5000\r\n") == 0);
    CHECK(gate_fields("Content-Length: 5\r\nX-Name:\t\xc3\xa4 b \r\nEmpty:\r\n") == 0);
    CHECK(gate_fields("Transfer-Encoding: CHUNKED\r\n") == 0);
}

TEST_CASE("a request whose length two parsers could read differently does not pass", "[http]") {
    CHECK(gate_fields("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") == 400);
    CHECK(gate_fields("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") == 400);
    CHECK(gate_fields("Content-Length: 5\r\nContent-Length: 5\r\n") == 400);
    CHECK(gate_fields("content-length: 5\r\nCONTENT-LENGTH: 6\r\n") == 400);
    CHECK(gate_fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") == 400);
    for (const std::string length : {"5, 5", "+5", "-5", "0x5", "5 5", "", "5;", "1234567890123456789", "05", "00"}) {
        CAPTURE(length);
        CHECK(gate_fields("Content-Length: " + length + "\r\n") == 400);
    }
    CHECK(gate_fields("Content-Length: 123456789012345678\r\n") == 0);
    for (const std::string coding : {"xchunked", "gzip, chunked", "identity"}) {
        CAPTURE(coding);
        CHECK(gate_fields("Transfer-Encoding: " + coding + "\r\n") == 501);
    }
    for (const std::string coding : {"chunked, gzip", "chunked, chunked", ", chunked", "chunked,", "", "chunked;q=1"}) {
        CAPTURE(coding);
        CHECK(gate_fields("Transfer-Encoding: " + coding + "\r\n") == 400);
    }
    CHECK(gate("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n") == 400);
}

TEST_CASE("a line that is not exactly a field does not pass", "[http]") {
    CHECK(gate_fields("X-A: 1\r\n  2\r\n") == 400);
    CHECK(gate_fields("X-A: 1\r\n\t2\r\n") == 400);
    CHECK(gate_fields("X-A : 1\r\n") == 400);
    CHECK(gate_fields("Content-Length : 1\r\n") == 400);
    CHECK(gate_fields(": 1\r\n") == 400);
    CHECK(gate_fields("X-A\r\n") == 400);
    CHECK(gate_fields("X(A): 1\r\n") == 400);
    CHECK(gate_fields(std::string("X-A: 1\0002\r\n", 10)) == 400);
    CHECK(gate_fields("X-A: 1\r2\r\n") == 400);
    CHECK(gate_fields("X-A: 1\n2\r\n") == 400);
    CHECK(gate_fields("X-A: 1\x7f\r\n") == 400);
}

TEST_CASE("a request for HTTP/1.1 names one host", "[http]") {
    CHECK(gate("GET / HTTP/1.1\r\n") == 400);
    CHECK(gate("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n") == 400);
    CHECK(gate("GET / HTTP/1.1\r\nHost: a, b\r\n") == 400);
    CHECK(gate("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n") == 400);
    CHECK(gate("GET / HTTP/1.1\r\nHost:\r\n") == 400);
    CHECK(gate("GET / HTTP/1.0\r\nHost:\r\n") == 0);
    for (const std::string host : {"a", "a.example:5000", "192.0.2.1", "[::1]:80", "a_b", "%41", "a:"}) {
        CAPTURE(host);
        CHECK(gate("GET / HTTP/1.1\r\nHost: " + host + "\r\n") == 0);
    }
    for (const std::string host :
         {"u@a", "a/b", "a b", "a?b", "a:x", "a:123456", ":80", "[::1", "::1", "[]", "[::1]x", "%4", "\xc3\xa4"}) {
        CAPTURE(host);
        CHECK(gate("GET / HTTP/1.1\r\nHost: " + host + "\r\n") == 400);
    }
}

TEST_CASE("a target is a path or an absolute one, of characters that a URI may have", "[http]") {
    const auto get = [](const std::string& target) { return gate("GET " + target + " HTTP/1.1\r\nHost: a\r\n"); };
    for (const std::string target :
         {"/", "//", "/a/b?c=d&e=%20", "/?a=/?:@-._~!$'()*+,;", "HTTP://a:80/b", "https://[::1]", "http://a?b"}) {
        CAPTURE(target);
        CHECK(get(target) == 0);
    }
    for (const std::string target : {"a", "*", "/#a", "/a|b", "/a\"b", "/%", "/%4", "/%zz", "/a[1]", "http://",
                                     "http:///a", "http://u@a/", "http://a:x/", "ftp://a/", "http:/a", "a:80"}) {
        CAPTURE(target);
        CHECK(get(target) == 400);
    }
    CHECK(gate("OPTIONS * HTTP/1.1\r\nHost: a\r\n") == 0);
}

TEST_CASE("a request line that is wrong is refused before the rest has come", "[http]") {
    head_search search{{100, 50}};
    CHECK_FALSE(search.find_end("GET /\r\n"));
    REQUIRE(search.refused());
    CHECK(search.refused()->status == 400);
}

TEST_CASE("a request line that is not method, target and version does not pass", "[http]") {
    for (const std::string line : {"GET  / HTTP/1.1", "GET /a b HTTP/1.1", "GET / HTTP/1.1 ", " GET / HTTP/1.1",
                                   "GET /", "GET", "GET\t/ HTTP/1.1", "GET / http/1.1", "GET / HTTP/11",
                                   "G@T / HTTP/1.1", "GET /\x80 HTTP/1.1", "GET  HTTP/1.1", "/ HTTP/1.1"}) {
        CAPTURE(line);
        CHECK(gate(line + "\r\nHost: a\r\n") == 400);
    }
    CHECK(gate("GET / HTTP/2.0\r\nHost: a\r\n") == 505);
    CHECK(gate("GET / HTTP/1.2\r\nHost: a\r\n") == 505);
    CHECK(gate("GET / HTTP/0.9\r\n") == 505);
    CHECK(gate("") == 400);
}

TEST_CASE("the end of a header block is found however it arrives", "[http]") {
    const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const std::string bytes = head + "GET";
    head_search search{{100, 50}};
    for (std::size_t size = 0; size < head.size(); ++size) {
        CAPTURE(size);
        CHECK_FALSE(search.find_end(std::string_view{bytes}.substr(0, size)));
        REQUIRE_FALSE(search.refused());
    }
    CHECK(search.find_end(bytes) == head.size());
    head_search at_once{{100, 50}};
    CHECK(at_once.find_end(bytes) == head.size());
}

TEST_CASE("a header block that cannot become a good one is refused before its end", "[http]") {
    const auto status = [](std::string_view bytes) {
        head_search search{{100, 50}};
        CHECK_FALSE(search.find_end(bytes));
        return search.refused() ? search.refused()->status : 0;
    };
    CHECK(status("\x16\x03\x01") == 400);
    CHECK(status("\r\n") == 400);
    CHECK(status("GET / HTTP/1.1\n") == 400);
    CHECK(status("GET / HTTP/1.1\r\nHost: a\n") == 400);
    CHECK(status("\n") == 400);
    CHECK(status(std::string(51, 'a')) == 400);
    const std::string line_of_49 = "GET /" + std::string(44, 'a');
    CHECK(status("GET /" + std::string(35, 'a') + " HTTP/1.1\r\n") == 0);
    CHECK(status(line_of_49 + "a") == 0);
    CHECK(status(line_of_49 + "aa") == 414);
    CHECK(status(line_of_49 + "aa\r\n") == 414);
    const std::string fields_to_100 = "GET / HTTP/1.1\r\nA: " + std::string(81, 'b');
    CHECK(status(fields_to_100) == 0);
    CHECK(status(fields_to_100 + "b") == 431);
    CHECK(status(fields_to_100 + "b\r\n\r\n") == 431);
    const std::string whole = fields_to_100.substr(0, 96) + "\r\n\r\n";
    head_search search{{100, 50}};
    CHECK(search.find_end(whole) == 100U);
    head_search shorter{{99, 50}};
    CHECK_FALSE(shorter.find_end(whole));
    CHECK(shorter.refused()->status == 431);
}

TEST_CASE("a header block says how long its body is, how it is coded and what follows it", "[http]") {
    const auto head = parse_head(
        "POST /api/webhook?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nContent-Encoding: X-GZip\r\n"
        "Expect: 100-Continue\r\n\r\n");
    REQUIRE(head);
    CHECK(head.value().method == "POST");
    CHECK(head.value().target == "/api/webhook?x=1");
    CHECK(head.value().length == 12);
    CHECK(head.value().coding == body_coding::gzip);
    CHECK(head.value().expects_continue);
    CHECK(head.value().keep_alive);
    CHECK(head.value().has_body());
}

TEST_CASE("a connection is kept as the version and the Connection field say", "[http]") {
    const auto kept = [](const std::string& version, const std::string& field) {
        return parse_head("GET / HTTP/" + version + "\r\nHost: a\r\n" + field + "\r\n").value().keep_alive;
    };
    CHECK(kept("1.1", ""));
    CHECK_FALSE(kept("1.1", "Connection: close\r\n"));
    CHECK_FALSE(kept("1.0", ""));
    CHECK(kept("1.0", "Connection: Keep-Alive\r\n"));
}

TEST_CASE("a second encoding of the body, or one unknown, is unknown", "[http]") {
    const auto coding = [](const std::string& fields) {
        return parse_head("POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n").value().coding;
    };
    CHECK(coding("") == body_coding::plain);
    CHECK(coding("Content-Encoding: identity\r\n") == body_coding::plain);
    CHECK(coding("Content-Encoding: gzip\r\n") == body_coding::gzip);
    CHECK(coding("Content-Encoding: br\r\n") == body_coding::unknown);
    CHECK(coding("Content-Encoding: gzip, gzip\r\n") == body_coding::unknown);
    CHECK(coding("Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n") == body_coding::unknown);
}
