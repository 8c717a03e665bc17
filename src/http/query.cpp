#include "http/query.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "http/percent.hpp"
#include "streamstats/wire/utf8.hpp"

namespace streamstats::http {
namespace {

// As forms encode it: a space is a plus sign.
std::optional<std::string> form_decoded(std::string_view text) {
    std::string spaced{text};
    std::replace(spaced.begin(), spaced.end(), '+', ' ');
    auto decoded = percent_decoded(spaced);
    if (decoded && !wire::is_utf8(*decoded)) return std::nullopt;
    return decoded;
}

result<std::pair<std::string, std::string>, refusal> decoded_pair(std::string_view text) {
    const auto equals = text.find('=');
    auto name = form_decoded(text.substr(0, equals));
    if (!name) return refused(400, "The name of a parameter cannot be read.", {}, "must be percent-encoded UTF-8");
    auto value = form_decoded(equals == std::string_view::npos ? std::string_view{} : text.substr(equals + 1));
    if (!value) return refused_parameter(*name, "must be percent-encoded UTF-8");
    return std::pair{*std::move(name), *std::move(value)};
}

std::string list_of(std::span<const known_parameter> known) {
    std::string list;
    for (const known_parameter& each : known) list.append(each.name).append(", ");
    return list + "token";
}

}  // namespace

result<query_parameters, refusal> query_parameters::parse(std::string_view query,
                                                          std::span<const known_parameter> known) {
    query_parameters found;
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        const std::string_view text = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (text.empty()) continue;
        auto pair = decoded_pair(text);
        if (!pair) return pair.error();
        const std::string& name = pair.value().first;
        if (name == "token") continue;
        const auto rule =
            std::find_if(known.begin(), known.end(), [&](const known_parameter& each) { return each.name == name; });
        if (rule == known.end())
            return refused(400, "There is no such parameter here.", name, "must be one of " + list_of(known));
        const auto times = std::count_if(found.pairs_.begin(), found.pairs_.end(),
                                         [&](const auto& earlier) { return earlier.first == name; });
        if (static_cast<std::size_t>(times) == rule->times_max)
            return refused_parameter(name, "must be given at most " + std::to_string(rule->times_max) +
                                               (rule->times_max == 1 ? " time" : " times"));
        found.pairs_.push_back(std::move(pair.value()));
    }
    return found;
}

std::optional<std::string_view> query_parameters::value(std::string_view name) const {
    const auto found = std::find_if(pairs_.begin(), pairs_.end(), [&](const auto& pair) { return pair.first == name; });
    if (found == pairs_.end()) return std::nullopt;
    return found->second;
}

std::vector<std::string> query_parameters::values(std::string_view name) const {
    std::vector<std::string> all;
    for (const auto& [each, value] : pairs_) {
        if (each == name) all.push_back(value);
    }
    return all;
}

result<std::size_t, refusal> query_parameters::number(std::string_view name, std::size_t otherwise,
                                                      bounds within) const {
    const auto given = value(name);
    if (!given) return otherwise;
    std::size_t number = 0;
    const auto [end, code] = std::from_chars(given->data(), given->data() + given->size(), number);
    const bool whole = code == std::errc{} && end == given->data() + given->size();
    if (whole && number >= within.least && number <= within.most) return number;
    return refused_parameter(
        name, "must be an integer from " + std::to_string(within.least) + " to " + std::to_string(within.most));
}

result<std::optional<std::string>, refusal> query_parameters::text(std::string_view name, std::size_t bytes_max) const {
    const auto given = value(name);
    if (!given) return std::optional<std::string>{};
    if (auto why = refused_length(name, *given, bytes_max)) return *std::move(why);
    return std::optional{std::string{*given}};
}

refusal refused_parameter(std::string_view name, std::string rule) {
    return refused(400, "The parameter `" + std::string{name} + "` is not one that can be used.", std::string{name},
                   std::move(rule));
}

std::optional<refusal> refused_length(std::string_view name, std::string_view value, std::size_t bytes_max) {
    if (value.size() <= bytes_max) return std::nullopt;
    return refused_parameter(name, "must have at most " + std::to_string(bytes_max) + " bytes");
}

}  // namespace streamstats::http
