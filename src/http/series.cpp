#include "http/series.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "http/query.hpp"
#include "streamstats/wire/timestamp.hpp"

namespace streamstats::http {
namespace {

constexpr seconds length_default{3'600};
// A week short of the end of DATETIME, so that rounding stays before it.
constexpr instant latest{instant_max - series_step_max};

constexpr std::array parameters{
    known_parameter{"dimension"}, known_parameter{"value", series_values_max},
    known_parameter{"metric"},    known_parameter{"from"},
    known_parameter{"to"},        known_parameter{"step"},
};

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

template <class Known, class Name>
std::string list_of(const Known& known, Name name) {
    std::string list;
    for (const auto& each : known) list.append(list.empty() ? "" : ", ").append(name(each));
    return list;
}

// The steps below fill one member of the question each, or say what is wrong with it.
class question_reader {
public:
    question_reader(const query_parameters& given, instant now) : given_(given), now_(now) {}

    std::optional<refusal> read(series_question& into) {
        auto why = read_dimension(into);
        if (!why) why = read_values(into);
        if (!why) why = read_metric(into);
        if (!why) why = read_step(into);
        if (!why) why = read_range(into);
        return why;
    }

private:
    std::optional<refusal> read_dimension(series_question& into) {
        const auto text = given_.value("dimension");
        const auto* found =
            std::find_if(all_dimensions.begin(), all_dimensions.end(), [&](dimension d) { return name_of(d) == text; });
        if (found == all_dimensions.end())
            return refused_parameter(
                "dimension", "must be one of " + list_of(all_dimensions, [](dimension d) { return name_of(d); }));
        into.dim = *found;
        return std::nullopt;
    }

    std::optional<refusal> read_values(series_question& into) {
        into.values = given_.values("value");
        if (into.dim == dimension::global) {
            if (into.values.empty()) return std::nullopt;
            return refused_parameter("value", "must be left out with dimension=global");
        }
        if (into.values.empty()) return refused_parameter("value", "must be given at least once");
        std::set<std::string_view> different;
        for (const std::string& value : into.values) {
            if (auto why = refused_length("value", value, sought_bytes_max)) return why;
            if (!different.insert(value).second) return refused_parameter("value", "must not be the same twice");
        }
        return std::nullopt;
    }

    std::optional<refusal> read_metric(series_question& into) {
        const auto text = given_.value("metric");
        const auto* found = std::find_if(series_metrics.begin(), series_metrics.end(),
                                         [&](const metric_facts& each) { return each.name == text; });
        if (found == series_metrics.end())
            return refused_parameter(
                "metric",
                "must be one of " + list_of(series_metrics, [](const metric_facts& each) { return each.name; }));
        into.metric = found->metric;
        return std::nullopt;
    }

    std::optional<refusal> read_step(series_question& into) {
        const auto number = whole_number(given_.value("step").value_or("60"));
        if (!number || *number < 60 || *number > series_step_max.count() || *number % 60 != 0)
            return refused_parameter("step", "must be a multiple of 60 from 60 to " +
                                                 std::to_string(series_step_max.count()) + " (seconds)");
        into.step = seconds{*number};
        if (facts_of(into.metric).combined == combination::none && into.step != minutes{1})
            return refused_parameter("step",
                                     "must be 60 for unique_users: who is there in two minutes is one user in both, so "
                                     "the minutes do not add up");
        return std::nullopt;
    }

    std::optional<refusal> read_range(series_question& into) {
        instant to = end_of(minute_of(now_));
        if (auto why = read_time("to", to)) return why;
        instant from = std::max(instant{}, to - length_default);
        if (auto why = read_time("from", from)) return why;
        if (from >= to) return refused_parameter("from", "must be before `to`");
        const auto step = std::chrono::duration_cast<minutes>(into.step);
        const auto first = from.time_since_epoch() / step;
        const auto last = (to.time_since_epoch() + step - milliseconds{1}) / step;
        into.from = minute{first * step};
        into.to = minute{last * step};
        return check_size(into);
    }

    std::optional<refusal> read_time(std::string_view name, instant& into) {
        const auto text = given_.value(name);
        if (!text) return std::nullopt;
        const auto number = whole_number(*text);
        std::optional<instant> read;
        if (!number) read = wire::instant_from_iso(*text);
        if (number && *number >= 0 && *number <= std::chrono::floor<seconds>(latest).time_since_epoch().count())
            read = instant{seconds{*number}};
        if (!read || *read > latest)
            return refused_parameter(name, "must be ISO 8601 with a zone (2026-11-21T12:00:00Z) or seconds since 1970");
        into = *read;
        return std::nullopt;
    }

    static std::optional<refusal> check_size(const series_question& question) {
        const std::size_t steps = steps_of(question);
        if (steps > series_steps_max)
            return refused_parameter("step", "must make at most " + std::to_string(series_steps_max) +
                                                 " steps between `from` and `to`, not " + std::to_string(steps));
        if (steps * question.values.size() > series_points_max)
            return refused_parameter("value", "must make at most " + std::to_string(series_points_max) +
                                                  " points in all, not " +
                                                  std::to_string(steps * question.values.size()));
        return std::nullopt;
    }

    const query_parameters& given_;
    const instant now_;
};

std::string json_text(std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

template <class Number>
void append_number(std::string& to, Number number) {
    std::array<char, 32> text{};
    const auto [end, code] = std::to_chars(text.data(), text.data() + text.size(), number);
    to.append(text.data(), end);
}

// By hand: there may be twenty thousand points, and no thread of the edge should be busy with them for long.
void append_points(std::string& json, const series_question& question, const series_points& points) {
    std::int64_t start = seconds{question.from.time_since_epoch()}.count();
    for (const auto& point : points) {
        json += json.back() == '[' ? "[" : ",[";
        append_number(json, start);
        json += ',';
        if (point) append_number(json, *point);
        if (!point) json += "null";
        json += ']';
        start += question.step.count();
    }
}

}  // namespace

result<series_question, refusal> series_question_of(std::string_view query, instant now) {
    const auto given = query_parameters::parse(query, parameters);
    if (!given) return given.error();
    series_question question;
    if (const auto why = question_reader{given.value(), now}.read(question)) return *why;
    return question;
}

answer series_reply(const series_question& question, const series_answer& lines) {
    if (!lines) {
        refusal why = refused(503, lines.error().reason + "; ask again later.");
        why.retry_after = lines.error().retry_after;
        return to_answer(why);
    }
    const metric_facts& facts = facts_of(question.metric);
    answer reply;
    std::string& json = reply.body;
    json.append("{\"dimension\":\"").append(name_of(question.dim)).append("\",\"metric\":\"").append(facts.name);
    json.append("\",\"unit\":\"").append(facts.unit).append("\",\"combined\":\"").append(facts.combined_name);
    json.append("\",\"step_seconds\":").append(std::to_string(question.step.count()));
    json.append(",\"from\":\"").append(to_iso_text(start_of(question.from)));
    json.append("\",\"to\":\"").append(to_iso_text(start_of(question.to))).append("\",\"series\":[");
    for (std::size_t line = 0; line < lines.value().size(); ++line) {
        json += line == 0 ? "{" : ",{";
        if (question.dim != dimension::global) json += "\"value\":" + json_text(question.values[line]) + ",";
        json += "\"points\":[";
        append_points(json, question, lines.value()[line]);
        json += "]}";
    }
    json += "]}";
    return reply;
}

}  // namespace streamstats::http
