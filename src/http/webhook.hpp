// POST /api/webhook between the complete body and the answer. The parts are ordinary functions, tested without sockets.
#pragma once

#include <optional>

#include "http/answer.hpp"
#include "http/budget.hpp"
#include "streamstats/pipeline/service.hpp"
#include "streamstats/wire/decode.hpp"

namespace streamstats::http {

inline constexpr std::size_t listed_errors_max = 20;

// Body that came over the wire, and how.
struct sent_body {
    std::string_view bytes;
    bool gzip = false;
    std::size_t bytes_max = 0;  // also for what gzip makes of it
};

// Fills `into`, or says why nothing of the body is taken. `scratch` is for inflated text.
std::optional<refusal> decode_body(const sent_body& body, wire::decoder& decoder, byte_claim& claim,
                                   std::string& scratch, wire::batch& into);
answer webhook_answer(const wire::batch& events, const intake_answer& outcome);

// 503: the bodies under way leave no room for this one.
refusal overloaded();
// 503: what the request was for may have been done, or not.
refusal no_memory();
// 503: the inside says that it takes nothing now.
refusal not_now(const intake_refusal& why);

}  // namespace streamstats::http
