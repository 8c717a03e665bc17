// Which build this is. Any thread.
#pragma once

#include <string_view>

namespace streamstats::telemetry {

std::string_view version();   // "0.1.0", the version of the project
std::string_view revision();  // "v0.1.0-3-g92e3381", what git says of the sources; "unknown" outside of a clone

}  // namespace streamstats::telemetry
