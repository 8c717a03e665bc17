#include "settings_or_errors.hpp"

#include <ostream>

namespace streamstats::app {

std::optional<config::loaded> settings_or_errors(const config_file& file, std::ostream& errors) {
    auto chosen = config::load(config::process_environment(), file);
    if (chosen) return std::move(chosen.value());
    for (const std::string& warning : chosen.error().warnings) errors << "warning: " << warning << '\n';
    for (const std::string& error : chosen.error().errors) errors << "error: " << error << '\n';
    return std::nullopt;
}

}  // namespace streamstats::app
