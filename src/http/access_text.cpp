#include "http/access_text.hpp"

#include <algorithm>

#include "http/characters.hpp"
#include "http/digest.hpp"
#include "http/network.hpp"
#include "http/percent.hpp"

namespace streamstats::http {

result<std::vector<std::string>, std::string> parse_secrets(std::string_view list) {
    std::vector<std::string> secrets;
    if (list.empty()) return secrets;
    for (const std::string_view part : split_list(list)) {
        if (part.empty()) return std::string{"must not have an empty secret between its commas"};
        if (part.size() > secret_bytes_max)
            return "must have at most " + std::to_string(secret_bytes_max) + " bytes in each secret";
        secrets.emplace_back(part);
    }
    if (secrets.size() > secrets_max)
        return "must be at most " + std::to_string(secrets_max) + " secrets separated by commas";
    return secrets;
}

result<std::vector<std::string>, std::string> parse_webhook_secrets(std::string_view list) {
    auto secrets = parse_secrets(list);
    if (!secrets) return secrets;
    constexpr std::string_view prefix = "whsec_";
    for (std::string& each : secrets.value()) {
        const auto key = each.starts_with(prefix) ? from_base64(std::string_view{each}.substr(prefix.size()))
                                                  : std::optional<std::string>{};
        if (!key || key->empty()) return std::string{"must be whsec_ and base64 in each secret"};
        each = *key;
    }
    return secrets;
}

std::optional<std::string> token_of_authorization(std::string_view field) {
    const auto blank = field.find(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    const std::string_view scheme = field.substr(0, blank);
    const std::string_view given = trimmed(field.substr(blank));
    if (equal_ignoring_case(scheme, "bearer")) return std::string{given};
    if (!equal_ignoring_case(scheme, "basic")) return std::nullopt;
    const auto user_and_password = from_base64(given);
    if (!user_and_password) return std::nullopt;
    const auto colon = user_and_password->find(':');
    if (colon == std::string::npos) return std::nullopt;
    return user_and_password->substr(colon + 1);
}

std::optional<std::string> token_of_query(std::string_view query) {
    constexpr std::string_view name = "token=";
    while (!query.empty()) {
        const auto end = std::min(query.find('&'), query.size());
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (pair.starts_with(name)) return percent_decoded(pair.substr(name.size()));
    }
    return std::nullopt;
}

}  // namespace streamstats::http
