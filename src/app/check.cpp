#include <algorithm>
#include <iomanip>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "commands.hpp"
#include "settings_or_errors.hpp"
#include "streamstats/http/server.hpp"

namespace streamstats::app {
namespace {

std::vector<failure> unusable_hosts(const config::settings& chosen) {
    std::vector<failure> unusable;
    const auto look_up = [&](const std::string& host, const std::string& variable) {
        if (auto trouble = http::check_listening_host(host, variable)) unusable.push_back(std::move(*trouble));
    };
    look_up(chosen.http_host, "STREAM_HTTP_HOST");
    if (chosen.admin_port != 0) look_up(chosen.admin_host, "STREAM_ADMIN_HOST");
    return unusable;
}

}  // namespace

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
    const auto unusable = unusable_hosts(chosen->values);
    for (const failure& each : unusable) errors << "error: " << each.what << "; " << each.hint << '\n';
    if (!unusable.empty()) return exit_configuration;
    out << "\nThe configuration is valid.\n";
    return exit_ok;
}

}  // namespace streamstats::app
