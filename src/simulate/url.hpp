#pragma once

#include <string>
#include <string_view>

#include "streamstats/base/failure.hpp"

namespace streamstats::simulate {

// Where the batches go: http://HOST[:PORT][/PATH][?QUERY].
struct target_url {
    std::string host;  // an IPv6 address without its brackets
    std::string port;
    std::string target;     // path and query, begins with a slash
    std::string authority;  // host and port as the Host field wants them
};

// The error is the rule that the text breaks.
result<target_url, std::string> parse_url(std::string_view text);

}  // namespace streamstats::simulate
