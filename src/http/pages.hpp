// What GET requests are answered with. Pure.
#pragma once

#include "http/answer.hpp"
#include "streamstats/base/time.hpp"
#include "streamstats/pipeline/service.hpp"

namespace streamstats::http {

answer health_answer(const health_report& report, instant now);
answer active_answer(const audience& open);
// The page at `/`, for a person with a browser.
answer index_answer(const health_report& report, instant now);

}  // namespace streamstats::http
