#include "app/data_directory.hpp"

#include <fstream>
#include <string>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace streamstats;
using namespace streamstats::app;
using streamstats::testing::temporary_directory;

namespace {

data_directory locked(const std::filesystem::path& path) {
    auto directory = data_directory::lock(path);
    if (!directory) FAIL(directory.error().what);
    return std::move(directory.value());
}

std::string text_of(const std::filesystem::path& path) {
    std::string text;
    std::getline(std::ifstream(path), text, '\0');
    return text;
}

}  // namespace

TEST_CASE("a directory that is not there is made", "[app]") {
    const temporary_directory temporary;
    const data_directory directory = locked(temporary.path() / "deep" / "data");
    CHECK(std::filesystem::is_directory(directory.path()));
}

TEST_CASE("a second daemon on one data directory is told who works there, until the first one is gone", "[app]") {
    const temporary_directory temporary;
    {
        const data_directory first = locked(temporary.path());
        const auto second = data_directory::lock(temporary.path());
        REQUIRE_FALSE(second);
        CHECK(second.error().what == "another streamstatsd (process " + std::to_string(::getpid()) + ") works in " +
                                         temporary.path().string());
        CHECK_FALSE(second.error().hint.empty());
    }
    CHECK(data_directory::lock(temporary.path()));
}

TEST_CASE("a data directory that cannot be made is a failure that names it", "[app]") {
    const temporary_directory temporary;
    std::ofstream(temporary.path() / "file") << "x";
    const auto directory = data_directory::lock(temporary.path() / "file" / "data");
    REQUIRE_FALSE(directory);
    CHECK(directory.error().what.find((temporary.path() / "file" / "data").string()) != std::string::npos);
}

TEST_CASE("the secret is made once, kept from others, and found again", "[app]") {
    const temporary_directory temporary;
    const data_directory directory = locked(temporary.path());
    auto made = installation_secret(directory);
    REQUIRE(made);
    CHECK(made.value().just_made);
    const auto file = temporary.path() / "secret";
    CHECK(std::filesystem::status(file).permissions() ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    CHECK(text_of(file) == made.value().value.to_hex() + "\n");
    CHECK_FALSE(std::filesystem::exists(temporary.path() / "secret.tmp"));

    auto found = installation_secret(directory);
    REQUIRE(found);
    CHECK_FALSE(found.value().just_made);
    CHECK(found.value().value.to_hex() == made.value().value.to_hex());
}

TEST_CASE("two installations have two secrets", "[app]") {
    const temporary_directory one;
    const temporary_directory two;
    const auto first = installation_secret(locked(one.path()));
    const auto second = installation_secret(locked(two.path()));
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first.value().value.to_hex() != second.value().value.to_hex());
}

TEST_CASE("a damaged secret is a failure and stays as it is", "[app]") {
    const temporary_directory temporary;
    const data_directory directory = locked(temporary.path());
    std::ofstream(temporary.path() / "secret") << "half of a sec";
    CHECK_FALSE(installation_secret(directory));
    CHECK(text_of(temporary.path() / "secret") == "half of a sec");
}

TEST_CASE("a secret that the store kept takes the place of ours, also over the rest of a crash", "[app]") {
    const temporary_directory temporary;
    const data_directory directory = locked(temporary.path());
    REQUIRE(installation_secret(directory));
    std::ofstream(temporary.path() / "secret.tmp") << "cut off";
    const std::string other(64, 'a');
    REQUIRE(keep_secret(directory, other));
    CHECK(text_of(temporary.path() / "secret") == other + "\n");
    CHECK_FALSE(keep_secret(directory, "not hexadecimal"));
}
