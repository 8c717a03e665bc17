// A strict look at a header block before Beast parses it: what two parsers could read differently is refused
// (RELIABILITY, fault 31), because whoever disagrees about where a request ends can smuggle in another. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "http/answer.hpp"

namespace streamstats::http {

struct head_limits {
    std::size_t header_bytes_max;
    std::size_t target_bytes_max;
};

// Looks for the end of a header block in what has arrived so far. A search that found none goes on where it stopped
// when more has arrived.
class head_search {
public:
    explicit head_search(const head_limits& limits) : limits_{limits} {}
    // The bytes up to and including the blank line; nothing if it is not there yet, or if `refused()`.
    std::optional<std::size_t> find_end(std::string_view arrived);
    // Set once the block cannot become a good one, however it goes on.
    [[nodiscard]] const std::optional<refusal>& refused() const { return refused_; }

private:
    void check_length(std::string_view arrived);
    void check_first_line(std::string_view arrived);

    head_limits limits_;
    std::size_t line_start_ = 0;
    bool first_line_ = true;
    bool line_checked_ = false;
    std::optional<refusal> refused_;
};

// Checks a whole block, the blank line included. Nothing: it may be parsed.
std::optional<refusal> check_head(std::string_view block);

}  // namespace streamstats::http
