#include "http/reply.hpp"

#include <array>
#include <ctime>
#include <string>

namespace streamstats::http {
namespace {

// Made anew once a second, since most of it would be the same again.
std::string_view http_date() {
    thread_local std::time_t made_for = -1;
    thread_local std::string text;
    const std::time_t now = std::time(nullptr);
    if (now == made_for) return text;
    constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::array<char, 16> day_and_year{};
    std::array<char, 16> time{};
    const std::size_t day = std::strftime(day_and_year.data(), day_and_year.size(), "%d", &utc);
    const std::size_t clock = std::strftime(time.data(), time.size(), "%Y %H:%M:%S", &utc);
    text.assign(days[static_cast<std::size_t>(utc.tm_wday)]).append(", ").append(day_and_year.data(), day);
    text.append(" ").append(months[static_cast<std::size_t>(utc.tm_mon)]).append(" ");
    text.append(time.data(), clock).append(" GMT");
    made_for = now;
    return text;
}

beast::string_view view_of(std::string_view text) {
    return {text.data(), text.size()};
}

}  // namespace

beast::http::response<beast::http::string_body> make_reply(answer content, bool http_1_1, bool keep_alive) {
    using beast::http::field;
    beast::http::response<beast::http::string_body> reply{static_cast<beast::http::status>(content.status),
                                                          http_1_1 ? 11U : 10U};
    reply.set(field::date, view_of(http_date()));
    const bool without_content = content.status == 204 || content.status == 304;
    if (!without_content) reply.set(field::content_type, view_of(content.content_type));
    reply.set(field::cache_control, view_of(content.cache_control));
    reply.set("X-Content-Type-Options", "nosniff");
    if (!content.allow.empty()) reply.set(field::allow, content.allow);
    if (content.retry_after) reply.set(field::retry_after, std::to_string(content.retry_after->count()));
    for (const std::string_view challenge : content.challenges)
        reply.insert(field::www_authenticate, view_of(challenge));
    if (!content.content_encoding.empty() && !without_content)
        reply.set(field::content_encoding, view_of(content.content_encoding));
    if (!content.etag.empty()) {
        reply.set(field::etag, content.etag);
        reply.set(field::vary, "Accept-Encoding");
    }
    if (!content.content_policy.empty()) {
        reply.set("Content-Security-Policy", view_of(content.content_policy));
        reply.set("Referrer-Policy", "no-referrer");
    }
    reply.keep_alive(keep_alive);
    if (content.rest) {
        reply.set("X-Accel-Buffering", "no");  // a proxy is not to gather pieces
        reply.chunked(http_1_1);
        return reply;
    }
    if (!without_content) reply.content_length(content.body.size());
    reply.body() = std::move(content.body);
    return reply;
}

bool is_brief(const answer& content) {
    constexpr std::size_t brief_bytes_max = 4'096;  // it is copied once more
    const bool is_json = content.content_type == json_type || content.content_type == problem_type;
    return is_json && content.body.size() <= brief_bytes_max && content.cache_control == "no-store" &&
           content.allow.empty() && content.challenges.empty() && content.content_policy.empty() &&
           content.content_encoding.empty() && content.etag.empty() && !content.rest && content.status != 204 &&
           content.status != 304;
}

void append_brief(const answer& content, std::string& text) {
    const auto reason = beast::http::obsolete_reason(static_cast<beast::http::status>(content.status));
    text.append("HTTP/1.1 ").append(std::to_string(content.status)).append(" ").append(reason.data(), reason.size());
    text.append("\r\nDate: ").append(http_date()).append("\r\nContent-Type: ").append(content.content_type);
    text.append("\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n");
    if (content.retry_after)
        text.append("Retry-After: ").append(std::to_string(content.retry_after->count())).append("\r\n");
    text.append("Content-Length: ").append(std::to_string(content.body.size())).append("\r\n\r\n");
    text.append(content.body);
}

telemetry::counter counter_of(unsigned status) {
    if (status >= 500) return telemetry::counter::requests_5xx;
    return status >= 400 ? telemetry::counter::requests_4xx : telemetry::counter::requests_2xx;
}

}  // namespace streamstats::http
