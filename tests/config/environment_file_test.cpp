#include "config/environment_file.hpp"

#include <optional>

#include "support/catch.hpp"

using namespace streamstats::config;

namespace {

// The value of the only assignment in `text`.
std::optional<std::string> value_of(std::string_view text) {
    const parsed_file parsed = parse_environment_file(text);
    if (!parsed.errors.empty() || parsed.assignments.size() != 1) return std::nullopt;
    return parsed.assignments.front().value;
}

}  // namespace

TEST_CASE("a line is a name and a value, and knows its number", "[config]") {
    const parsed_file parsed =
        parse_environment_file("# a comment\n\n; another\nFIRST=1\n  SECOND = two words \nLAST=3");
    CHECK(parsed.errors.empty());
    REQUIRE(parsed.assignments.size() == 3);
    CHECK(parsed.assignments[0].name == "FIRST");
    CHECK(parsed.assignments[0].line == 4);
    CHECK(parsed.assignments[1].name == "SECOND");
    CHECK(parsed.assignments[1].value == "two words");
    CHECK(parsed.assignments[1].line == 5);
    CHECK(parsed.assignments[2].value == "3");
}

TEST_CASE("unquoted values keep inner quotes, inner blanks and number signs", "[config]") {
    CHECK(value_of("A=") == "");
    CHECK(value_of("A=  x \t \r\n") == "x");
    CHECK(value_of("A=it's #1; \"really\"") == "it's #1; \"really\"");
    CHECK(value_of("A=a=b") == "a=b");
}

TEST_CASE("a backslash keeps the next character, and joins lines at the end of one", "[config]") {
    CHECK(value_of(R"(A=a\\b\"c\ )") == "a\\b\"c ");
    CHECK(value_of("A=one \\\ntwo") == "one two");
    CHECK(value_of("A=end\\") == "end\\");
}

TEST_CASE("single quotes keep everything, over lines too", "[config]") {
    CHECK(value_of("A='a \\n \"b\" $c '") == "a \\n \"b\" $c ");
    CHECK(value_of("A='one\ntwo'\n") == "one\ntwo");
    CHECK(value_of("A=''") == "");
}

TEST_CASE("double quotes know four escapes and the joining of lines", "[config]") {
    CHECK(value_of(R"(A="a\"b\\c\`d\$e\f")") == R"(a"b\c`d$e\f)");
    CHECK(value_of("A=\"one \\\ntwo\"") == "one two");
    CHECK(value_of("A=\"one\"  'two'  three ") == "onetwothree");
}

TEST_CASE("the line after a value that spans lines is counted right", "[config]") {
    const parsed_file parsed = parse_environment_file("A='1\n2'\nB=\\\nx\nC=y\n");
    REQUIRE(parsed.assignments.size() == 3);
    CHECK(parsed.assignments[1].line == 3);
    CHECK(parsed.assignments[2].line == 5);
}

TEST_CASE("what is no assignment is an error that names its line, and the rest is still read", "[config]") {
    const parsed_file parsed = parse_environment_file("A=1\nnonsense\n2B=x\n=y\nC=3\nD=\"open\nE=5\n");
    REQUIRE(parsed.errors.size() == 4);
    CHECK(parsed.errors[0] == "line 2: is not NAME=VALUE");
    CHECK(parsed.errors[1].starts_with("line 3: "));
    CHECK(parsed.errors[2].starts_with("line 4: "));
    CHECK(parsed.errors[3] == "line 6: has a quote that is not closed");
    CHECK(parsed.assignments.size() == 3);
}
