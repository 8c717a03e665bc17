#include "http/web_files.hpp"

#include <algorithm>
#include <regex>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::http;

namespace {

answer answered(std::string_view path, const file_wishes& wishes = {}) {
    byte_budget budget{1'000'000};
    byte_claim claim{budget};
    return web_file_answer(path, wishes, claim);
}

std::string tag_of(std::string_view path) {
    return answered(path).etag;
}

unsigned status_if_none_match(const std::string& field) {
    return answered("/", {field, {}}).status;
}

// What `pattern` finds in a file, its first group.
std::vector<std::string> found_in(std::string_view path, const std::string& pattern) {
    const std::string text = answered(path).body;
    const std::regex expression{pattern};
    std::vector<std::string> all;
    for (std::sregex_iterator each{text.begin(), text.end(), expression}, end; each != end; ++each)
        all.push_back((*each)[1]);
    return all;
}

}  // namespace

TEST_CASE("every file is there whole, in both forms, with a type and a tag of its own", "[http]") {
    REQUIRE(web_files().size() > 5);
    for (const web_file& file : web_files()) {
        CAPTURE(file.path);
        const answer plain = answered(file.path);
        CHECK(plain.status == 200);
        CHECK(plain.body.size() == file.bytes);
        CHECK(plain.content_encoding.empty());
        const answer packed = answered(file.path, {{}, "gzip"});
        CHECK(packed.body == file.gzip);
        CHECK(packed.content_encoding == "gzip");
        CHECK(packed.content_type == plain.content_type);
        CHECK(packed.etag != plain.etag);
    }
    CHECK(answered("/").content_type == "text/html; charset=utf-8");
    CHECK(answered("/assets/dygraph.min.js").content_type == "text/javascript; charset=utf-8");
}

TEST_CASE("what the page and its scripts load is there, and comes from nowhere else", "[http]") {
    const auto named = found_in("/", "(?:src|href)=\"(assets/[^\"]+)\"");
    CHECK(named.size() > 5);
    for (const std::string& path : named) CHECK(answered("/" + path).status == 200);
    CHECK(found_in("/", "(https?:)").empty());
    for (const web_file& file : web_files()) {
        for (const std::string& name : found_in(file.path, "from '\\./([a-z_]+\\.js)';")) {
            CAPTURE(file.path, name);
            CHECK(answered("/assets/" + name).status == 200);
            // Fetched at once, not one after the other.
            CHECK(std::count(named.begin(), named.end(), "assets/" + name) == 1);
        }
    }
}

TEST_CASE("the page helps somebody whose browser runs no scripts", "[http]") {
    const std::string page = answered("/").body;
    const std::string without =
        page.substr(page.find("<noscript>"), page.find("</noscript>") - page.find("<noscript>"));
    for (const std::string path : {"health", "stats/active", "metrics", "openapi.json"})
        CHECK(without.find("href=\"" + path + "\"") != std::string::npos);
}

TEST_CASE("a file that the client has already is not sent again", "[http]") {
    const std::string tag = tag_of("/");
    for (const std::string& field : {tag, "W/" + tag, "\"other\", " + tag, tag + ",\"other\"", std::string{"*"}}) {
        CAPTURE(field);
        CHECK(status_if_none_match(field) == 304);
    }
    for (const std::string& field :
         {std::string{}, std::string{"\"other\""}, tag.substr(0, 5), tag_of("/assets/app.js")}) {
        CAPTURE(field);
        CHECK(status_if_none_match(field) == 200);
    }
    const answer packed = answered("/", {tag, "gzip"});
    CHECK(packed.status == 200);
    const answer same = answered("/", {packed.etag, "gzip"});
    CHECK(same.status == 304);
    CHECK(same.body.empty());
}

TEST_CASE("gzip is sent to those who name it, unless with a weight of 0", "[http]") {
    for (const std::string_view field :
         {"gzip", "GZIP", "br, gzip", "x-gzip", "*", "gzip;q=0.5", "gzip ; q=1.0, br", "deflate;q=0, *;q=0.1"}) {
        CAPTURE(field);
        CHECK(accepts_gzip(field));
    }
    for (const std::string_view field : {"", "identity", "br", "gzip;q=0", "gzip; q=0.000", "gzipped", ",", "q=1"}) {
        CAPTURE(field);
        CHECK_FALSE(accepts_gzip(field));
    }
}

TEST_CASE("what does not fit into the memory for requests is asked for again later", "[http]") {
    byte_budget budget{10};
    byte_claim claim{budget};
    const answer reply = web_file_answer("/assets/app.js", {}, claim);
    CHECK(reply.status == 503);
    CHECK(reply.retry_after);
}

TEST_CASE("there are no other files", "[http]") {
    for (const std::string_view path :
         {"/assets/index.html", "/assets/../app.js", "/assets/", "/app.js", "/assets/APP.js"})
        CHECK(answered(path).status == 404);
}
