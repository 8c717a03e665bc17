// The rules of access.hpp, ready to be held against requests.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/answer.hpp"
#include "http/client_address.hpp"
#include "http/digest.hpp"
#include "http/network.hpp"
#include "streamstats/base/time.hpp"
#include "streamstats/http/access.hpp"
#include "streamstats/telemetry/metrics.hpp"

namespace streamstats::http {

// A part of the page tells no numbers, and a browser asks for it without the token of the page's address: it is for
// everybody in the networks that may read.
enum class area : std::uint8_t { open, webhook, reading, page_part };

enum class denial : std::uint8_t { network, credential_missing, credential_wrong, signature_wrong, timestamp_off };

// What of a header block matters here. A field that was sent twice where one is meant is empty.
struct credentials {
    std::string authorization;
    std::string x_signature;
    std::string webhook_id;
    std::string webhook_timestamp;
    std::string webhook_signature;
    std::string forwarded_for;  // these two: all lines of that name, joined with commas
    std::string forwarded;
};

struct access_request {
    area where = area::open;
    const credentials& given;
    std::string_view query;
    std::optional<ip_address> peer;
    instant now{};
};

struct access_decision {
    std::optional<denial> denied;
    // Signatures that could be right: the body decides.
    bool by_sign_key = false;
    bool by_secret = false;
    [[nodiscard]] bool needs_body() const { return by_sign_key || by_secret; }
};

class access_policy {
public:
    static constexpr seconds timestamp_tolerance{300};

    explicit access_policy(const access_settings& chosen, std::vector<access_error>& errors);

    [[nodiscard]] access_decision before_body(const access_request& asked) const;
    // The second look, at the bytes of the body as they were sent.
    [[nodiscard]] std::optional<denial> with_body(const access_decision& before, const credentials& given,
                                                  std::string_view body) const;
    [[nodiscard]] bool is_open() const;
    // The schemes of WWW-Authenticate.
    [[nodiscard]] std::vector<std::string_view> challenges(area where) const;

private:
    struct rules {
        network_list networks;
        std::vector<sha256_digest> tokens;  // compared by digest, so that length and content stay secret
    };
    [[nodiscard]] const rules& of(area where) const { return where == area::webhook ? webhook_ : reading_; }
    [[nodiscard]] bool is_network_allowed(const access_request& asked) const;
    [[nodiscard]] bool takes_signatures(area where) const;
    [[nodiscard]] access_decision judge_signature(const credentials& given, instant now) const;
    [[nodiscard]] bool is_signed_by_flussonic(const credentials& given, std::string_view body) const;
    [[nodiscard]] bool is_signed_as_standard(const credentials& given, std::string_view body) const;

    rules webhook_;
    rules reading_;
    std::vector<std::string> sign_keys_;
    std::vector<std::string> secrets_;
    network_list trusted_proxies_;
};

// 401 or 403.
refusal to_refusal(denial why, area where, const access_policy& policy);
telemetry::counter counter_of(denial why);
// For logs: "wrong signature".
std::string_view name_of(denial why);

}  // namespace streamstats::http
