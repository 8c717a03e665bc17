#include "wire/user_agent_words.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "wire/user_agent_rules.hpp"

using namespace streamstats::wire;

namespace {

bool occurs(word_list words, std::string_view text) {
    const std::vector<word_list> lists{words};
    return word_search(lists).find(text) == 1;
}

}  // namespace

TEST_CASE("a word is found wherever it stands, in capitals too", "[user_agent]") {
    CHECK(occurs("roku", "roku"));
    CHECK(occurs("roku", "a ROKU b"));
    CHECK(occurs("roku", "xrokux"));
    CHECK(occurs("ROKU", "roku"));
    CHECK_FALSE(occurs("roku", "rok u"));
    CHECK_FALSE(occurs("roku", ""));
}

TEST_CASE("blanks beside a bar do not belong to the word, those inside do", "[user_agent]") {
    CHECK(occurs("  apple tv  |roku ", "(Apple TV)"));
    CHECK(occurs("  apple tv  |roku ", "roku"));
    CHECK_FALSE(occurs("apple tv", "appletv"));
}

TEST_CASE("the marks < and > want the word to begin and to end there", "[user_agent]") {
    CHECK(occurs("<bot>", "bot"));
    CHECK(occurs("<bot>", "a-bot/1"));
    CHECK_FALSE(occurs("<bot", "robot"));
    CHECK_FALSE(occurs("bot>", "botany"));
    CHECK_FALSE(occurs("bot>", "bot9"));
    CHECK(occurs("bot>", "robot_"));
}

TEST_CASE("the mark ^ wants the text to begin there, the mark # a digit to follow", "[user_agent]") {
    CHECK(occurs("^vlc", "VLC/9"));
    CHECK_FALSE(occurs("^vlc", "xVLC/9"));
    CHECK(occurs("mag#", "MAG254"));
    CHECK_FALSE(occurs("mag#", "MAGIC"));
    CHECK_FALSE(occurs("mag#", "MAG"));
}

TEST_CASE("words that begin or end alike are told apart, each by its list", "[user_agent]") {
    const std::vector<word_list> lists{"he", "she | hers", "his", "e"};
    const word_search words(lists);
    CHECK(words.find("ushers") == 0b1011);
    CHECK(words.find("his") == 0b0100);
    CHECK(words.find("hi") == 0);
    CHECK(words.word_count() == 5);
}

TEST_CASE("lists that cannot be searched for are refused", "[user_agent]") {
    const std::vector<word_list> too_many(word_lists_max + 1, "a");
    CHECK_THROWS_AS(word_search(too_many), std::invalid_argument);
    CHECK_NOTHROW(word_search(std::span(too_many).first(word_lists_max)));

    const std::vector<word_list> empty_word{"a | | b"};
    CHECK_THROWS_AS(word_search(empty_word), std::invalid_argument);

    std::string every_byte;
    for (int c = 1; c < 256; ++c) every_byte += static_cast<char>(c);
    const std::vector<word_list> too_many_letters{every_byte};
    CHECK_THROWS_AS(word_search(too_many_letters), std::invalid_argument);
}

TEST_CASE("every word of the table is in small letters and ends its list properly", "[user_agent]") {
    for (const rule& each : user_agent_rules()) {
        CAPTURE(each.words);
        CHECK(each.words.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == word_list::npos);
        CHECK_FALSE(each.words.ends_with('|'));
        CHECK_FALSE(each.words.starts_with('|'));
    }
}
