#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "config/environment_file.hpp"
#include "config/options.hpp"
#include "streamstats/config/load.hpp"
#include "support/catch.hpp"

using namespace streamstats::config;

TEST_CASE("config/streamstats.env is what `streamstatsd check --print-defaults` writes", "[config]") {
    std::ifstream file(std::filesystem::path(STREAMSTATS_SOURCE_DIR) / "config" / "streamstats.env");
    REQUIRE(file);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    CHECK(text == defaults_file());
}

TEST_CASE("the file of defaults changes nothing, and with every line turned on each variable is its default",
          "[config]") {
    CHECK(parse_environment_file(defaults_file()).assignments.empty());
    const std::string turned_on = std::regex_replace(defaults_file(), std::regex("\n#STREAM_"), "\nSTREAM_");
    const parsed_file parsed = parse_environment_file(turned_on);
    CHECK(parsed.errors.empty());
    REQUIRE(parsed.assignments.size() == options().size());
    for (std::size_t i = 0; i < options().size(); ++i) {
        CHECK(parsed.assignments[i].name == options()[i].name);
        CHECK(parsed.assignments[i].value == text_of(options()[i], settings{}));
    }
}
