#include "streamstats/telemetry/build_info.hpp"

#include "revision.hpp"

namespace streamstats::telemetry {

std::string_view version() {
    return STREAMSTATS_VERSION;
}

std::string_view revision() {
    return STREAMSTATS_REVISION;
}

}  // namespace streamstats::telemetry
