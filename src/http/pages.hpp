// What GET requests are answered with. Pure.
#pragma once

#include "http/answer.hpp"
#include "streamstats/base/time.hpp"
#include "streamstats/pipeline/service.hpp"

namespace streamstats::http {

answer health_answer(const health_report& report, instant now);
answer active_answer(const audience& open);

}  // namespace streamstats::http
