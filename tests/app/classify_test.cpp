#include <sstream>

#include "app/commands.hpp"
#include "streamstats/wire/user_agent.hpp"
#include "support/catch.hpp"

using namespace streamstats;

namespace {

std::string classified(const std::string& text) {
    std::istringstream in(text);
    std::ostringstream out;
    CHECK(app::classify_lines(in, out) == app::exit_ok);
    return out.str();
}

}  // namespace

TEST_CASE("each line of input gets one line of output, whatever is in it", "[app]") {
    CHECK(classified("").empty());
    CHECK(classified("\n") == "other\n");
    CHECK(classified("\xff\xfe\n\n") == "other\nother\n");
    const std::string phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)";
    const std::string expected = std::string(name_of(wire::classify(phone))) + "\n";
    CHECK(classified(phone) == expected);
    CHECK(classified(phone + "\r\n") == expected);
}

TEST_CASE("long input is answered in full and in order", "[app]") {
    std::string text;
    for (int i = 0; i < 50'000; ++i) text += "\n";
    std::string expected;
    for (int i = 0; i < 50'000; ++i) expected += "other\n";
    CHECK(classified(text) == expected);
}
