#include "http/routes.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "http/live_stream.hpp"
#include "http/pages.hpp"
#include "http/series.hpp"
#include "http/sessions.hpp"
#include "http/target.hpp"
#include "http/web_files.hpp"
#include "http/webhook.hpp"

namespace streamstats::http {
namespace {

task<answer> post_webhook(exchange& asked) {
    const std::shared_ptr<wire::batch> events = asked.bench.batches->take();
    const sent_body body{asked.body, asked.gzip, asked.place.limits.body_bytes_max};
    if (const auto why = decode_body(body, asked.bench.decoder, asked.claim, asked.bench.inflated, *events))
        co_return to_answer(*why);
    asked.holder.drop_body();
    const std::function<void(std::function<void(intake_answer)>)> submit =
        [&](std::function<void(intake_answer)> done) { asked.place.inside.submit(events, std::move(done)); };
    const intake_answer outcome = co_await asked.waiting.ask<intake_answer>(submit);
    co_return webhook_answer(*events, outcome);
}

task<answer> get_active(exchange& asked) {
    const auto limit = active_limit(asked.query);
    if (!limit) co_return to_answer(limit.error());
    const std::function<void(std::function<void(audience)>)> look = [&](std::function<void(audience)> done) {
        asked.place.inside.active(limit.value(), std::move(done));
    };
    const audience open = co_await asked.waiting.ask<audience>(look);
    co_return active_answer(open);
}

task<answer> get_series(exchange& asked) {
    const auto question = series_question_of(asked.query, asked.place.now());
    if (!question) co_return to_answer(question.error());
    const std::function<void(series_callback)> look = [&](series_callback done) {
        asked.place.inside.series(question.value(), std::move(done));
    };
    const series_answer lines = co_await asked.waiting.ask<series_answer>(look);
    co_return series_reply(question.value(), lines);
}

task<answer> get_health(exchange& asked) {
    co_return health_answer(asked.place.inside.health(), asked.place.now());
}

task<answer> get_metrics(exchange& asked) {
    site& place = asked.place;
    place.metrics.set(telemetry::gauge::http_connections, static_cast<double>(place.connections.open()));
    place.metrics.set(telemetry::gauge::live_streams, static_cast<double>(place.live->open_streams()));
    place.metrics.set(telemetry::gauge::bytes_in_flight, static_cast<double>(place.flight.used()));
    answer reply;
    reply.content_type = metrics_type;
    reply.body = place.metrics.to_prometheus_text();
    co_return reply;
}

task<answer> get_live(exchange& asked) {
    const auto query = live_query::parse(asked.query);
    if (!query) co_return to_answer(query.error());
    const auto now = co_await frame_of_now(*asked.place.live, asked.waiting);
    answer reply;
    reply.body = *now->text(query.value());
    co_return reply;
}

task<answer> get_live_stream(exchange& asked) {
    auto query = live_query::parse(asked.query);
    if (!query) co_return to_answer(query.error());
    auto place = asked.place.live->take_place();
    if (!place) {
        refusal why = refused(503, "As many streams are open as may be; try again later.");
        why.retry_after = seconds{5};
        co_return to_answer(why);
    }
    answer reply;
    reply.content_type = events_type;
    reply.rest = std::make_shared<live_stream>(asked.place.live, std::move(query.value()), std::move(place));
    co_return reply;
}

task<answer> get_sessions(exchange& asked) {
    const auto query = parse_session_query(asked.query);
    if (!query) co_return to_answer(query.error());
    const std::function<void(std::function<void(session_answer)>)> look =
        [&](std::function<void(session_answer)> done) {
            asked.place.inside.find_sessions(query.value(), std::move(done));
        };
    const session_answer found = co_await asked.waiting.ask<session_answer>(look);
    co_return sessions_answer(found, query.value(), asked.place.now());
}

task<answer> get_web_file(exchange& asked) {
    co_return web_file_answer(asked.path, asked.wishes, asked.claim);
}

constexpr std::string_view get_or_head = "GET, HEAD";

constexpr std::array routes{
    route{"/api/webhook", "POST", post_webhook, area::webhook},
    route{"/health", get_or_head, get_health, area::open},
    route{"/stats/active", get_or_head, get_active, area::reading},
    route{"/api/v1/series", get_or_head, get_series, area::reading},
    route{"/api/v1/live", get_or_head, get_live, area::reading},
    route{"/api/v1/live/stream", get_or_head, get_live_stream, area::reading},
    route{"/api/v1/sessions", get_or_head, get_sessions, area::reading},
    route{"/metrics", get_or_head, get_metrics, area::reading},
    route{"/", get_or_head, get_web_file, area::reading},
    route{"/openapi.json", get_or_head, get_web_file, area::reading},
    route{"/assets/", get_or_head, get_web_file, area::page_part},
};

// The methods of RFC 9110 and RFC 5789, without CONNECT: nothing here is a tunnel.
constexpr std::array<std::string_view, 8> known_methods{"GET",    "HEAD",    "POST",  "PUT",
                                                        "DELETE", "OPTIONS", "TRACE", "PATCH"};

bool allows(const route& candidate, std::string_view method) {
    return candidate.methods == method || (candidate.methods == get_or_head && (method == "GET" || method == "HEAD"));
}

// Health is asked for where the work is done, whichever that is.
bool is_behind(door entered, const route& candidate) {
    if (entered == door::only || candidate.where == area::open) return true;
    return (entered == door::events) == (candidate.where == area::webhook);
}

// A path that ends with a slash stands for those below it.
bool leads_to(const route& candidate, std::string_view path) {
    if (candidate.path == path) return true;
    return candidate.path.size() > 1 && candidate.path.ends_with('/') && path.starts_with(candidate.path);
}

const route* route_of(door entered, std::string_view path) {
    const auto* found = std::find_if(routes.begin(), routes.end(),
                                     [&](const route& r) { return leads_to(r, path) && is_behind(entered, r); });
    return found == routes.end() ? nullptr : found;
}

refusal nothing_there() {
    return refused(404, "There is nothing at this path.");
}

}  // namespace

result<const route*, refusal> find_route(door entered, std::string_view method, std::string_view path) {
    if (std::find(known_methods.begin(), known_methods.end(), method) == known_methods.end())
        return refused(501, "There is no such method.");
    const route* found = route_of(entered, path);
    if (found == nullptr) return nothing_there();
    if (allows(*found, method)) return found;
    refusal why = refused(405, "This path is there, but not for this method.");
    why.allow = std::string{found->methods} + ", OPTIONS";
    return why;
}

result<answer, refusal> options_answer(door entered, std::string_view path) {
    answer reply;
    reply.status = 204;
    if (path == "*") {
        reply.allow = "GET, HEAD, POST, OPTIONS";
        return reply;
    }
    const route* found = route_of(entered, path);
    if (found == nullptr) return nothing_there();
    reply.allow = std::string{found->methods} + ", OPTIONS";
    return reply;
}

}  // namespace streamstats::http
