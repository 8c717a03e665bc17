#include "telemetry/line_text.hpp"

#include <nlohmann/json.hpp>
#include <vector>

#include "support/catch.hpp"

using namespace streamstats::telemetry;

namespace {

nlohmann::json parsed(std::string_view event, const std::vector<log_field>& fields) {
    return nlohmann::json::parse("{" + json_members(event, fields) + "}");
}

}  // namespace

TEST_CASE("a text line is the sentence, then each field by name", "[telemetry]") {
    const std::vector<log_field> fields{{"database", "mysql at db:3306"}, {"attempt", "3"}};
    CHECK(text_line("store is away", fields) == R"(store is away database="mysql at db:3306" attempt=3)");
    CHECK(text_line("ready", {}) == "ready");
    const std::vector<log_field> empty{{"value", ""}};
    CHECK(text_line("empty", empty) == R"(empty value="")");
}

TEST_CASE("JSON members read back as what was logged", "[telemetry]") {
    const std::string hostile = "a\"b\\c\nd\re\tf\x01 ünï — 'x' %s {}";
    const auto json = parsed("store is away", {{"reason", hostile}});
    CHECK(json["event"] == "store is away");
    CHECK(json["reason"] == hostile);
}

TEST_CASE("a value cannot begin a new line, move the cursor or turn the direction of text", "[telemetry]") {
    for (const std::string value :
         {"\n", "\r", "\x1b[2J", "\x7f", "\u009b2J", "\u202e", "\u2028", "\u200f", "\u2066"}) {
        CAPTURE(value);
        const std::string line = quoted_text(value);
        CHECK(line.find(value.front()) == std::string::npos);
        CHECK(nlohmann::json::parse(line) == value);
    }
    CHECK(quoted_text(std::string_view("\0", 1)) == R"("\u0000")");
}

TEST_CASE("letters of every script stay readable", "[telemetry]") {
    CHECK(quoted_text("Первый 一 🎬") == "\"Первый 一 🎬\"");
}

TEST_CASE("bytes that are not UTF-8 are replaced, so that the line stays valid", "[telemetry]") {
    for (const std::string bad : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xe2\x82", "\xf4\x90\x80\x80", "\x80"}) {
        CHECK(nlohmann::json::parse(quoted_text("a" + bad + "b")).get<std::string>().find("a\uFFFD") == 0);
    }
}

TEST_CASE("a field over its limit is cut, and says so", "[telemetry]") {
    CHECK(quoted_text(std::string(field_bytes_max - 2, 'x')).find("…") == std::string::npos);
    const std::string cut = quoted_text(std::string(100'000, 'x'));
    CHECK(cut.size() < field_bytes_max + 10);
    CHECK(cut.ends_with("…\""));
    CHECK(quoted_text(std::string(100'000, '\xff')).size() < field_bytes_max + 10);
    const std::vector<log_field> plain{{"value", std::string(100'000, 'x')}};
    CHECK(text_line("long", plain).size() < field_bytes_max + 30);
}
