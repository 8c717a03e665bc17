// GET /api/v1/series between the query and the answer. Pure.
#pragma once

#include <string_view>

#include "http/answer.hpp"
#include "streamstats/pipeline/series.hpp"

namespace streamstats::http {

// What a query asks for, `from` and `to` rounded outwards to whole steps; or the parameter that breaks a rule.
result<series_question, refusal> series_question_of(std::string_view query, instant now);
answer series_reply(const series_question& question, const series_answer& lines);

}  // namespace streamstats::http
