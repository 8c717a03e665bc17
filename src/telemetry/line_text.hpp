// One log line as text or as the members of a JSON object. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "streamstats/telemetry/log.hpp"

namespace streamstats::telemetry {

// A field longer than this is cut: one hostile name must not fill the log.
inline constexpr std::size_t field_bytes_max = 2'048;

// A string as JSON would quote it, always valid UTF-8 on one line: control characters (C0, DEL, C1), line separators
// and marks that turn the direction of text are escaped, and bytes that are not UTF-8 become U+FFFD.
std::string quoted_text(std::string_view text);

// `store is away database="mysql at db:3306" attempt="3"`.
std::string text_line(std::string_view event, std::span<const log_field> fields);
// `"event":"store is away","database":"mysql at db:3306","attempt":"3"`; without the braces, which hold time and level.
std::string json_members(std::string_view event, std::span<const log_field> fields);

}  // namespace streamstats::telemetry
