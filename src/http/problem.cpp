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

answer to_answer(const refusal& why) {
    const auto title = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(why.status));
    nlohmann::ordered_json problem{{"type", "about:blank"},
                                   {"title", std::string{title.data(), title.size()}},
                                   {"status", why.status},
                                   {"detail", why.detail}};
    if (!why.field.empty()) problem["field"] = why.field;
    if (!why.rule.empty()) problem["rule"] = why.rule;
    answer reply;
    reply.status = why.status;
    reply.content_type = problem_type;
    reply.body = problem.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    reply.allow = why.allow;
    reply.retry_after = why.retry_after;
    reply.challenges = why.challenges;
    return reply;
}

}  // namespace streamstats::http
