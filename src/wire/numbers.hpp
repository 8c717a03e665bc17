// JSON numbers as text: exact, where a double would round.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace streamstats::wire {

// Whether all of `text` is a number by the grammar of JSON, however large.
bool is_json_number(std::string_view text);

// The usual case of such a number: digits and nothing else, at most 16 of them, no zero in front. False for everything
// else. `before`: how many bytes in front of `text` can be read as well; with enough of them the digits are not copied.
bool read_plain_number(std::string_view text, std::size_t before, std::uint64_t& number);

// The following take what is_json_number accepts.

// number x 10^shift, split at the point.
struct split_number {
    bool negative = false;               // below zero, so not for -0
    bool whole_only = true;              // nothing but zeros after the point
    std::optional<std::uint64_t> whole;  // before the point, without the sign; absent if it needs more than 64 bits
};
split_number split(std::string_view number, int shift);

// A count of bytes: an integer from 0 to 2^63 - 1, also when written as 5.0 or 1e6.
std::optional<std::uint64_t> byte_count_from(std::string_view number);

// The decimal text of a 64-bit integer, signed or unsigned; absent for everything larger and for 5.0 or 1e6. A view of
// `number` or of a constant.
std::optional<std::string_view> integer_text_from(std::string_view number);

}  // namespace streamstats::wire
