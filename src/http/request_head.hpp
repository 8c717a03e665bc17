// A header block -> what the connection has to know of it: first the gate, then Beast's parser. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/access_policy.hpp"
#include "http/answer.hpp"
#include "streamstats/base/failure.hpp"

namespace streamstats::http {

enum class body_coding : std::uint8_t { plain, gzip, unknown };

struct request_head {
    std::string method;
    std::string target;
    bool http_1_1 = true;
    bool keep_alive = false;
    bool chunked = false;
    std::size_t length = 0;  // Content-Length; 0 if chunked
    body_coding coding = body_coding::plain;
    bool expects_continue = false;
    bool expects_other = false;        // Expect with anything else: 417
    std::optional<credentials> given;  // only if they were asked for
    std::string if_none_match;         // these two: all lines of that name, joined with commas; only of GET and HEAD
    std::string accept_encoding;

    [[nodiscard]] bool has_body() const { return chunked || length > 0; }
};

// `block` includes the blank line.
result<request_head, refusal> parse_head(std::string_view block, bool with_credentials = false);

}  // namespace streamstats::http
