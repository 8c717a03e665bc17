// Request targets and hosts as RFC 3986 and RFC 9112 allow them. Pure.
#pragma once

#include <optional>
#include <string_view>

namespace streamstats::http {

// A name or an address, maybe with a port; no user, no list.
bool is_host(std::string_view text);

// The rule that a target breaks, if any: "/path?query", "http://host/path?query", "*" for OPTIONS only.
std::optional<std::string_view> broken_target_rule(std::string_view method, std::string_view text);

// What follows the authority of an absolute target, else the text as it is.
std::string_view without_authority(std::string_view text);

}  // namespace streamstats::http
