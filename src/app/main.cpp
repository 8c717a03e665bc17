#include <CLI/CLI.hpp>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>

#include "commands.hpp"
#include "journal_command.hpp"
#include "simulate_command.hpp"
#include "streamstats/config/load.hpp"
#include "streamstats/telemetry/build_info.hpp"

namespace {

using namespace streamstats;

std::string version_text() {
    return "streamstatsd " + std::string(telemetry::version()) + " (" + std::string(telemetry::revision()) + ")";
}

int run(int argc, char** argv) {
    CLI::App line{
        "Counts the viewers of streaming servers: takes their events over HTTP, keeps minute rows in a database."};
    line.footer(
        "Settings come from STREAM_* variables; `streamstatsd check --print-defaults` lists them.\n"
        "Exit codes: 0 fine, 1 failed while running, 2 the command line or a setting is wrong.");
    line.set_version_flag("--version", version_text());
    line.fallthrough();
    line.require_subcommand(0, 1);
    app::config_file file;
    line.add_option("--config", file, "Read settings from FILE (EnvironmentFile syntax); the environment wins")
        ->type_name("FILE");

    line.add_subcommand("serve", "Run the daemon (the default)");
    auto* const check = line.add_subcommand("check", "Validate the settings; show each and where it came from");
    bool print_defaults = false;
    check->add_flag("--print-defaults", print_defaults, "Write a file with every setting at its default instead");
    auto* const migrate = line.add_subcommand("migrate", "Bring the tables of the store up to date");
    bool dry_run = false;
    migrate->add_flag("--dry-run", dry_run, "Only print the SQL that would be applied");
    auto* const rebuild =
        line.add_subcommand("rebuild", "Write all minutes and sessions that are still known to the store again");
    auto* const journal = line.add_subcommand("journal", "Look into a journal without changing it");
    std::filesystem::path journal_folder;
    auto* const verify = journal->add_subcommand("verify", "Say what a start would find; exit code 1: damage");
    auto* const dump = journal->add_subcommand("dump", "Besides, write each frame as a line of JSON");
    for (auto* const action : {verify, dump}) {
        action->add_option("DIR", journal_folder, "The journal's folder, or STREAM_DATA_DIR")->required();
    }
    journal->require_subcommand(1);
    auto* const classify = line.add_subcommand("classify", "Read User-Agents, one a line; write the class of each");
    auto* const simulation = line.add_subcommand("simulate", "Send the events of a simulated audience to a URL");
    simulate::simulation_settings audience;
    app::add_simulate_options(*simulation, audience);

    try {
        line.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return line.exit(error) == 0 ? app::exit_ok : app::exit_configuration;
    }
    if (print_defaults) {
        std::cout << config::defaults_file();
        return app::exit_ok;
    }
    if (check->parsed()) return app::check(file, std::cout, std::cerr);
    if (migrate->parsed()) return app::migrate(file, dry_run, std::cout, std::cerr);
    if (rebuild->parsed()) return app::rebuild(file, std::cout, std::cerr);
    if (journal->parsed()) {
        const auto what = dump->parsed() ? app::journal_action::dump : app::journal_action::verify;
        return app::read_journal_files(what, journal_folder, std::cout, std::cerr);
    }
    if (classify->parsed()) return app::classify_lines(std::cin, std::cout);
    if (simulation->parsed()) return app::simulate_audience(audience, std::cout, std::cerr);
    return app::serve(file);
}

}  // namespace

int main(int argc, char** argv) {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "streamstatsd: " << error.what() << '\n';
        return streamstats::app::exit_failure;
    }
}
