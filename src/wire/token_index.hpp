// Where the tokens of a JSON text begin.
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace streamstats::wire {

// Found by the first stage of simdjson, which works on any text, with or without room behind it. A token is a bracket,
// a comma, a colon, or the beginning of a string or of what can only be a number or a word; white space may follow it.
// The buffers are used again for the next text.
class token_index {
public:
    // What is checked: UTF-8, that strings are closed, and that control characters in them are escaped.
    simdjson::error_code index(std::string_view text);

    // Of the text that was indexed: at least one, ascending. Behind the last the size of the text may be read as well.
    [[nodiscard]] std::span<const std::uint32_t> tokens() const {
        return {stage_->structural_indexes.get(), stage_->n_structural_indexes};
    }

    // Gives back what an unusually large text took.
    void trim();

private:
    std::unique_ptr<simdjson::internal::dom_parser_implementation> stage_;
    std::size_t capacity_ = 0;  // bytes of text
};

}  // namespace streamstats::wire
