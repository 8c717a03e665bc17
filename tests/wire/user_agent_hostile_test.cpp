#include <string>

#include "streamstats/wire/user_agent.hpp"
#include "support/catch.hpp"

using streamstats::user_agent_class;
using streamstats::wire::classify;

namespace {

constexpr std::size_t one_megabyte = 1'000'000;

std::string repeated(std::string_view piece, std::size_t size) {
    std::string text;
    text.reserve(size + piece.size());
    while (text.size() < size) text += piece;
    return text;
}

}  // namespace

TEST_CASE("a User-Agent of a megabyte is judged by its beginning", "[user_agent]") {
    CHECK(classify("Roku/DVP-9.9 " + std::string(one_megabyte, 'x')) == user_agent_class::tv);
    CHECK(classify(std::string(one_megabyte, 'x') + " Roku/DVP-9.9") == user_agent_class::other);
}

TEST_CASE("text made to confuse a search has an answer", "[user_agent]") {
    for (const std::string_view piece : {"android", "Android ", "Android 9; ", "androi", "bobobot", "(((((", "stb stb ",
                                         ";;;;", "5555", "55A", "Build/Build/", "http://", "\xff\xfe", "iphon"}) {
        CAPTURE(piece);
        const auto answer = static_cast<unsigned>(classify(repeated(piece, one_megabyte)));
        CHECK(answer < streamstats::user_agent_class_count);
    }
}

TEST_CASE("a text that ends in the middle of a field has an answer", "[user_agent]") {
    const std::string whole = "Mozilla/5.0 (Linux; U; Android 9; en-us; AC-LED55Z900 Build/PI) AppleWebKit/537.36";
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        CAPTURE(size);
        const auto answer = static_cast<unsigned>(classify(whole.substr(0, size)));
        CHECK(answer < streamstats::user_agent_class_count);
    }
    CHECK(classify(whole) == user_agent_class::tv);
}

TEST_CASE("bytes that are no text do not hide the words between them", "[user_agent]") {
    using namespace std::string_literals;
    CHECK(classify("\0\0\0"s) == user_agent_class::other);
    CHECK(classify("\0Roku\0"s) == user_agent_class::tv);
    CHECK(classify("\xff\xfe\x80 Windows NT 10.0 \xc3"s) == user_agent_class::desktop);
    CHECK(classify("\xd0\x9f\xd0\xbe\xd0\xb4\xd0\xba\xd0\xb0\xd1\x81\xd1\x82/1 CFNetwork/1 Darwin/1"s) ==
          user_agent_class::ios);
    CHECK(classify("Mozilla/5.0 (Linux; Android 9; \xff\x80\x99)"s) == user_agent_class::android);
}
