// Settings from the environment and from a file; the environment wins. Any thread; reads files, logs nothing.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "streamstats/base/failure.hpp"
#include "streamstats/config/settings.hpp"

namespace streamstats::config {

using environment = std::map<std::string, std::string, std::less<>>;
environment process_environment();

// One setting as `check` shows it.
struct provenance {
    std::string name;
    std::string value;   // "(set)", "(default)" or "(not set)" for a secret
    std::string origin;  // "default", "environment", "streamstats.env:12", "/run/secrets/password"
};

struct loaded {
    settings values;
    std::vector<provenance> shown;      // every setting, in the order of the table
    std::vector<std::string> warnings;  // unknown names
};

// Everything that is wrong, so that it can be put right at once. Each names the variable, its value and the rule.
struct load_errors {
    std::vector<std::string> errors;
    std::vector<std::string> warnings;
};

// `file`: the path of --config, in the syntax of systemd's EnvironmentFile=.
result<loaded, load_errors> load(const environment& given, const std::optional<std::string>& file);

// The text of config/streamstats.env: every variable at its default, commented out, with a line of explanation.
std::string defaults_file();

}  // namespace streamstats::config
