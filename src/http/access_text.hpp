// The texts in which secrets are configured and tokens are sent. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "streamstats/base/failure.hpp"

namespace streamstats::http {

inline constexpr std::size_t secrets_max = 4;
inline constexpr std::size_t secret_bytes_max = 255;

// The secrets of a list, or the rule that it breaks.
result<std::vector<std::string>, std::string> parse_secrets(std::string_view list);
// Of Standard Webhooks: `whsec_` and base64 -> the key.
result<std::vector<std::string>, std::string> parse_webhook_secrets(std::string_view list);

// The token of `Bearer TOKEN` or `Basic BASE64(user:TOKEN)`.
std::optional<std::string> token_of_authorization(std::string_view field);
// The parameter `token`, %XX decoded. (A plus sign stays one: this is no form.)
std::optional<std::string> token_of_query(std::string_view query);

}  // namespace streamstats::http
