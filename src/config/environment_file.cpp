#include "environment_file.hpp"

#include <algorithm>

namespace streamstats::config {
namespace {

constexpr bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

bool is_name(std::string_view text) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    return !text.empty() && is_letter(text.front()) &&
           std::ranges::all_of(text, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

class parser {
public:
    explicit parser(std::string_view text) : text_(text) {}

    parsed_file run() {
        while (!at_end()) one_line();
        return std::move(result_);
    }

private:
    [[nodiscard]] bool at_end() const { return next_ == text_.size(); }
    [[nodiscard]] char peek() const { return text_[next_]; }

    char take() {
        const char c = text_[next_++];
        if (c == '\n') ++line_;
        return c;
    }

    void skip_blanks() {
        while (!at_end() && is_blank(peek())) take();
    }

    std::string_view rest_of_line(std::string_view also_ends_at = "") {
        const std::size_t begin = next_;
        while (!at_end() && peek() != '\n' && also_ends_at.find(peek()) == std::string_view::npos) take();
        return text_.substr(begin, next_ - begin);
    }

    void fail(std::size_t line, std::string_view what) {
        result_.errors.push_back("line " + std::to_string(line) + ": " + std::string(what));
    }

    void one_line() {
        skip_blanks();
        if (at_end()) return;
        if (peek() == '\n') {
            take();
        } else if (peek() == '#' || peek() == ';') {
            rest_of_line();
        } else {
            one_assignment();
        }
    }

    void one_assignment() {
        const std::size_t line = line_;
        std::string_view name = rest_of_line("=");
        while (!name.empty() && is_blank(name.back())) name.remove_suffix(1);
        if (at_end() || peek() != '=') return fail(line, "is not NAME=VALUE");
        take();
        std::string value = whole_value();
        if (!is_name(name)) return fail(line, "has a name that is not letters, digits and _");
        result_.assignments.push_back({std::string(name), std::move(value), line});
    }

    // Quoted parts, then at most one unquoted part, which goes to the end of the line.
    std::string whole_value() {
        std::string value;
        for (skip_blanks(); !at_end() && peek() != '\n'; skip_blanks()) {
            if (peek() == '\'' || peek() == '"') {
                value += quoted_part();
            } else {
                return value + unquoted_part();
            }
        }
        return value;
    }

    std::string quoted_part() {
        const std::size_t line = line_;
        const char quote = take();
        std::string value;
        while (!at_end() && peek() != quote) {
            const char c = take();
            if (c == '\\' && quote == '"' && !at_end()) {
                value += escaped_in_double_quotes();
            } else {
                value += c;
            }
        }
        if (at_end()) {
            fail(line, "has a quote that is not closed");
        } else {
            take();
        }
        return value;
    }

    std::string escaped_in_double_quotes() {
        const char c = take();
        if (c == '\n') return "";
        const bool special = c == '"' || c == '\\' || c == '`' || c == '$';
        return special ? std::string(1, c) : std::string{'\\', c};
    }

    std::string unquoted_part() {
        std::string value;
        std::size_t keep = 0;  // trailing blanks are dropped, escaped ones are not
        while (!at_end() && peek() != '\n') {
            char c = take();
            const bool escaped = c == '\\' && !at_end();
            if (escaped) c = take();
            if (escaped && c == '\n') continue;
            value += c;
            if (escaped || !is_blank(c)) keep = value.size();
        }
        value.resize(keep);
        return value;
    }

    std::string_view text_;
    std::size_t next_ = 0;
    std::size_t line_ = 1;
    parsed_file result_;
};

}  // namespace

parsed_file parse_environment_file(std::string_view text) {
    return parser(text).run();
}

}  // namespace streamstats::config
