// What GET requests are answered with. Pure.
#pragma once

#include <string_view>

#include "http/answer.hpp"
#include "streamstats/base/time.hpp"
#include "streamstats/pipeline/service.hpp"

namespace streamstats::http {

// "healthy" or "degraded".
std::string_view status_of(const health_report& report);

answer health_answer(const health_report& report, instant now);
answer active_answer(const audience& open);

}  // namespace streamstats::http
