// GET /api/v1/sessions: open sessions, page by page. Pure.
#pragma once

#include <string_view>

#include "http/answer.hpp"
#include "streamstats/base/failure.hpp"
#include "streamstats/base/time.hpp"
#include "streamstats/pipeline/service.hpp"

namespace streamstats::http {

inline constexpr std::size_t sessions_limit_default = 50;
inline constexpr std::size_t sessions_limit_max = 500;

result<session_query, refusal> parse_session_query(std::string_view query);

answer sessions_answer(const session_answer& found, const session_query& asked, instant now);

}  // namespace streamstats::http
