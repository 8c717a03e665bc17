#include "simulate_command.hpp"

#include <CLI/CLI.hpp>
#include <ostream>
#include <string>
#include <thread>

#include "commands.hpp"
#include "signals.hpp"

namespace streamstats::app {
namespace {

void add_seconds(CLI::App& command, const std::string& name, seconds& field, const std::string& help) {
    command
        .add_option_function<std::int64_t>(
            name, [&field](std::int64_t number) { field = seconds{number}; }, help)
        ->type_name("SECONDS")
        ->default_str(std::to_string(field.count()));
}

template <class T>
void add_value(CLI::App& command, const std::string& name, T& field, const std::string& unit, const std::string& help) {
    command.add_option(name, field, help)->type_name(unit)->capture_default_str();
}

void add_start(CLI::App& command, std::optional<instant>& field) {
    const auto take = [&field](const std::string& text) {
        field = simulate::parse_start(text);
        if (!field)
            throw CLI::ValidationError("--start", "must be an ISO 8601 instant with a zone, or seconds since 1970");
    };
    command.add_option_function<std::string>("--start", take, "First instant, instead of now")->type_name("INSTANT");
}

void add_time_options(CLI::App& command, simulate::simulation_settings& into) {
    add_value(command, "--seed", into.seed, "NUMBER", "The same seed and --start give the same events");
    add_start(command, into.start);
    add_seconds(command, "--backdate", into.backdate, "Begin this long ago; what lies in the past is sent at once");
    add_seconds(command, "--duration", into.duration, "How long it goes on from now; 0: until stopped");
    add_seconds(command, "--give-up", into.give_up, "Wait this long at the end for a receiver that takes nothing");
}

void add_audience_options(CLI::App& command, simulate::simulation_settings& into) {
    add_value(command, "--viewers", into.viewers, "COUNT", "Sessions open at a time");
    add_value(command, "--channels", into.channels, "COUNT", "Channels, the first watched most");
    add_value(command, "--servers", into.servers, "COUNT", "Media servers");
    add_seconds(command, "--session-length", into.session_length, "Length of a session on average");
    add_value(command, "--rate", into.events_per_second_max, "EVENTS", "Events per second at most; 0: no limit");
    command.add_flag("--updates", into.updates, "Send a play_updated every 30 s for each open session");
}

void add_delivery_options(CLI::App& command, simulate::simulation_settings& into) {
    add_value(command, "--url", into.url, "URL", "Where the events go");
    add_value(command, "--token", into.token, "TOKEN", "Sent as Authorization: Bearer TOKEN");
    add_value(command, "--batch", into.batch_events, "COUNT", "Events in a request");
    add_value(command, "--connections", into.connections, "COUNT", "Connections to the receiver");
}

void add_trouble_options(CLI::App& command, simulate::simulation_settings& into) {
    add_seconds(command, "--restart-every", into.restart_every, "A media server restarts this often; 0: never");
    add_value(command, "--missing-closes", into.missing_close_percent, "PERCENT", "Sessions without a play_closed");
    add_value(command, "--missing-starts", into.missing_start_percent, "PERCENT", "Sessions without a play_started");
    add_value(command, "--repeats", into.repeat_percent, "PERCENT", "Batches sent twice");
    add_value(command, "--disorder", into.disorder_percent, "PERCENT", "Events out of order, up to 20 s late");
    add_value(command, "--lost-answers", into.lost_answer_percent, "PERCENT", "Batches whose answer is not read");
}

void add_truth_options(CLI::App& command, simulate::simulation_settings& into) {
    command.add_option("--truth", into.truth_file, "Write the rows that must result")->type_name("FILE");
    auto* const close = command.add_flag_callback(
        "--close-at-end", [&into] { into.close_at_end = true; },
        "Close what is open at the end (default with --truth)");
    auto* const leave = command.add_flag_callback(
        "--leave-open", [&into] { into.close_at_end = false; }, "Leave open what is open at the end");
    close->excludes(leave);
    add_seconds(command, "--max-age", into.session_max_age, "STREAM_SESSION_MAX_AGE_SECONDS of the receiver");
    add_seconds(command, "--idle-timeout", into.idle_timeout, "STREAM_SESSION_IDLE_TIMEOUT_SECONDS of the receiver");
}

}  // namespace

void add_simulate_options(CLI::App& command, simulate::simulation_settings& into) {
    add_delivery_options(command, into);
    add_time_options(command, into);
    add_audience_options(command, into);
    add_trouble_options(command, into);
    add_truth_options(command, into);
}

int simulate_audience(const simulate::simulation_settings& chosen, std::ostream& progress, std::ostream& errors) {
    if (const auto wrong = simulate::validate(chosen)) {
        errors << "error: " << wrong->option << ' ' << wrong->rule << '\n';
        return exit_configuration;
    }
    hold_signals();
    std::stop_source asked_to_stop;
    const std::jthread signals([&asked_to_stop](const std::stop_token& finished) {
        while (!finished.stop_requested()) {
            if (wait_for_request(milliseconds{100}) != request::stop) continue;
            let_signals_end_the_process();
            asked_to_stop.request_stop();
            return;
        }
    });
    return simulate::run_simulation(chosen, progress, asked_to_stop.get_token());
}

}  // namespace streamstats::app
