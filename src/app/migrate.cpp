#include <ostream>
#include <span>

#include "commands.hpp"
#include "data_directory.hpp"
#include "parts.hpp"
#include "settings_or_errors.hpp"

namespace streamstats::app {
namespace {

result<std::vector<migration>, store_failure> pending(const config::settings& chosen) {
    return chosen.store == "mysql" ? pending_migrations(mysql_settings_of(chosen))
                                   : pending_migrations(sqlite_file_of(chosen));
}

void print(std::ostream& out, std::span<const migration> list, bool with_text) {
    for (const migration& one : list) {
        out << "-- " << one.number << ' ' << one.name << '\n';
        if (with_text) out << one.sql << '\n';
    }
}

int apply(const config::settings& chosen, std::ostream& errors) {
    // A running daemon holds the same lock; the store of MySQL brings its own.
    std::optional<data_directory> directory;
    if (chosen.store == "sqlite") {
        auto locked = data_directory::lock(chosen.data_dir);
        if (!locked) return failed(errors, locked.error());
        directory.emplace(std::move(locked.value()));
    }
    const auto trouble = make_store(chosen)->prepare();
    return trouble ? failed(errors, *trouble) : exit_ok;
}

}  // namespace

int migrate(const config_file& file, bool dry_run, std::ostream& out, std::ostream& errors) {
    const auto loaded = settings_or_errors(file, errors);
    if (!loaded) return exit_configuration;
    const auto lacking = pending(loaded->values);
    if (!lacking) return failed(errors, lacking.error());
    const std::string where = make_store(loaded->values)->description();
    if (lacking.value().empty()) {
        out << "-- nothing to apply to " << where << '\n';
        return exit_ok;
    }
    out << "-- " << (dry_run ? "would apply to " : "applying to ") << where << '\n';
    print(out, lacking.value(), dry_run);
    return dry_run ? exit_ok : apply(loaded->values, errors);
}

}  // namespace streamstats::app
