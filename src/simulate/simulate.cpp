#include "streamstats/simulate/simulate.hpp"

#include <exception>
#include <ostream>

#include "simulate/performance.hpp"

namespace streamstats::simulate {

int run_simulation(const simulation_settings& settings, std::ostream& progress, const std::stop_token& stop) {
    if (const auto error = validate(settings)) {
        progress << error->option << ": " << error->rule << '\n';
        return 2;
    }
    try {
        performance run{settings, progress};
        return run.run(stop);
    } catch (const std::exception& error) {
        progress << "the simulation broke off: " << error.what() << '\n';
        return 1;
    }
}

}  // namespace streamstats::simulate
