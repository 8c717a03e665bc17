// The escapes of JSON strings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace streamstats::wire {

enum class unescaped : std::uint8_t {
    text,
    lone_surrogate,  // JSON, but no Unicode text; what was appended is of no use
    malformed,       // not JSON
};

// Appends what `raw`, the inside of a JSON string, stands for.
unescaped append_unescaped(std::string_view raw, std::string& out);

}  // namespace streamstats::wire
