// Request targets and their queries. Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "http/answer.hpp"
#include "streamstats/base/failure.hpp"

namespace streamstats::http {

struct target {
    std::string_view path;
    std::string_view query;  // without the question mark
};

// Takes "/path?query" and "http://host/path?query" apart; anything else becomes a path that no route has.
target split_target(std::string_view text);

inline constexpr std::size_t active_limit_default = 100;
inline constexpr std::size_t active_limit_max = 10'000;

// `limit` of a query like "limit=50".
result<std::size_t, refusal> active_limit(std::string_view query);

}  // namespace streamstats::http
