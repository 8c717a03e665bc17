// Makes a failing scenario small enough to be read.
#pragma once

#include <functional>
#include <string>

#include "scenario.hpp"

namespace streamstats::testing {

// What is wrong with a scenario; empty: nothing.
using judge = std::function<std::string(const scenario&)>;

// Leaves out events, then single deliveries and steps, as long as the judge still finds something wrong.
scenario shrunk(scenario failing, const judge& problem_of);

}  // namespace streamstats::testing
