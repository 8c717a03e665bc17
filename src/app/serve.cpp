#include <malloc.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include "access.hpp"
#include "commands.hpp"
#include "data_directory.hpp"
#include "parts.hpp"
#include "reload.hpp"
#include "settings_or_errors.hpp"
#include "signals.hpp"
#include "streamstats/disk/posix_files.hpp"
#include "streamstats/telemetry/build_info.hpp"
#include "streamstats/telemetry/log.hpp"
#include "supervisor.hpp"

namespace streamstats::app {
namespace {

using telemetry::log_level;
using steady = std::chrono::steady_clock;

// From the signal to the end of the process: 10 s, of which the last is kept for what no deadline governs.
constexpr milliseconds connections_wait{3'000};
constexpr milliseconds drain_limit{9'000};

// A crowd of batches is freed in one moment and asked for again in the next. Left to itself, glibc gives such memory to
// the kernel and takes it back page by page, each of them cleared; a table that has grown too small for its sessions is
// larger than the first limit and goes at once.
void keep_memory_of_batches() {
    constexpr int allocated_alone_from = 1 << 20;
    constexpr int kept_free = 32 << 20;
    // NOLINTBEGIN(concurrency-mt-unsafe): there is one thread yet
    ::mallopt(M_MMAP_THRESHOLD, allocated_alone_from);
    ::mallopt(M_TRIM_THRESHOLD, kept_free);
    // NOLINTEND(concurrency-mt-unsafe)
}

int failed(const failure& why) {
    telemetry::log(log_level::error, "cannot go on", {{"reason", why.what}, {"hint", why.hint}});
    return exit_failure;
}

void begin_log(const config::loaded& chosen) {
    const auto level = telemetry::parse_log_level(chosen.values.log_level).value_or(log_level::info);
    const bool json = chosen.values.log_format == "json";
    telemetry::start_log(level, json ? telemetry::log_format::json : telemetry::log_format::text);
    telemetry::log(log_level::info, "starting",
                   {{"version", std::string(telemetry::version())}, {"revision", std::string(telemetry::revision())}});
    for (const std::string& warning : chosen.warnings) {
        telemetry::log(log_level::warning, "unknown setting", {{"reason", warning}});
    }
}

// Runs the service until it is asked to stop. Systemd hears that we live only while the engine does.
void wait_for_stop(const config_file& file, const pipeline::pipeline& inside, http::server& edge,
                   const std::string& status) {
    const auto limit = watchdog_limit();
    const milliseconds period = limit ? *limit / 4 : milliseconds{60'000};
    for (;;) {
        const auto asked = wait_for_request(period);
        if (asked == request::stop) return;
        if (asked == request::reload) {
            tell_reloading();
            reload(file, edge);
            tell_ready(status);
        }
        if (limit && inside.alive(*limit / 2)) tell_alive();
    }
}

const char* sentence_of(pipeline::stop_outcome outcome) {
    switch (outcome) {
        case pipeline::stop_outcome::everything_stored:
            return "stopped, everything is in the store";
        case pipeline::stop_outcome::kept_for_next_start:
            return "stopped, the next start brings to the store what it lacks";
        case pipeline::stop_outcome::incomplete:
            break;
    }
    return "stopped before everything was in the store";
}

// Stops accepting, answers what was taken, writes it. A second signal ends the process at once.
int drain(http::server& edge, pipeline::pipeline& inside, pipeline::series_desk& series) {
    const auto begun = steady::now();
    let_signals_end_the_process();
    tell_stopping();
    telemetry::log(log_level::info, "stopping");
    series.close();
    edge.begin_drain();
    if (!edge.wait(begun + connections_wait)) {
        telemetry::log(log_level::warning, "some connections were still open and are cut");
    }
    const auto left = drain_limit - std::chrono::duration_cast<milliseconds>(steady::now() - begun);
    const pipeline::stop_outcome outcome = inside.stop(left);
    const bool lost = outcome == pipeline::stop_outcome::incomplete;
    telemetry::log(lost ? log_level::error : log_level::info, sentence_of(outcome));
    telemetry::flush_log();
    // A call to a store that hangs would hold up the destructors.
    if (outcome != pipeline::stop_outcome::everything_stored || !series.idle())
        std::_Exit(lost ? exit_failure : exit_ok);
    return exit_ok;
}

// How far a long recovery is, for the log and for systemd, which is asked for more time.
class recovery_report {
public:
    void operator()(std::uint64_t done, std::uint64_t all) {
        const auto now = steady::now();
        if (now < due_) return;
        due_ = now + std::chrono::seconds{2};
        const std::string percent = std::to_string(all == 0 ? 100 : done * 100 / all) + " %";
        tell_starting("recovering: " + percent);
        telemetry::log(log_level::info, "recovering from the journal",
                       {{"done", percent}, {"megabytes", std::to_string(all >> 20U)}});
    }

private:
    steady::time_point due_ = steady::now() + std::chrono::seconds{1};
};

// Nothing where the journal is off; one that an earlier run left is not to be forgotten.
result<std::unique_ptr<journal::file_system>> open_journal(const config::settings& chosen) {
    const auto folder = journal_folder_of(chosen);
    if (chosen.journal == "off") {
        telemetry::log(log_level::warning, "the journal is off: what is acknowledged is lost with the process");
        if (!std::filesystem::exists(folder)) return std::unique_ptr<journal::file_system>{};
        return failure{"STREAM_JOURNAL is off, but " + folder.string() + " holds a journal",
                       "start once with the journal on and stop it, then move that folder away"};
    }
    auto opened = disk::open_folder(folder);
    if (!opened) return opened.error();
    return std::move(opened.value());
}

// The journal has failed: what is in memory is of no use to anybody, and the next start finds out what is on the disk.
int fail_at_once() {
    telemetry::log(log_level::error, "ending because the journal has failed; the next start recovers from it");
    telemetry::flush_log();
    std::_Exit(exit_failure);
}

// A store that refuses us (wrong password, newer schema, another daemon) will not change its mind; one that is away may
// come back, and events are taken meanwhile.
std::optional<failure> trouble_of(const pipeline::start_outcome& begun, const data_directory& directory) {
    if (begun.broken) return *begun.broken;
    if (begun.adopted_secret) {
        const auto kept = keep_secret(directory, *begun.adopted_secret);
        if (!kept) return kept.error();
    }
    const bool hopeless = begun.trouble && (begun.trouble->trouble == store_trouble::refused ||
                                            begun.trouble->trouble == store_trouble::not_ours);
    if (!begun.store_up && hopeless) return *begun.trouble;
    return std::nullopt;
}

// Nothing was taken yet, so there is nothing to write.
int end_before_ready() {
    tell_stopping();
    telemetry::log(log_level::info,
                   "stopped before the recovery was through: checkpoint and journal are as they were, "
                   "the next start recovers all of it");
    return exit_ok;
}

int run(const config::settings& chosen, const config_file& file) {
    auto directory = data_directory::lock(chosen.data_dir);
    if (!directory) return failed(directory.error());
    const auto secret = installation_secret(directory.value());
    if (!secret) return failed(secret.error());

    // In the order of their start; they stop in reverse.
    telemetry::metrics counts;
    const auto store = make_store(chosen);
    const auto past = make_series_source(chosen);
    pipeline::series_desk series(*past, counts);
    auto files = open_journal(chosen);
    if (!files) return failed(files.error());
    pipeline::pipeline inside(pipeline_options_of(chosen), {secret.value().value, secret.value().just_made},
                              {*store, counts, pipeline::machine_clock(), files.value().get(), &series});
    inside.on_broken([](const std::string&) { ask_to_stop(); });
    http::server edge(http_settings_of(chosen, raise_descriptor_limit()), inside, counts);

    const auto now = pipeline::machine_clock().system_now().time_since_epoch();
    counts.set(telemetry::gauge::start_timestamp_seconds, seconds_of(now));
    const pipeline::start_outcome begun = inside.start(recovery_report{}, stop_is_asked);
    if (begun.abandoned) return end_before_ready();
    if (const auto trouble = trouble_of(begun, directory.value())) return failed(*trouble);
    const auto port = edge.start();
    if (!port) return failed(port.error());

    const std::string address = chosen.http_host + ":" + std::to_string(port.value());
    telemetry::log(log_level::info, "ready", {{"address", address}, {"store", store->description()}});
    telemetry::log(log_level::info, "who is let in",
                   {{"posting", webhook_access_text(chosen)}, {"reading", read_access_text(chosen)}});
    if (edge.admin_port() != 0) {
        telemetry::log(log_level::info, "pages are at an address of their own",
                       {{"address", chosen.admin_host + ":" + std::to_string(edge.admin_port())}});
    }
    const std::string status = "listening on " + address;
    tell_ready(status);
    wait_for_stop(file, inside, edge, status);
    if (inside.broken()) return fail_at_once();
    return drain(edge, inside, series);
}

}  // namespace

int serve(const config_file& file) {
    keep_memory_of_batches();
    hold_signals();
    ::umask(027);
    const auto chosen = settings_or_errors(file, std::cerr);
    if (!chosen) return exit_configuration;
    begin_log(*chosen);
    const int code = run(chosen->values, file);
    telemetry::flush_log();
    return code;
}

}  // namespace streamstats::app
