#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "streamstats/base/time.hpp"

namespace streamstats::simulate {

// What the answer to a batch says about its events.
struct receipt {
    std::uint64_t received = 0;
    std::uint64_t accepted = 0;
    std::uint64_t duplicate = 0;
    std::uint64_t ignored = 0;
    std::uint64_t rejected = 0;
    std::string first_error;  // "field: message" of the first rejected event; empty: none
};

// None if the body is not such an answer: somebody else than streamstats took the batch.
std::optional<receipt> parse_receipt(std::string_view body);

// Retry-After in seconds, at most a minute; one second for a date, or anything else.
milliseconds parse_retry_after(std::string_view text);

}  // namespace streamstats::simulate
