#include "streamstats/wire/user_agent.hpp"

#include <bit>
#include <span>
#include <vector>

#include "wire/user_agent_model.hpp"
#include "wire/user_agent_rules.hpp"
#include "wire/user_agent_words.hpp"

namespace streamstats::wire {
namespace {

// Longer than the User-Agent of any real player, and a bound on what a hostile one costs.
constexpr std::size_t text_read_max = 2048;

// The words that are looked for in one part of the text, as list i for mark i: first the facts, then the rules.
std::vector<word_list> lists_of(part where) {
    std::vector<word_list> lists(fact_count);
    for (const fact_words& told : user_agent_facts()) {
        if (told.where == where) lists[static_cast<std::size_t>(told.which)] = told.words;
    }
    for (const rule& each : user_agent_rules()) lists.push_back(each.where == where ? each.words : word_list{});
    return lists;
}

// The table of user_agent_rules.cpp with everything worked out that does not depend on the text.
class classifier {
public:
    classifier() {
        word_marks mark = word_marks{1} << fact_count;
        for (const rule& each : rules_) {
            if (each.words.empty()) wordless_ |= mark;
            mark <<= 1;
        }
    }

    user_agent_class classify(std::string_view text) const {
        const word_marks found = words_.find(text) | wordless_;
        return first_match((found & mark_of(fact::says_android)) == 0 ? found : found | marks_of_model(text));
    }

private:
    word_marks marks_of_model(std::string_view text) const {
        const std::string_view model = model_of(text);
        return model_words_.find(model) | (names_screen_size(model) ? mark_of(fact::screen_size) : word_marks{0});
    }

    user_agent_class first_match(word_marks found) const {
        for (word_marks left = found >> fact_count; left != 0; left &= left - 1) {
            const rule& candidate = rules_[static_cast<std::size_t>(std::countr_zero(left))];
            if (candidate.given.holds(found)) return candidate.result;
        }
        return user_agent_class::other;
    }

    std::span<const rule> rules_ = user_agent_rules();
    word_search words_{lists_of(part::text)};
    word_search model_words_{lists_of(part::model)};
    word_marks wordless_ = 0;
};

}  // namespace

user_agent_class classify(std::string_view user_agent) {
    static const classifier table;
    return table.classify(user_agent.substr(0, text_read_max));
}

}  // namespace streamstats::wire
