// Who may post events, and who may read the pages with the numbers. Both are open unless something is configured.
//
// A rule that names networks must hold. Besides, if tokens or signatures are configured, one of them must be right,
// whichever the sender can do:
//   - a token: `Authorization: Bearer TOKEN`, the password of Basic (any user), or `?token=TOKEN` in the URL;
//   - X-Signature, as Flussonic signs: SHA-1 over the body and the key, in hexadecimal;
//   - Standard Webhooks: HMAC-SHA256 in `webhook-signature`, `webhook-timestamp` at most 300 s off our clock.
// Pages for reading know tokens only. Every list may hold several secrets, so that an old and a new one are good at the
// same time while senders are changed over.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "streamstats/base/failure.hpp"

namespace streamstats::http {

// As configured: each text is a list separated by commas; an empty one makes no rule.
struct access_settings {
    std::string webhook_tokens;
    std::string webhook_sign_keys;  // the `sign_key` of Flussonic
    std::string webhook_secrets;    // of Standard Webhooks: whsec_ and base64
    std::string webhook_networks;   // "192.0.2.0/24, 2001:db8::/32"
    std::string read_tokens;
    std::string read_networks;
    // Of whom, and of nobody else, X-Forwarded-For and Forwarded are believed.
    std::string trusted_proxies;
};

// Immutable; any thread.
class access_policy;

struct access_error {
    std::string access_settings::*which;
    std::string rule;  // what is wrong with it; never holds a secret
};

// Null if there is no rule and everything is open. Errors: all of them at once.
result<std::shared_ptr<const access_policy>, std::vector<access_error>> make_access_policy(
    const access_settings& chosen);

}  // namespace streamstats::http
