#include "settings_or_errors.hpp"

#include <ostream>
#include <utility>

#include "access.hpp"

namespace streamstats::app {

result<config::loaded, config::load_errors> load_settings(const config_file& file) {
    auto chosen = config::load(config::process_environment(), file);
    if (!chosen) return chosen;
    auto errors = access_errors(chosen.value());
    if (errors.empty()) return chosen;
    return config::load_errors{std::move(errors), std::move(chosen.value().warnings)};
}

std::optional<config::loaded> settings_or_errors(const config_file& file, std::ostream& errors) {
    auto chosen = load_settings(file);
    if (chosen) return std::move(chosen.value());
    for (const std::string& warning : chosen.error().warnings) errors << "warning: " << warning << '\n';
    for (const std::string& error : chosen.error().errors) errors << "error: " << error << '\n';
    return std::nullopt;
}

int failed(std::ostream& errors, const failure& why) {
    errors << "error: " << why.what << '\n';
    if (!why.hint.empty()) errors << "hint: " << why.hint << '\n';
    return exit_failure;
}

}  // namespace streamstats::app
