#include <algorithm>
#include <iomanip>
#include <ostream>

#include "commands.hpp"
#include "settings_or_errors.hpp"

namespace streamstats::app {

int check(const config_file& file, std::ostream& out, std::ostream& errors) {
    const auto chosen = settings_or_errors(file, errors);
    if (!chosen) return exit_configuration;
    std::size_t name_width = 0;
    std::size_t value_width = 0;
    for (const auto& one : chosen->shown) {
        name_width = std::max(name_width, one.name.size());
        value_width = std::max(value_width, one.value.size());
    }
    out << std::left;
    for (const auto& one : chosen->shown) {
        out << std::setw(static_cast<int>(name_width)) << one.name << "  " << std::setw(static_cast<int>(value_width))
            << one.value << "  " << one.origin << '\n';
    }
    for (const std::string& warning : chosen->warnings) errors << "warning: " << warning << '\n';
    out << "\nThe configuration is valid.\n";
    return exit_ok;
}

}  // namespace streamstats::app
