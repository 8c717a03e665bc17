#include "http/sessions.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "http/query.hpp"
#include "http/session_cursor.hpp"

namespace streamstats::http {
namespace {

using nlohmann::ordered_json;

constexpr std::array known{
    known_parameter{"server"},
    known_parameter{"channel"},
    known_parameter{"country"},
    known_parameter{"protocol"},
    known_parameter{"user"},
    known_parameter{"session"},
    known_parameter{"user_agent_class"},
    known_parameter{"sort"},
    known_parameter{"order"},
    known_parameter{"limit"},
    known_parameter{"cursor"},
};

std::optional<refusal> take_text(const query_parameters& given, std::string_view name,
                                 std::optional<std::string>& into) {
    auto text = given.text(name, sought_bytes_max);
    if (!text) return text.error();
    into = std::move(text.value());
    return std::nullopt;
}

std::optional<refusal> take_filters(const query_parameters& given, session_query& into) {
    for (const dimension d : all_dimensions) {
        if (d == dimension::global) continue;
        if (auto why = take_text(given, name_of(d), into.values[index_of(d)])) return why;
    }
    if (auto why = take_text(given, "user", into.user)) return why;
    return take_text(given, "session", into.id);
}

// Whether it is the first or the second of two words; the first one if it was not sent.
result<bool, refusal> is_second_of(const query_parameters& given, std::string_view name,
                                   const std::array<std::string_view, 2>& words) {
    const std::string_view value = given.value(name).value_or(words[0]);
    if (value == words[0]) return false;
    if (value == words[1]) return true;
    return refused_parameter(name, "must be " + std::string{words[0]} + " or " + std::string{words[1]});
}

std::optional<refusal> take_order(const query_parameters& given, session_query& into) {
    const auto by_bytes = is_second_of(given, "sort", {"opened_at", "bytes"});
    if (!by_bytes) return by_bytes.error();
    const auto ascending = is_second_of(given, "order", {"desc", "asc"});
    if (!ascending) return ascending.error();
    into.sort = by_bytes.value() ? session_sort::bytes : session_sort::opened_at;
    into.descending = !ascending.value();
    return std::nullopt;
}

std::optional<refusal> take_page(const query_parameters& given, session_query& into) {
    const auto limit = given.number("limit", sessions_limit_default, {1, sessions_limit_max});
    if (!limit) return limit.error();
    into.limit = limit.value();
    const auto cursor = given.value("cursor");
    if (!cursor) return std::nullopt;
    into.after = from_cursor(*cursor, into);
    if (into.after) return std::nullopt;
    return refused_parameter("cursor", "must be the next_cursor of an answer to the same filters, sort and order");
}

ordered_json session_json(const session_row& row, instant now) {
    const auto duration = std::max(now - row.opened, milliseconds{0});
    return {{"server", row.server},
            {"session_id", row.id},
            {"user", row.user.empty() ? ordered_json(nullptr) : ordered_json(row.user)},
            {"channel", row.channel},
            {"country", row.country},
            {"protocol", row.protocol},
            {"user_agent_class", name_of(row.agent_class)},
            {"opened_at", to_iso_text(row.opened)},
            {"duration_seconds", seconds_of(duration)},
            {"bytes", row.bytes}};
}

}  // namespace

result<session_query, refusal> parse_session_query(std::string_view query) {
    const auto given = query_parameters::parse(query, known);
    if (!given) return given.error();
    session_query asked;
    if (auto why = take_filters(given.value(), asked)) return *std::move(why);
    if (auto why = take_order(given.value(), asked)) return *std::move(why);
    if (auto why = take_page(given.value(), asked)) return *std::move(why);
    return asked;
}

answer sessions_answer(const session_answer& found, const session_query& asked, instant now) {
    if (!found.page) {
        refusal why = refused(503, found.reason + "; try again later.");
        why.retry_after = found.retry_after;
        return to_answer(why);
    }
    auto sessions = ordered_json::array();
    for (const session_row& row : found.page->sessions) sessions.push_back(session_json(row, now));
    const auto& next = found.page->next;
    const ordered_json json{{"at", to_iso_text(now)},
                            {"sessions", std::move(sessions)},
                            {"next_cursor", next ? ordered_json(to_cursor(*next, asked)) : ordered_json(nullptr)}};
    answer reply;
    reply.body = json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
    return reply;
}

}  // namespace streamstats::http
