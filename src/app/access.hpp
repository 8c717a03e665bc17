// Who may post and read, from the settings.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "streamstats/config/load.hpp"
#include "streamstats/http/access.hpp"

namespace streamstats::app {

// What is wrong with it, by variable and origin.
std::vector<std::string> access_errors(const config::loaded& chosen);
// Of settings without such errors.
std::shared_ptr<const http::access_policy> access_policy_of(const config::settings& chosen);

// For the log: "open", "token or sign key, from networks".
std::string webhook_access_text(const config::settings& chosen);
std::string read_access_text(const config::settings& chosen);

}  // namespace streamstats::app
