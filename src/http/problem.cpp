#include <boost/beast/http/status.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "http/answer.hpp"

namespace streamstats::http {

refusal refused(unsigned status, std::string detail, std::string field, std::string rule) {
    refusal why;
    why.status = status;
    why.detail = std::move(detail);
    why.field = std::move(field);
    why.rule = std::move(rule);
    return why;
}

refusal request_too_late() {
    return refused(408, "The request took too long to arrive; the connection is closed.");
}

refusal body_too_large(std::size_t bytes_max) {
    return refused(413, "The body is too large; nothing of it was taken.", "body",
                   "must be at most " + std::to_string(bytes_max) + " bytes long");
}

namespace {

std::string problem_text(const refusal& why) {
    const auto title = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(why.status));
    nlohmann::ordered_json problem{{"type", "about:blank"},
                                   {"title", std::string{title.data(), title.size()}},
                                   {"status", why.status},
                                   {"detail", why.detail}};
    if (!why.field.empty()) problem["field"] = why.field;
    if (!why.rule.empty()) problem["rule"] = why.rule;
    return problem.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Refusals come in floods, and those of a flood are alike: the last text is kept.
const std::string& recent_problem_text(const refusal& why) {
    thread_local refusal made_for;
    thread_local std::string text;
    const bool alike = made_for.status == why.status && made_for.detail == why.detail && made_for.field == why.field &&
                       made_for.rule == why.rule;
    if (alike && !text.empty()) return text;
    made_for = why;
    return text = problem_text(why);
}

}  // namespace

answer to_answer(const refusal& why) {
    answer reply;
    reply.status = why.status;
    reply.content_type = problem_type;
    reply.body = recent_problem_text(why);
    reply.allow = why.allow;
    reply.retry_after = why.retry_after;
    reply.challenges = why.challenges;
    return reply;
}

}  // namespace streamstats::http
