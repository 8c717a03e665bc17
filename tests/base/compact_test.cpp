#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "streamstats/base/compact_optional.hpp"
#include "streamstats/base/text_ref.hpp"
#include "streamstats/base/time.hpp"
#include "support/catch.hpp"

using namespace streamstats;

TEST_CASE("a text_ref is the text that it was made of, however long that is", "[base]") {
    std::vector<std::string> texts;
    for (const std::size_t size : {0U, 1U, 255U, 65'535U, 65'536U, 1'000'000U}) texts.emplace_back(size, 'x');
    for (const std::string& text : texts) {
        const text_ref ref = text;
        CHECK(ref.size() == text.size());
        CHECK(ref.empty() == text.empty());
        CHECK(ref.data() == text.data());
        CHECK(ref == text);
        CHECK(ref == text_ref(std::string(text)));
        CHECK_FALSE(ref == text + "x");
    }
    CHECK(text_ref().empty());
    CHECK(text_ref() == "");
    CHECK(text_ref("news") == "news");
    CHECK_FALSE(text_ref("news") == text_ref("arts"));
    CHECK(sizeof(text_ref) == 10);
}

TEST_CASE("a compact optional is none or its value, of which nought is one", "[base]") {
    compact_optional<std::uint64_t> number;
    CHECK_FALSE(number);
    CHECK(number.value_or(7) == 7);
    CHECK(std::optional<std::uint64_t>(number) == std::nullopt);
    number = 0;
    REQUIRE(number);
    CHECK(*number == 0);
    CHECK(number.value_or(7) == 0);
    CHECK(std::optional<std::uint64_t>(number) == 0U);
    number.reset();
    CHECK(number == std::nullopt);
    number = std::optional<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    CHECK(*number == std::numeric_limits<std::int64_t>::max());

    compact_optional<instant> when;
    CHECK_FALSE(when);
    for (const instant t : {instant{}, instant{milliseconds{-1}}, instant_max}) {
        when = t;
        CHECK(when == t);
        CHECK(*when == t);
    }
    when = std::nullopt;
    CHECK_FALSE(when);
}
