#include "http/live.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "http/characters.hpp"
#include "http/pages.hpp"
#include "http/query.hpp"
#include "streamstats/telemetry/build_info.hpp"

namespace streamstats::http {
namespace {

using nlohmann::ordered_json;

bool contains(std::string_view value, std::string_view part) {
    const auto same = [](char a, char b) { return lower(a) == lower(b); };
    return std::search(value.begin(), value.end(), part.begin(), part.end(), same) != value.end();
}

std::vector<const tally::entry*> those_that_match(const std::vector<tally::entry>& all, std::string_view match) {
    std::vector<const tally::entry*> found;
    found.reserve(match.empty() ? all.size() : 0);
    for (const tally::entry& one : all) {
        if (match.empty() || contains(one.value, match)) found.push_back(&one);
    }
    return found;
}

ordered_json dimension_json(const std::vector<tally::entry>& all, const live_query& asked) {
    auto found = those_that_match(all, asked.match);
    const auto most_first = [](const tally::entry* a, const tally::entry* b) {
        return a->open_sessions != b->open_sessions ? a->open_sessions > b->open_sessions : a->value < b->value;
    };
    const auto shown = found.begin() + static_cast<std::ptrdiff_t>(std::min(asked.limit, found.size()));
    std::partial_sort(found.begin(), shown, found.end(), most_first);
    auto top = ordered_json::array();
    std::for_each(found.begin(), shown, [&top](const tally::entry* one) {
        top.push_back({{"value", one->value}, {"active_sessions", one->open_sessions}});
    });
    return {{"values", all.size()}, {"matching", found.size()}, {"top", std::move(top)}};
}

ordered_json health_json(const health_report& report) {
    return {{"status", status_of(report)},
            {"accepting", report.accepting},
            {"database", report.database_connected ? "connected" : "disconnected"},
            {"problems", report.problems},
            {"last_flush", report.last_flush ? ordered_json(to_iso_text(*report.last_flush)) : ordered_json(nullptr)},
            {"pending_rows", report.pending_rows}};
}

std::string text_of(const live_numbers& numbers, const live_query& asked) {
    auto dimensions = ordered_json::object();
    for (const dimension d : all_dimensions) {
        if (d == dimension::global) continue;
        dimensions[std::string{name_of(d)}] = dimension_json(numbers.counts.by[index_of(d)], asked);
    }
    const ordered_json json{{"at", to_iso_text(numbers.at)},
                            {"version", telemetry::version()},
                            {"started_at", to_iso_text(numbers.health.started)},
                            {"health", health_json(numbers.health)},
                            {"active_sessions", numbers.counts.active_sessions},
                            {"unique_users", numbers.counts.unique_users},
                            {"events_accepted_total", numbers.events_accepted},
                            {"dimensions", std::move(dimensions)}};
    return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

result<live_query, refusal> live_query::parse(std::string_view query) {
    constexpr std::array known{known_parameter{"limit"}, known_parameter{"match"}};
    const auto given = query_parameters::parse(query, known);
    if (!given) return given.error();
    const auto limit = given.value().number("limit", limit_default, {1, limit_max});
    if (!limit) return limit.error();
    auto match = given.value().text("match", sought_bytes_max);
    if (!match) return match.error();
    return live_query{limit.value(), std::move(match.value()).value_or("")};
}

std::shared_ptr<const std::string> live_frame::text(const live_query& asked) const {
    const auto place = place_for(asked);
    std::call_once(place->made, [&] { place->text = text_of(numbers_, asked); });
    return {place, &place->text};
}

std::shared_ptr<live_frame::made_text> live_frame::place_for(const live_query& asked) const {
    const std::lock_guard lock{mutex_};
    const auto found = texts_.find(asked);
    if (found != texts_.end()) return found->second;
    auto place = std::make_shared<made_text>();
    if (texts_.size() < texts_max) texts_.emplace(asked, place);
    return place;
}

}  // namespace streamstats::http
