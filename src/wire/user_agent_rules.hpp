// The form of the classifier's table; the table itself is user_agent_rules.cpp.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>

#include "streamstats/base/dimension.hpp"
#include "wire/user_agent_words.hpp"

namespace streamstats::wire {

// Where words are looked for: in the whole text, or in the model that an Android player names (user_agent_model.hpp).
enum class part : std::uint8_t { text, model };

// What a rule may ask for beside words of its own.
enum class fact : std::uint8_t {
    says_android,    // in one of its spellings
    apple_network,   // the library that the apps of every Apple system send their requests with
    mac,             // a Mac by its name, its system or a processor that no phone has
    not_a_robot,     // a program for people that looks like a robot
    television,      // names an app platform of televisions
    operator_model,  // the model names a pay-TV or internet operator
    box_model,       // the model calls itself box, TV, stick, LED …
    screen_size,     // the model begins with the diagonal of a television; told by its shape, not by words
};
inline constexpr std::size_t fact_count = 8;

constexpr word_marks mark_of(fact f) {
    return word_marks{1} << static_cast<unsigned>(f);
}

struct condition {
    word_marks all = 0;   // every one of these facts holds
    word_marks none = 0;  // none of these does

    constexpr condition unless(std::initializer_list<fact> facts) const {
        condition narrowed = *this;
        for (const fact f : facts) narrowed.none |= mark_of(f);
        return narrowed;
    }
    constexpr bool holds(word_marks found) const { return (found & all) == all && (found & none) == 0; }
};

constexpr condition when(std::initializer_list<fact> facts) {
    condition result;
    for (const fact f : facts) result.all |= mark_of(f);
    return result;
}
inline constexpr condition always{};

struct fact_words {
    fact which;
    part where;
    word_list words;
};

struct rule {
    user_agent_class result;
    part where;
    word_list words;  // one of them occurs; empty: the condition alone decides
    condition given = always;
};

std::span<const fact_words> user_agent_facts();
std::span<const rule> user_agent_rules();

}  // namespace streamstats::wire
