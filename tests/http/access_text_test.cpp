// The small parts that access control is made of.
#include "http/access_text.hpp"

#include <string>

#include "http/client_address.hpp"
#include "http/digest.hpp"
#include "http/network.hpp"
#include "support/catch.hpp"

using namespace streamstats::http;

namespace {

bool holds(const std::string& networks, const std::string& address) {
    return any_holds(parse_networks(networks).value(), ip_address::parse(address).value());
}

// The client of a request from 10.0.0.1, where 10.0.0.0/8 and 2001:db8::/32 are trusted; empty: nobody knows.
std::string client_of(const std::string& forwarded_for, const std::string& forwarded = "",
                      const std::string& peer = "10.0.0.1") {
    const auto trusted = parse_networks("10.0.0.0/8, 2001:db8::/32").value();
    const auto client = client_address(ip_address::parse(peer).value(), {forwarded_for, forwarded}, trusted);
    if (!client) return "";
    for (const std::string known : {"10.0.0.1", "10.0.0.9", "192.0.2.1", "192.0.2.2", "2a00::1", "2001:db8::9"}) {
        if (client == ip_address::parse(known)) return known;
    }
    return "another";
}

}  // namespace

TEST_CASE("a network holds the addresses that begin as it does", "[http]") {
    CHECK(holds("192.0.2.0/24", "192.0.2.255"));
    CHECK_FALSE(holds("192.0.2.0/24", "192.0.3.0"));
    CHECK(holds("192.0.2.128/25", "192.0.2.128"));
    CHECK_FALSE(holds("192.0.2.128/25", "192.0.2.127"));
    CHECK(holds("192.0.2.7", "192.0.2.7"));
    CHECK_FALSE(holds("192.0.2.7", "192.0.2.6"));
    CHECK(holds("2001:db8::/33", "2001:db8:7fff::1"));
    CHECK_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
    CHECK(holds("::1,192.0.2.0/24 ,2001:db8::/32", "2001:db8::5"));
    CHECK_FALSE(holds("", "192.0.2.7"));
}

TEST_CASE("an IPv4 address is one however it comes, and no IPv6 network holds it", "[http]") {
    CHECK(holds("192.0.2.0/24", "::ffff:192.0.2.9"));
    CHECK(holds("::ffff:192.0.2.0/120", "192.0.2.9"));
    CHECK(holds("0.0.0.0/0", "192.0.2.9"));
    CHECK_FALSE(holds("::/0", "192.0.2.9"));
    CHECK_FALSE(holds("0.0.0.0/0", "::1"));
    CHECK(holds("::/0", "::1"));
}

TEST_CASE("a list of networks that is not one names its bad part", "[http]") {
    for (const std::string bad :
         {"192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "192.0.2.0/+8", "192.0.2.0/24x", "192.0.2", "host.example",
          "2001:db8::/129", "::ffff:0:0/90", "[::1]", "192.0.2.1:80", ""}) {
        CAPTURE(bad);
        const auto parsed = parse_networks("192.0.2.1," + bad);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error().find("`" + bad + "` must be") == 0);
    }
    const auto beyond = parse_networks("192.0.2.1/24");
    REQUIRE_FALSE(beyond);
    CHECK(beyond.error().find("must not have bits beyond its prefix") != std::string::npos);
    CHECK_FALSE(ip_address::parse(std::string("192.0.2.1\0x", 11)));
}

TEST_CASE("only a trusted proxy is believed, and only as far as trusted proxies reach", "[http]") {
    CHECK(client_of("192.0.2.1", "", "192.0.2.2") == "192.0.2.2");
    CHECK(client_of("") == "10.0.0.1");
    CHECK(client_of("192.0.2.1") == "192.0.2.1");
    CHECK(client_of("192.0.2.1, 192.0.2.2") == "192.0.2.2");
    CHECK(client_of("192.0.2.1, 192.0.2.2, 10.0.0.9,2001:db8::1") == "192.0.2.2");
    CHECK(client_of("10.0.0.9, 10.0.0.2") == "10.0.0.9");
    CHECK(client_of("192.0.2.1:4711") == "192.0.2.1");
    CHECK(client_of("[2a00::1]:80") == "2a00::1");
    CHECK(client_of("2a00::1") == "2a00::1");
    CHECK(client_of("::ffff:192.0.2.1") == "192.0.2.1");
}

TEST_CASE("the Forwarded field says it, too", "[http]") {
    CHECK(client_of("", "for=192.0.2.1") == "192.0.2.1");
    CHECK(client_of("", "For=\"[2a00::1]:80\";proto=https;by=10.0.0.1") == "2a00::1");
    CHECK(client_of("", "for=192.0.2.1, proto=http ; for=192.0.2.2, for=10.0.0.9") == "192.0.2.2");
    CHECK(client_of("192.0.2.1", "for=192.0.2.1") == "192.0.2.1");
}

TEST_CASE("a client that nobody can name is nobody", "[http]") {
    for (const std::string field :
         {"unknown", "_hidden", "192.0.2.1,", "192.0.2.300", "192.0.2.1:x", "[::1", "a.example"}) {
        CAPTURE(field);
        CHECK(client_of(field).empty());
    }
    for (const std::string field :
         {"by=192.0.2.1", "for=192.0.2.1;for=192.0.2.2", "for=unknown", "for=", "for=192.0.2.1,"}) {
        CAPTURE(field);
        CHECK(client_of("", field).empty());
    }
    CHECK(client_of("192.0.2.1, unknown, 10.0.0.9").empty());
    CHECK(client_of("192.0.2.1", "for=192.0.2.2").empty());
}

TEST_CASE("digests are those of the standards", "[http]") {
    CHECK(sha1({"a", "bc"}) == sha1_from_hex("a9993e364706816aba3e25717850c26c9cd0d89d"));
    CHECK(sha1_from_hex("A9993E364706816ABA3E25717850C26C9CD0D89D") == sha1({"abc"}));
    CHECK_FALSE(sha1_from_hex("a9993e364706816aba3e25717850c26c9cd0d89"));
    CHECK_FALSE(sha1_from_hex("a9993e364706816aba3e25717850c26c9cd0d89g"));
    const auto key = from_base64("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").value();
    const auto signature = hmac_sha256(key, {"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.", R"({"test": 2432232314})"});
    const auto expected = from_base64("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=").value();
    CHECK(std::string(signature.begin(), signature.end()) == expected);
    CHECK(equal_in_constant_time(sha256("a"), sha256("a")));
    CHECK_FALSE(equal_in_constant_time(sha256("a"), sha256("b")));
}

TEST_CASE("base64 is exactly that", "[http]") {
    CHECK(from_base64("") == "");
    CHECK(from_base64("YQ==") == "a");
    CHECK(from_base64("YWI=") == "ab");
    CHECK(from_base64("YWJj") == "abc");
    CHECK(from_base64("/+8=") == "\xff\xef");
    for (const std::string bad : {"Y", "YQ", "YQ=", "====", "Y===", "YQ==YQ==", "Y Q=", "YWJ-"}) {
        CAPTURE(bad);
        CHECK_FALSE(from_base64(bad));
    }
}

TEST_CASE("a token is found where senders can put it", "[http]") {
    CHECK(token_of_authorization("Bearer abc") == "abc");
    CHECK(token_of_authorization("bEARER   abc ") == "abc");
    CHECK(token_of_authorization("Basic YW55Ym9keTphOmI=") == "a:b");
    CHECK(token_of_authorization("basic OmFiYw==") == "abc");
    for (const std::string none : {"", "Bearer", "abc", "Digest abc", "Basic YWJj", "Basic !", "Basic"}) {
        CAPTURE(none);
        CHECK_FALSE(token_of_authorization(none));
    }
    CHECK(token_of_query("token=abc") == "abc");
    CHECK(token_of_query("a=b&token=a%20b+c%2F&token=d") == "a b+c/");
    CHECK(token_of_query("token=") == "");
    for (const std::string none : {"", "a=b", "xtoken=a", "Token=a", "token=%4", "token=%4x"}) {
        CAPTURE(none);
        CHECK_FALSE(token_of_query(none));
    }
}

TEST_CASE("several secrets are separated by commas, and none is empty", "[http]") {
    CHECK(parse_secrets("").value().empty());
    CHECK(parse_secrets(" new , old").value() == std::vector<std::string>{"new", "old"});
    CHECK(parse_secrets("a,b,c,d"));
    CHECK_FALSE(parse_secrets("a,b,c,d,e"));
    for (const std::string bad : {"a,", ",a", "a,,b", " ", ","}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_secrets(bad));
    }
    CHECK(parse_secrets(std::string(255, 'x')));
    CHECK_FALSE(parse_secrets(std::string(256, 'x')));
    CHECK(parse_webhook_secrets("whsec_YWJj,whsec_YQ==").value() == std::vector<std::string>{"abc", "a"});
    for (const std::string bad : {"YWJj", "whsec_", "whsec_YWJ", "whsec_YWJj,x", "WHSEC_YWJj"}) {
        CAPTURE(bad);
        const auto parsed = parse_webhook_secrets(bad);
        REQUIRE_FALSE(parsed);
        CHECK(parsed.error() == "must be whsec_ and base64 in each secret");
    }
}
