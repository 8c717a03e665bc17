// The automaton of Aho and Corasick, with every step worked out beforehand.
#include "wire/user_agent_words.hpp"

#include <stdexcept>
#include <string>

namespace streamstats::wire {
namespace {

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

constexpr bool is_letter_or_digit(char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z');
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

bool take_front(std::string_view& text, char mark) {
    if (!text.starts_with(mark)) return false;
    text.remove_prefix(1);
    return true;
}

bool take_back(std::string_view& text, char mark) {
    if (!text.ends_with(mark)) return false;
    text.remove_suffix(1);
    return true;
}

}  // namespace

word_search::word_search(std::span<const word_list> lists) {
    if (lists.size() > word_lists_max) throw std::invalid_argument("more word lists than bits to report them in");
    std::vector<std::vector<std::uint32_t>> ends(1);
    next_.resize(row_size);
    for (std::size_t i = 0; i < lists.size(); ++i) {
        for (word_list rest = lists[i]; !rest.empty();) {
            const auto bar = rest.find('|');
            add(trimmed(rest.substr(0, bar)), word_marks{1} << i, ends);
            rest = bar == word_list::npos ? word_list{} : rest.substr(bar + 1);
        }
    }
    link(ends);
    flag_reporting_steps(ends);
}

void word_search::add(std::string_view spelling, word_marks list, std::vector<std::vector<std::uint32_t>>& ends) {
    word added;
    added.lists = list;
    added.at_text_start = take_front(spelling, '^');
    added.at_word_start = take_front(spelling, '<');
    added.at_word_end = take_back(spelling, '>');
    added.before_digit = take_back(spelling, '#');
    added.length = static_cast<std::uint16_t>(spelling.size());
    if (spelling.empty()) throw std::invalid_argument("an empty word in a word list");

    std::size_t state = 0;
    for (const char letter : spelling) {
        const std::size_t step = state * row_size + code_for(letter);
        if (next_[step] == 0) {
            if (ends.size() > state_mask) throw std::invalid_argument("more words than the search has states for");
            next_[step] = static_cast<std::uint16_t>(ends.size());
            ends.emplace_back();
            next_.resize(next_.size() + row_size);
        }
        state = next_[step];
    }
    ends[state].push_back(static_cast<std::uint32_t>(words_.size()));
    words_.push_back(added);
}

std::uint8_t word_search::code_for(char letter) {
    auto& code = codes_[static_cast<unsigned char>(lower(letter))];
    if (code == 0) {
        if (code_count_ == row_size) throw std::invalid_argument("more kinds of letters than the search tells apart");
        code = code_count_++;
        if (lower(letter) >= 'a' && lower(letter) <= 'z') {
            codes_[static_cast<unsigned char>(lower(letter) - 'a' + 'A')] = code;
        }
    }
    return code;
}

// Breadth first: the state to fall back to is shallower, so its steps and its words are complete when they are needed.
void word_search::link(std::vector<std::vector<std::uint32_t>>& ends) {
    std::vector<std::uint16_t> fallback(ends.size());
    std::vector<std::uint16_t> queue{0};
    for (std::size_t done = 0; done < queue.size(); ++done) {
        const std::size_t state = queue[done];
        for (std::size_t code = 0; code < row_size; ++code) {
            std::uint16_t& step = next_[state * row_size + code];
            const std::uint16_t shorter = state == 0 ? std::uint16_t{0} : next_[fallback[state] * row_size + code];
            if (step == 0) {
                step = shorter;
                continue;
            }
            fallback[step] = shorter;
            ends[step].insert(ends[step].end(), ends[shorter].begin(), ends[shorter].end());
            queue.push_back(step);
        }
    }
}

void word_search::flag_reporting_steps(const std::vector<std::vector<std::uint32_t>>& ends) {
    for (const auto& here : ends) {
        endings_of_.push_back({static_cast<std::uint32_t>(endings_.size()), static_cast<std::uint32_t>(here.size())});
        endings_.insert(endings_.end(), here.begin(), here.end());
    }
    for (std::uint16_t& step : next_) {
        if (!ends[step].empty()) step |= reports;
    }
}

word_marks word_search::find(std::string_view text) const {
    word_marks found = 0;
    std::size_t state = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::uint16_t step = next_[state * row_size + codes_[static_cast<unsigned char>(text[i])]];
        state = step & state_mask;
        if ((step & reports) != 0) found |= marks_at(state, text, i + 1);
    }
    return found;
}

word_marks word_search::marks_at(std::size_t state, std::string_view text, std::size_t end) const {
    word_marks found = 0;
    const char after = end < text.size() ? text[end] : '\0';
    for (const std::uint32_t index : std::span(endings_).subspan(endings_of_[state].first, endings_of_[state].count)) {
        const word& candidate = words_[index];
        const std::size_t start = end - candidate.length;
        if (candidate.at_text_start && start != 0) continue;
        if (candidate.at_word_start && start != 0 && is_letter_or_digit(text[start - 1])) continue;
        if (candidate.at_word_end && is_letter_or_digit(after)) continue;
        if (candidate.before_digit && !is_digit(after)) continue;
        found |= candidate.lists;
    }
    return found;
}

}  // namespace streamstats::wire
