// A seeded audience that behaves like media servers do: it POSTs batches of play events to a URL, keeps what was not
// taken and sends it again, and can write down the rows that must result.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "streamstats/base/time.hpp"

namespace streamstats::simulate {

// Every setting with the name of its option, its range and its unit; the default is the initialiser.
//
// Audience time runs from `first` to `last`. `first` is `start` if that is given, else the moment of the call less
// `backdate`; `last` is first + backdate + duration. What lies in the past is delivered at once, the rest as it
// happens. The same seed, start and audience give the same events, byte for byte.
struct simulation_settings {
    // --url: http://HOST[:PORT][/PATH][?QUERY]; the query is passed on as it is.
    std::string url = "http://127.0.0.1:5000/api/webhook";
    // --token: sent as `Authorization: Bearer TOKEN`; empty: no such header. Never printed.
    std::string token;
    // --seed: any number.
    std::uint64_t seed = 1;
    // --start: the first instant, see parse_start(); only without backdate. What is older than the receiver's late
    // window still counts there, but no longer in peak_concurrent and unique_users.
    std::optional<instant> start;
    // --backdate: 0 to 55 minutes, in seconds: an hour is what a receiver that has just started still takes whole.
    seconds backdate{0};
    // --duration: 0 to 31 536 000 seconds; 0: until stopped.
    seconds duration{0};

    // --viewers: 1 to 5 000 000 sessions open at a time, once the audience has come in.
    std::size_t viewers = 1'000;
    // --channels: 1 to 50 000, by Zipf's law: the first is watched most.
    std::size_t channels = 40;
    // --servers: 1 to 1 000, by Zipf's law, flattened.
    std::size_t servers = 4;
    // --session-length: 1 to 43 200 seconds on average; many leave at once, some stay for long.
    seconds session_length{180};
    // --rate: 0 to 10 000 000 events per second of audience time; 0: no limit. When it is reached, fewer viewers come.
    double events_per_second_max = 20'000;

    // --batch: 1 to 10 000 events in one request. A smaller one is sent after half a second of audience time.
    std::size_t batch_events = 100;
    // --connections: 1 to 256.
    std::size_t connections = 4;
    // --updates: a play_updated every 30 s for each open session.
    bool updates = false;
    // --restart-every: 0 to 86 400 seconds between two server_started; 0: never. A server that restarts has sent no
    // play_closed for its sessions; their viewers come back.
    seconds restart_every{0};
    // --missing-closes, --missing-starts: 0 to 50 percent of the sessions.
    double missing_close_percent = 0.5;
    double missing_start_percent = 0.5;
    // --repeats: 0 to 100 percent of the batches are sent twice although they were taken.
    double repeat_percent = 0;
    // --disorder: 0 to 100 percent of the events come up to 20 s late, and of the batches are shuffled.
    double disorder_percent = 0;
    // --lost-answers: 0 to 90 percent of the batches: the connection is cut before the answer is read, and the batch
    // is sent again.
    double lost_answer_percent = 0;

    // --truth: file for the rows that must result (see truth below); empty: none.
    std::string truth_file;
    // --close-at-end, --leave-open: whether everything still open at the end gets its play_closed then. Absent: only
    // if there is a truth file.
    std::optional<bool> close_at_end;
    // --max-age, --idle-timeout: 60 to 604 800 and 30 to 86 400 seconds: STREAM_SESSION_MAX_AGE_SECONDS and
    // STREAM_SESSION_IDLE_TIMEOUT_SECONDS of the receiver. Only the truth needs them.
    seconds session_max_age{86'400};
    seconds idle_timeout{600};
    // --give-up: 1 to 3 600 seconds without a batch taken, after the end, before the rest is given up.
    seconds give_up{60};
};

// The truth file is text: a header line, then one row per line, fields separated by tabs, in the order of
//   table, minute, value, sessions_started, sessions_closed, watch_time_seconds, peak_concurrent, unique_users,
//   total_bytes, bandwidth_bps
// (`value` is empty for stats_global). It covers every minute from that of the first session to that of `last`, if all
// sessions were closed at the end, else to the last one that was complete at `last`: then as a receiver sees it whose
// clock shows `last`. Rows of stats_global mark the covered minutes: they are there even when all zero.
// Every session is kept in memory for it, about 400 bytes each and 32 for each update; at truth_sessions_max the run
// stops as if it had been asked to.
inline constexpr std::size_t truth_sessions_max = 4'000'000;

struct setting_error {
    std::string option;  // "--viewers"
    std::string rule;    // "must be a number from 1 to 5000000"
};

// The first setting that is out of range, contradicts another or cannot be understood; none: run_simulation() accepts.
std::optional<setting_error> validate(const simulation_settings& settings);

// "2026-11-21T12:30:00Z" (also with a fraction, or +01:00 for Z), or seconds or milliseconds since 1970.
std::optional<instant> parse_start(std::string_view text);

// Runs until the duration is over or `stop` is requested, then delivers what is left. Writes a line a second and a
// summary to `progress`. Blocks; everything happens on the caller's thread. Returns the exit status:
//   0  every batch was delivered, and the truth written if asked for
//   1  batches are left undelivered, the receiver refuses them (4xx from the start), or the truth cannot be written
//   2  validate() objects
int run_simulation(const simulation_settings& settings, std::ostream& progress, const std::stop_token& stop);

}  // namespace streamstats::simulate
