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

TEST_CASE("an acknowledgement says the same whether it is made in one piece or in many", "[http]") {
    answer reply;
    reply.body = R"({"status":"ok"})";
    std::ostringstream many;
    many << make_reply(reply, true, true);
    const std::string one = acknowledgement(reply.body);
    CHECK(sorted_lines(one) == sorted_lines(many.str()));
    CHECK(one.starts_with("HTTP/1.1 200 OK\r\nDate: "));
    CHECK(one.ends_with("\r\n\r\n" + reply.body));
}
