// What is sent back, before it has the form of HTTP. Knows nothing of sockets, so handlers are tested without one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "streamstats/base/time.hpp"

namespace streamstats::http {

inline constexpr std::string_view json_type = "application/json";
inline constexpr std::string_view problem_type = "application/problem+json";
inline constexpr std::string_view events_type = "text/event-stream";
inline constexpr std::string_view metrics_type = "text/plain; version=0.0.4; charset=utf-8";

class stream;

struct answer {
    unsigned status = 200;
    std::string_view content_type = json_type;
    std::string body;
    std::string allow;                         // the methods that a 405 offers
    std::optional<seconds> retry_after;        // of a 503
    std::vector<std::string_view> challenges;  // of a 401: WWW-Authenticate
    std::string_view content_policy;           // Content-Security-Policy of a page
    std::string_view cache_control = "no-store";
    std::string_view content_encoding;  // of the body; empty: none
    std::string etag;                   // with its quotes; then the answer also depends on Accept-Encoding
    std::shared_ptr<stream> rest;       // what is sent instead of a body, piece by piece
};

// Why a request, or a whole batch, is not taken.
struct refusal {
    unsigned status = 400;
    std::string detail;
    std::string field;  // the header field, parameter or member that breaks a rule; may be empty
    std::string rule;   // that rule in words; may be empty
    std::string allow;
    std::optional<seconds> retry_after;
    std::vector<std::string_view> challenges;
};

refusal refused(unsigned status, std::string detail, std::string field = {}, std::string rule = {});

// 408, and the connection ends.
refusal request_too_late();
// 413.
refusal body_too_large(std::size_t bytes_max);

// The refusal as problem details (RFC 9457).
answer to_answer(const refusal& why);

}  // namespace streamstats::http
