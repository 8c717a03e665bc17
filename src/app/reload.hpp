// SIGHUP: what can change while the daemon runs.
#pragma once

#include "commands.hpp"
#include "streamstats/http/server.hpp"

namespace streamstats::app {

// Takes over who may post and read, and the log level, from the settings as they are now, files of secrets included.
// Everything else waits for a restart. If anything is wrong, all stays as it was and the log says what it is.
void reload(const config_file& file, http::server& edge);

}  // namespace streamstats::app
