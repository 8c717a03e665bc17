#include "http/pages.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "streamstats/telemetry/build_info.hpp"

namespace streamstats::http {
namespace {

using nlohmann::ordered_json;

std::string text_of(const ordered_json& json) {
    return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::int64_t uptime_seconds(const health_report& report, instant now) {
    return std::max<std::int64_t>(0, std::chrono::duration_cast<seconds>(now - report.started).count());
}

// Appends without looking for the name first, which the object does on its own: names are distinct, and many.
ordered_json sorted_object(const std::vector<std::pair<std::string, std::uint64_t>>& counts) {
    ordered_json object = ordered_json::object();
    auto& members = object.get_ref<ordered_json::object_t&>();
    members.reserve(counts.size());
    for (const auto& [value, count] : counts) members.emplace_back(value, count);
    return object;
}

}  // namespace

std::string_view status_of(const health_report& report) {
    return report.degraded || !report.accepting ? "degraded" : "healthy";
}

answer health_answer(const health_report& report, instant now) {
    const ordered_json json{
        {"status", status_of(report)},
        {"active_sessions", report.active_sessions},
        {"database", report.database_connected ? "connected" : "disconnected"},
        {"last_flush", report.last_flush ? ordered_json(to_iso_text(*report.last_flush)) : ordered_json(nullptr)},
        {"problems", report.problems},
        {"pending_rows", report.pending_rows},
        {"uptime_seconds", uptime_seconds(report, now)},
        {"version", telemetry::version()}};
    answer reply;
    reply.status = report.accepting ? 200 : 503;
    reply.body = text_of(json);
    return reply;
}

answer active_answer(const audience& open) {
    ordered_json json{{"active_sessions", open.active_sessions}, {"unique_users", open.unique_users}};
    for (const dimension d : all_dimensions) {
        if (d == dimension::global) continue;
        json["by_" + std::string{name_of(d)}] = sorted_object(open.by[index_of(d)]);
    }
    answer reply;
    reply.body = text_of(json);
    return reply;
}

}  // namespace streamstats::http
