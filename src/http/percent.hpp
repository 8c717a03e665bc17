// %XX in texts of URLs. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace streamstats::http {

// Nothing: a percent sign is not followed by two hexadecimal digits. (A plus sign stays one.)
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace streamstats::http
