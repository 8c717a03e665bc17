// gzip (RFC 1952) -> text, never more of it than allowed. Pure but for the claim.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/budget.hpp"

namespace streamstats::http {

enum class inflate_outcome : std::uint8_t {
    whole,
    broken,       // no gzip, cut off, a checksum that does not fit, or something else behind it
    too_large,    // more than bytes_max
    over_budget,  // the claim could not grow
};

// Replaces `into`. The claim grows with the text, beyond what it holds already.
inflate_outcome inflate_gzip(std::string_view compressed, std::size_t bytes_max, byte_claim& claim, std::string& into);

}  // namespace streamstats::http
