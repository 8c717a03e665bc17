#include "http/access_policy.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "http/access_text.hpp"

namespace streamstats::http {
namespace {

using text_list = std::vector<std::string>;

// Keeps what a setting gives, or notes what is wrong with it.
class reader {
public:
    reader(const access_settings& chosen, std::vector<access_error>& errors) : chosen_{chosen}, errors_{errors} {}

    template <class T>
    T take(std::string access_settings::*which, result<T, std::string> (*parse)(std::string_view)) {
        auto parsed = parse(chosen_.*which);
        if (parsed) return std::move(parsed.value());
        errors_.push_back({which, parsed.error()});
        return {};
    }
    std::vector<sha256_digest> take_tokens(std::string access_settings::*which) {
        std::vector<sha256_digest> digests;
        for (const std::string& token : take<text_list>(which, parse_secrets)) digests.push_back(sha256(token));
        return digests;
    }

private:
    const access_settings& chosen_;
    std::vector<access_error>& errors_;
};

// Looks at all of them, whichever fits.
bool is_one_of(const std::vector<sha256_digest>& tokens, const std::string& given) {
    const sha256_digest digest = sha256(given);
    bool found = false;
    for (const sha256_digest& token : tokens) found = equal_in_constant_time(token, digest) || found;
    return found;
}

std::optional<instant> parse_timestamp(std::string_view text) {
    std::int64_t since_epoch = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), since_epoch);
    constexpr std::int64_t latest = std::chrono::duration_cast<seconds>(instant_max.time_since_epoch()).count();
    if (error != std::errc{} || end != text.data() + text.size() || since_epoch < 0 || since_epoch > latest)
        return std::nullopt;
    return instant{seconds{since_epoch}};
}

// The digests of "v1,BASE64 v1,BASE64"; other versions are passed over.
std::vector<sha256_digest> digests_of(std::string_view signatures) {
    constexpr std::string_view version = "v1,";
    std::vector<sha256_digest> digests;
    while (!signatures.empty()) {
        const auto end = std::min(signatures.find(' '), signatures.size());
        const std::string_view one = signatures.substr(0, end);
        signatures.remove_prefix(std::min(end + 1, signatures.size()));
        if (!one.starts_with(version)) continue;
        const auto bytes = from_base64(one.substr(version.size()));
        if (!bytes || bytes->size() != sha256_digest{}.size()) continue;
        std::copy(bytes->begin(), bytes->end(), digests.emplace_back().begin());
    }
    return digests;
}

}  // namespace

access_policy::access_policy(const access_settings& chosen, std::vector<access_error>& errors) {
    reader from{chosen, errors};
    webhook_.tokens = from.take_tokens(&access_settings::webhook_tokens);
    sign_keys_ = from.take<text_list>(&access_settings::webhook_sign_keys, parse_secrets);
    secrets_ = from.take<text_list>(&access_settings::webhook_secrets, parse_webhook_secrets);
    webhook_.networks = from.take<network_list>(&access_settings::webhook_networks, parse_networks);
    reading_.tokens = from.take_tokens(&access_settings::read_tokens);
    reading_.networks = from.take<network_list>(&access_settings::read_networks, parse_networks);
    trusted_proxies_ = from.take<network_list>(&access_settings::trusted_proxies, parse_networks);
}

access_decision access_policy::before_body(const access_request& asked) const {
    if (asked.where == area::open) return {};
    if (!is_network_allowed(asked)) return {denial::network};
    if (asked.where == area::page_part) return {};
    const bool signatures = takes_signatures(asked.where);
    const std::vector<sha256_digest>& tokens = of(asked.where).tokens;
    if (tokens.empty() && !signatures) return {};

    bool wrong_token = false;
    for (const auto& token : {token_of_authorization(asked.given.authorization), token_of_query(asked.query)}) {
        if (!token || tokens.empty()) continue;
        if (is_one_of(tokens, *token)) return {};
        wrong_token = true;
    }
    access_decision decision{denial::credential_missing};
    if (signatures) decision = judge_signature(asked.given, asked.now);
    if (decision.denied == denial::credential_missing && wrong_token) return {denial::credential_wrong};
    return decision;
}

bool access_policy::is_network_allowed(const access_request& asked) const {
    const network_list& allowed = of(asked.where).networks;
    if (allowed.empty()) return true;
    if (!asked.peer) return false;
    const proxy_fields sent{asked.given.forwarded_for, asked.given.forwarded};
    const auto client = client_address(*asked.peer, sent, trusted_proxies_);
    return client && any_holds(allowed, *client);
}

bool access_policy::takes_signatures(area where) const {
    return where == area::webhook && (!sign_keys_.empty() || !secrets_.empty());
}

// A signature that could be right is worth reading the body for.
access_decision access_policy::judge_signature(const credentials& given, instant now) const {
    access_decision decision;
    if (!sign_keys_.empty() && !given.x_signature.empty()) {
        decision.by_sign_key = sha1_from_hex(given.x_signature).has_value();
        decision.denied = denial::signature_wrong;
    }
    if (!secrets_.empty() && !given.webhook_signature.empty()) {
        const auto sent_at = parse_timestamp(given.webhook_timestamp);
        const bool in_time = sent_at && std::chrono::abs(now - *sent_at) <= timestamp_tolerance;
        decision.by_secret = in_time && !given.webhook_id.empty();
        decision.denied = sent_at && !in_time ? denial::timestamp_off : denial::signature_wrong;
    }
    if (decision.needs_body()) {
        decision.denied.reset();
    } else if (!decision.denied) {
        decision.denied = denial::credential_missing;
    }
    return decision;
}

std::optional<denial> access_policy::with_body(const access_decision& before, const credentials& given,
                                               std::string_view body) const {
    if (before.by_sign_key && is_signed_by_flussonic(given, body)) return std::nullopt;
    if (before.by_secret && is_signed_as_standard(given, body)) return std::nullopt;
    return denial::signature_wrong;
}

bool access_policy::is_signed_by_flussonic(const credentials& given, std::string_view body) const {
    const auto signature = sha1_from_hex(given.x_signature);
    if (!signature) return false;
    bool found = false;
    for (const std::string& key : sign_keys_) found = equal_in_constant_time(sha1({body, key}), *signature) || found;
    return found;
}

bool access_policy::is_signed_as_standard(const credentials& given, std::string_view body) const {
    const auto signatures = digests_of(given.webhook_signature);
    bool found = false;
    for (const std::string& key : secrets_) {
        const sha256_digest ours = hmac_sha256(key, {given.webhook_id, ".", given.webhook_timestamp, ".", body});
        for (const sha256_digest& theirs : signatures) found = equal_in_constant_time(ours, theirs) || found;
    }
    return found;
}

bool access_policy::is_open() const {
    const auto no_rules = [](const rules& some) { return some.networks.empty() && some.tokens.empty(); };
    return no_rules(webhook_) && no_rules(reading_) && !takes_signatures(area::webhook);
}

std::vector<std::string_view> access_policy::challenges(area where) const {
    std::vector<std::string_view> schemes;
    if (!of(where).tokens.empty()) {
        schemes.emplace_back(R"(Bearer realm="streamstats")");
        schemes.emplace_back(R"(Basic realm="streamstats", charset="UTF-8")");
    }
    if (where != area::webhook) return schemes;
    if (!sign_keys_.empty()) schemes.emplace_back(R"(X-Signature realm="streamstats")");
    if (!secrets_.empty()) schemes.emplace_back(R"(Webhook-Signature realm="streamstats")");
    return schemes;
}

result<std::shared_ptr<const access_policy>, std::vector<access_error>> make_access_policy(
    const access_settings& chosen) {
    std::vector<access_error> errors;
    auto policy = std::make_shared<const access_policy>(chosen, errors);
    if (!errors.empty()) return errors;
    if (policy->is_open()) return std::shared_ptr<const access_policy>{};
    return std::shared_ptr<const access_policy>{std::move(policy)};
}

refusal to_refusal(denial why, area where, const access_policy& policy) {
    refusal answer;
    answer.status = why == denial::network ? 403 : 401;
    if (answer.status == 401) answer.challenges = policy.challenges(where);
    switch (why) {
        case denial::network:
            answer.detail = "Requests from this address are not let in.";
            break;
        case denial::credential_missing:
            answer.detail = "This needs a token or a signature; nothing was taken.";
            break;
        case denial::credential_wrong:
            answer.detail = "The token is not one that is known here; nothing was taken.";
            break;
        case denial::signature_wrong:
            answer.detail = "The signature does not fit the body and a key that is known here; nothing was taken.";
            break;
        case denial::timestamp_off:
            answer.detail = "The timestamp of the signature is too far from the time here; nothing was taken.";
            answer.field = "webhook-timestamp";
            answer.rule = "must be at most 300 s off";
            break;
    }
    return answer;
}

telemetry::counter counter_of(denial why) {
    switch (why) {
        case denial::network:
            return telemetry::counter::http_refused_network;
        case denial::credential_missing:
            return telemetry::counter::http_refused_missing;
        case denial::credential_wrong:
            return telemetry::counter::http_refused_credential;
        case denial::signature_wrong:
            return telemetry::counter::http_refused_signature;
        case denial::timestamp_off:
            return telemetry::counter::http_refused_timestamp;
    }
    std::abort();
}

std::string_view name_of(denial why) {
    switch (why) {
        case denial::network:
            return "network not allowed";
        case denial::credential_missing:
            return "no token or signature";
        case denial::credential_wrong:
            return "wrong token";
        case denial::signature_wrong:
            return "wrong signature";
        case denial::timestamp_off:
            return "timestamp of the signature too far off";
    }
    std::abort();
}

}  // namespace streamstats::http
