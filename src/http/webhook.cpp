#include "http/webhook.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "http/inflate.hpp"

namespace streamstats::http {
namespace {

// What stays allocated for the next compressed body.
constexpr std::size_t scratch_bytes_kept = 1024UL * 1024;

std::optional<refusal> unpack(const sent_body& body, byte_claim& claim, std::string& into) {
    switch (inflate_gzip(body.bytes, body.bytes_max, claim, into)) {
        case inflate_outcome::whole:
            return std::nullopt;
        case inflate_outcome::broken:
            return refused(400, "The body cannot be decompressed: it is cut off, damaged or no gzip.", "body",
                           "must be whole gzip data when Content-Encoding is gzip");
        case inflate_outcome::too_large:
            return refused(413, "The body is too large after decompression.", "body",
                           "must be at most " + std::to_string(body.bytes_max) + " bytes, also after decompression");
        case inflate_outcome::over_budget:
            return overloaded();
    }
    std::abort();
}

refusal undecodable(const wire::decode_outcome& outcome) {
    switch (outcome.error) {
        case wire::decode_error::too_many_events:
            return refused(413, outcome.message, "events",
                           "must be at most " + std::to_string(wire::batch_events_max) + " events");
        case wire::decode_error::wrong_shape:
            return refused(400, outcome.message, "body",
                           R"(must be an object, an array of objects, or {"events": [ … ]})");
        case wire::decode_error::not_json:
        case wire::decode_error::none:
            break;
    }
    return refused(400, outcome.message, "body", "must be one JSON text in UTF-8");
}

std::optional<refusal> decode_text(std::string_view json, wire::decoder& decoder, wire::batch& into) {
    const wire::decode_outcome outcome = decoder.decode(json, into);
    if (outcome.error != wire::decode_error::none) return undecodable(outcome);
    return std::nullopt;
}

// The first of them, as JSON.
std::string errors_text(const std::vector<wire::rejection>& rejections) {
    if (rejections.empty()) return "[]";
    auto errors = nlohmann::ordered_json::array();
    const std::size_t listed = std::min(rejections.size(), listed_errors_max);
    for (std::size_t i = 0; i < listed; ++i) {
        const wire::rejection& rejected = rejections[i];
        errors.push_back({{"index", rejected.index}, {"field", rejected.field}, {"message", rejected.message}});
    }
    return errors.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

refusal try_again(std::string detail) {
    refusal why = refused(503, std::move(detail));
    why.retry_after = seconds{1};
    return why;
}

}  // namespace

std::optional<refusal> decode_body(const sent_body& body, wire::decoder& decoder, byte_claim& claim,
                                   std::string& scratch, wire::batch& into) {
    if (!body.gzip) return decode_text(body.bytes, decoder, into);
    auto why = unpack(body, claim, scratch);
    if (!why) why = decode_text(scratch, decoder, into);
    if (scratch.capacity() > scratch_bytes_kept) std::string{}.swap(scratch);
    return why;
}

answer webhook_answer(const wire::batch& events, const intake_answer& outcome) {
    if (!outcome.taken) {
        refusal why = refused(503, outcome.reason + "; nothing was taken, send it again.");
        why.retry_after = outcome.retry_after;
        return to_answer(why);
    }
    answer reply;
    const auto count = [&reply](std::string_view name, std::uint64_t number) {
        reply.body.append(",\"").append(name).append("\":").append(std::to_string(number));
    };
    constexpr std::size_t usual_bytes = 160;
    reply.body.reserve(usual_bytes);
    reply.body = R"({"status":"ok")";
    count("received", events.received);
    count("accepted", outcome.accepted);
    count("duplicate", outcome.duplicate);
    count("ignored", events.ignored);
    count("rejected", events.rejections.size());
    reply.body.append(R"(,"errors":)").append(errors_text(events.rejections)).append("}");
    return reply;
}

refusal overloaded() {
    return try_again("Too many requests are being handled; nothing was taken, send it again.");
}

refusal no_memory() {
    return try_again("There is no memory for this request now; send it again.");
}

refusal not_now(const intake_refusal& why) {
    refusal answer = try_again(why.reason + "; nothing was taken, send it again.");
    answer.retry_after = why.retry_after;
    return answer;
}

}  // namespace streamstats::http
