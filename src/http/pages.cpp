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

std::string_view status_of(const health_report& report) {
    return report.degraded || !report.accepting ? "degraded" : "healthy";
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

namespace {

// The hash is that of the text in <style>; a test compares the two.
constexpr std::string_view index_policy =
    "default-src 'none'; style-src 'sha256-y4tK53BIDSvQuLySHzFHW/cfMKA4/cKTO+LRqVYKBFo='; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

constexpr std::string_view index_head = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>streamstats</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}th{text-align:left;font-weight:normal;padding-right:2rem}</style>
</head>
<body>
<h1>streamstats</h1>
<p>Viewer statistics for streaming servers: media servers send the events of their sessions here, and per-minute
numbers of viewers, watch time and traffic go to a database.</p>
<h2>Now</h2>
<table>
)";

constexpr std::string_view index_tail = R"(<h2>Addresses</h2>
<ul>
<li><code>POST /api/webhook</code>: where media servers send their events, as JSON</li>
<li><a href="/health">/health</a>: whether events are taken and the database can be reached</li>
<li><a href="/stats/active">/stats/active</a>: open sessions by server, channel, country, protocol and player</li>
<li><a href="/metrics">/metrics</a>: counters of this program for Prometheus</li>
</ul>
<p>The numbers are those of the moment when this page was loaded.</p>
</body>
</html>
)";

std::string escaped(std::string_view text) {
    std::string html;
    for (const char c : text) {
        switch (c) {
            case '&':
                html += "&amp;";
                break;
            case '<':
                html += "&lt;";
                break;
            case '>':
                html += "&gt;";
                break;
            case '"':
                html += "&quot;";
                break;
            case '\'':
                html += "&#39;";
                break;
            default:
                html += c;
        }
    }
    return html;
}

void append_line(std::string& html, std::string_view name, std::string_view value) {
    html.append("<tr><th scope=\"row\">")
        .append(name)
        .append("</th><td>")
        .append(escaped(value))
        .append("</td></tr>\n");
}

void append_problems(std::string& html, const std::vector<std::string>& problems) {
    if (problems.empty()) return;
    html += "<h2>Problems</h2>\n<ul>\n";
    for (const std::string& problem : problems) html.append("<li>").append(escaped(problem)).append("</li>\n");
    html += "</ul>\n";
}

}  // namespace

answer index_answer(const health_report& report, instant now) {
    answer reply;
    reply.content_type = html_type;
    reply.content_policy = index_policy;
    std::string& html = reply.body;
    html = index_head;
    append_line(html, "Status", status_of(report));
    append_line(html, "Events are taken", report.accepting ? "yes" : "no");
    append_line(html, "Open sessions", std::to_string(report.active_sessions));
    append_line(html, "Database", (report.database_connected ? "connected: " : "disconnected: ") + report.database);
    append_line(html, "Last write to it", report.last_flush ? to_iso_text(*report.last_flush) : "none yet");
    append_line(html, "Rows that wait for it", std::to_string(report.pending_rows));
    append_line(html, "Running for", std::to_string(uptime_seconds(report, now)) + " s");
    append_line(html, "Version", telemetry::version());
    html += "</table>\n";
    append_problems(html, report.problems);
    html += index_tail;
    return reply;
}

}  // namespace streamstats::http
