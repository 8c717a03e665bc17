// How every subcommand, and a reload, comes to its settings, and how a subcommand that failed says so.
#pragma once

#include <iosfwd>
#include <optional>

#include "commands.hpp"
#include "streamstats/config/load.hpp"

namespace streamstats::app {

// From the environment and `file`, with the rules that only the parts know.
result<config::loaded, config::load_errors> load_settings(const config_file& file);

// Nothing: every error was written to `errors`; the command ends.
std::optional<config::loaded> settings_or_errors(const config_file& file, std::ostream& errors);

// Says what went wrong and what to do about it; gives exit_failure.
int failed(std::ostream& errors, const failure& why);

}  // namespace streamstats::app
