// The subcommand `simulate`: its options and its run.
#pragma once

#include <iosfwd>

#include "streamstats/simulate/simulate.hpp"

namespace CLI {
class App;
}

namespace streamstats::app {

// Both arguments must outlive the parsing.
void add_simulate_options(CLI::App& command, simulate::simulation_settings& into);
// Until the duration is over or SIGINT or SIGTERM comes; a second one ends the process at once.
int simulate_audience(const simulate::simulation_settings& chosen, std::ostream& progress, std::ostream& errors);

}  // namespace streamstats::app
