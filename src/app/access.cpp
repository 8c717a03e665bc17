#include "access.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace streamstats::app {
namespace {

struct rule {
    std::string_view variable;
    std::string http::access_settings::*to;
    std::string config::settings::*from;
};

using to = http::access_settings;
using from = config::settings;
constexpr std::array rules{
    rule{"STREAM_WEBHOOK_TOKEN", &to::webhook_tokens, &from::webhook_token},
    rule{"STREAM_WEBHOOK_SIGN_KEY", &to::webhook_sign_keys, &from::webhook_sign_key},
    rule{"STREAM_WEBHOOK_SECRET", &to::webhook_secrets, &from::webhook_secret},
    rule{"STREAM_WEBHOOK_NETWORKS", &to::webhook_networks, &from::webhook_networks},
    rule{"STREAM_READ_TOKEN", &to::read_tokens, &from::read_token},
    rule{"STREAM_READ_NETWORKS", &to::read_networks, &from::read_networks},
    rule{"STREAM_TRUSTED_PROXIES", &to::trusted_proxies, &from::trusted_proxies},
};

http::access_settings access_settings_of(const config::settings& chosen) {
    http::access_settings result;
    for (const rule& each : rules) result.*each.to = chosen.*each.from;
    return result;
}

std::string origin_of(const config::loaded& chosen, std::string_view variable) {
    const auto found = std::find_if(chosen.shown.begin(), chosen.shown.end(),
                                    [&](const config::provenance& each) { return each.name == variable; });
    return found == chosen.shown.end() ? "" : found->origin;
}

// "a or b, from networks"
std::string joined(const std::vector<std::pair<std::string_view, bool>>& credentials, bool networks) {
    std::string text;
    for (const auto& [name, is_set] : credentials) {
        if (is_set) text.append(text.empty() ? "" : " or ").append(name);
    }
    if (networks) text += text.empty() ? "from networks" : ", from networks";
    return text.empty() ? "open" : text;
}

}  // namespace

std::vector<std::string> access_errors(const config::loaded& chosen) {
    std::vector<std::string> errors;
    const auto policy = http::make_access_policy(access_settings_of(chosen.values));
    if (policy) return errors;
    for (const http::access_error& each : policy.error()) {
        const auto broken = std::find_if(rules.begin(), rules.end(), [&](const rule& r) { return r.to == each.which; });
        errors.push_back(std::string{broken->variable} + " (" + origin_of(chosen, broken->variable) +
                         "): " + each.rule);
    }
    return errors;
}

std::shared_ptr<const http::access_policy> access_policy_of(const config::settings& chosen) {
    return http::make_access_policy(access_settings_of(chosen)).value();
}

std::string webhook_access_text(const config::settings& chosen) {
    return joined({{"token", !chosen.webhook_token.empty()},
                   {"sign key", !chosen.webhook_sign_key.empty()},
                   {"secret", !chosen.webhook_secret.empty()}},
                  !chosen.webhook_networks.empty());
}

std::string read_access_text(const config::settings& chosen) {
    return joined({{"token", !chosen.read_token.empty()}}, !chosen.read_networks.empty());
}

}  // namespace streamstats::app
