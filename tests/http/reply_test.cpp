// The bytes of answers.
#include "http/reply.hpp"

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace streamstats::http;

namespace {

// The lines in the order of the alphabet: that of fields means nothing. The date may be a second younger in one of
// them.
std::string sorted_lines(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in{text};
    for (std::string line; std::getline(in, line);) {
        if (!line.starts_with("Date: ")) lines.push_back(line);
    }
    std::sort(lines.begin(), lines.end());
    std::string joined;
    for (const std::string& line : lines) joined += line + "\n";
    return joined;
}

}  // namespace

TEST_CASE("a brief answer says the same whether it is made in one piece or in many", "[http]") {
    answer taken;
    taken.body = R"({"status":"ok"})";
    refusal later = refused(503, "overloaded");
    later.retry_after = streamstats::seconds{2};
    for (const answer& reply : {taken, to_answer(later), to_answer(refused(404, "nothing there"))}) {
        REQUIRE(is_brief(reply));
        std::ostringstream many;
        many << make_reply(reply, true, true);
        std::string one;
        append_brief(reply, one);
        CHECK(sorted_lines(one) == sorted_lines(many.str()));
        CHECK(one.starts_with("HTTP/1.1 " + std::to_string(reply.status) + " "));
        CHECK(one.ends_with("\r\n\r\n" + reply.body));
    }
}

TEST_CASE("an answer with a field of its own, or that is long, is not brief", "[http]") {
    const auto brief = [](auto change) {
        answer reply;
        reply.body = "{}";
        change(reply);
        return is_brief(reply);
    };
    CHECK(brief([](answer&) {}));
    CHECK_FALSE(brief([](answer& a) { a.status = 204; }));
    CHECK_FALSE(brief([](answer& a) { a.status = 304; }));
    CHECK_FALSE(brief([](answer& a) { a.content_type = metrics_type; }));
    CHECK_FALSE(brief([](answer& a) { a.body = std::string(5'000, ' '); }));
    CHECK_FALSE(brief([](answer& a) { a.allow = "GET"; }));
    CHECK_FALSE(brief([](answer& a) { a.challenges = {"Bearer"}; }));
    CHECK_FALSE(brief([](answer& a) { a.content_policy = "default-src 'none'"; }));
    CHECK_FALSE(brief([](answer& a) { a.cache_control = "max-age=60"; }));
    CHECK_FALSE(brief([](answer& a) { a.content_encoding = "gzip"; }));
    CHECK_FALSE(brief([](answer& a) { a.etag = "\"1\""; }));
}

TEST_CASE("refusals that differ have texts that differ, whichever came before", "[http]") {
    const refusal one = refused(503, "overloaded");
    const refusal other = refused(400, "broken", "body", "must be JSON");
    const std::string text = to_answer(one).body;
    CHECK(text.find("overloaded") != std::string::npos);
    CHECK(to_answer(other).body.find("must be JSON") != std::string::npos);
    CHECK(to_answer(one).body == text);
    CHECK(to_answer(refused(500, "overloaded")).body != text);
    CHECK(to_answer(refused(503, "overloaded", "body")).body != text);
}
