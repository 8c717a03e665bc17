#include "http/target.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "http/uri.hpp"

namespace streamstats::http {
target split_target(std::string_view text) {
    const std::string_view local = without_authority(text);
    const auto question = local.find('?');
    target parts{local.substr(0, question), {}};
    if (question != std::string_view::npos) parts.query = local.substr(question + 1);
    if (parts.path.empty()) parts.path = "/";
    return parts;
}

result<std::size_t, refusal> active_limit(std::string_view query) {
    std::size_t limit = active_limit_default;
    constexpr std::string_view name = "limit=";
    while (!query.empty()) {
        const auto end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
        if (!pair.starts_with(name) && pair != "limit") continue;
        const std::string_view value = pair.substr(std::min(name.size(), pair.size()));
        const auto [last, code] = std::from_chars(value.data(), value.data() + value.size(), limit);
        if (code != std::errc{} || last != value.data() + value.size() || limit < 1 || limit > active_limit_max)
            return refused(400, "The parameter `limit` is not one that can be used.", "limit",
                           "must be an integer from 1 to " + std::to_string(active_limit_max));
    }
    return limit;
}

}  // namespace streamstats::http
