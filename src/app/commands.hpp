// The subcommands of streamstatsd. Each gives the exit code of the process.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

namespace streamstats::app {

enum exit_code : int {
    exit_ok = 0,
    exit_failure = 1,        // something went wrong while running
    exit_configuration = 2,  // the command line or a setting is wrong; nothing was started
};

using config_file = std::optional<std::string>;  // --config

int serve(const config_file& file);
int check(const config_file& file, std::ostream& out, std::ostream& errors);
int migrate(const config_file& file, bool dry_run, std::ostream& out, std::ostream& errors);
// Writes what the journal still knows to the store, whatever the store has: all minutes that can still change, and the
// open sessions. For a database that was emptied or restored while no daemon runs.
int rebuild(const config_file& file, std::ostream& out, std::ostream& errors);
// A User-Agent a line in, its class a line out; answers at once when no more input is waiting.
int classify_lines(std::istream& in, std::ostream& out);

}  // namespace streamstats::app
