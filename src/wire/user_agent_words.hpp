// Which of some lists of words occur in a text, all lists in one pass: one step a byte, however many words there are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace streamstats::wire {

// Words of the form  first | second | third.  Blanks beside a bar do not count, those inside a word do; a letter stands
// for its capital too. Marks at the ends of a word:
//   <bot   the letter or digit before is none          bot>   the one after is none
//   ^vlc   the text begins here                        mag#   a digit follows
using word_list = std::string_view;

// Bit i stands for list i.
using word_marks = std::uint64_t;
inline constexpr std::size_t word_lists_max = 64;

// Immutable once built; any thread.
class word_search {
public:
    // Throws std::invalid_argument for a list that cannot be searched for: too many lists, too many letters, an empty
    // word.
    explicit word_search(std::span<const word_list> lists);

    // The lists of which a word occurs in the text.
    word_marks find(std::string_view text) const;

    // How much there is to search for, for those who measure.
    std::size_t word_count() const { return words_.size(); }
    std::size_t state_count() const { return next_.size() / row_size; }

private:
    static constexpr std::size_t row_size = 64;          // kinds of characters told apart, a power of two
    static constexpr std::uint16_t reports = 0x8000;     // set in a step that completes a word
    static constexpr std::uint16_t state_mask = 0x7fff;  // the state in a step

    struct word {
        word_marks lists = 0;
        std::uint16_t length = 0;
        bool at_text_start = false;
        bool at_word_start = false;
        bool at_word_end = false;
        bool before_digit = false;
    };

    // Words that end in a state: a slice of ending_.
    struct slice {
        std::uint32_t first = 0;
        std::uint32_t count = 0;
    };

    void add(std::string_view spelling, word_marks list, std::vector<std::vector<std::uint32_t>>& ends);
    std::uint8_t code_for(char letter);
    void link(std::vector<std::vector<std::uint32_t>>& ends);
    void flag_reporting_steps(const std::vector<std::vector<std::uint32_t>>& ends);
    word_marks marks_at(std::size_t state, std::string_view text, std::size_t end) const;

    std::array<std::uint8_t, 256> codes_{};  // 0: in no word
    std::uint8_t code_count_ = 1;
    std::vector<std::uint16_t> next_;  // rows of row_size steps
    std::vector<slice> endings_of_;    // by state
    std::vector<std::uint32_t> endings_;
    std::vector<word> words_;
};

}  // namespace streamstats::wire
