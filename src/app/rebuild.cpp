#include <ostream>

#include "commands.hpp"
#include "data_directory.hpp"
#include "parts.hpp"
#include "settings_or_errors.hpp"
#include "streamstats/disk/posix_files.hpp"

namespace streamstats::app {
namespace {

constexpr seconds patience{600};

}  // namespace

// A start and a stop without a listener in between.
int rebuild(const config_file& file, std::ostream& out, std::ostream& errors) {
    const auto loaded = settings_or_errors(file, errors);
    if (!loaded) return exit_configuration;
    const config::settings& chosen = loaded->values;
    auto directory = data_directory::lock(chosen.data_dir);
    if (!directory) return failed(errors, directory.error());
    const auto secret = installation_secret(directory.value());
    if (!secret) return failed(errors, secret.error());
    auto files = disk::open_folder(journal_folder_of(chosen));
    if (!files) return failed(errors, files.error());

    telemetry::metrics counts;
    const auto store = make_store(chosen);
    auto options = pipeline_options_of(chosen);
    options.write_all_again = true;
    pipeline::pipeline inside(options, {secret.value().value, secret.value().just_made},
                              {*store, counts, pipeline::machine_clock(), files.value().get()});
    const auto begun = inside.start();
    if (begun.broken) return failed(errors, *begun.broken);
    if (inside.stop(patience) != pipeline::stop_outcome::everything_stored) {
        return failed(errors, {"not everything could be written to " + store->description(),
                               "nothing is lost: the next start goes on"});
    }
    out << counts.total(telemetry::counter::rows_written) << " rows of minutes and " << begun.recovered_sessions
        << " open sessions were written to " << store->description() << '\n';
    return exit_ok;
}

}  // namespace streamstats::app
