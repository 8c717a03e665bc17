// Makes a failing scenario small enough to be read.
#pragma once

#include "scenario.hpp"

namespace streamstats::simulation {

// Leaves out faults, deliveries and events as long as something is still wrong with what remains.
scenario shrunk(scenario failing);

}  // namespace streamstats::simulation
