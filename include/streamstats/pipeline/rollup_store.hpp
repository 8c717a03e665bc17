// What the pipeline needs of a place that keeps rollups; store/ implements it for MySQL/MariaDB and SQLite.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "streamstats/base/failure.hpp"
#include "streamstats/base/minute_row.hpp"
#include "streamstats/base/session_row.hpp"
#include "streamstats/base/time.hpp"

namespace streamstats {

enum class store_trouble : std::uint8_t {
    away,       // cannot connect, connection lost, timed out: try again later, the outcome is unknown
    busy,       // deadlock, lock wait, too many connections: try again soon
    read_only,  // the server turned read-only: reconnect, try again
    too_large,  // packet too large: try again in smaller pieces
    refused,    // will be refused again until somebody changes something (access denied, no such database)
    not_ours,   // another daemon writes to it, or another program has made it: this one must not go on
};

struct store_failure : failure {
    store_trouble trouble = store_trouble::away;
};

// One transaction. `number` is the stored number + 1: a flush whose outcome was lost is applied once, not twice.
struct flush {
    std::uint64_t number = 0;
    std::vector<minute_row> rows;
    // Minutes before this one were written by this or an earlier flush; kept with the number (see store_position).
    minute written_before{};
    std::vector<minute> cleared{};  // all rows of these minutes are removed before anything is written
};

struct store_position {
    std::uint64_t flush_number = 0;            // of the last flush applied; 0: none ever
    std::optional<minute> written_before;      // absent: none ever
    std::string secret;                        // the installation's secret, hex; empty: none kept yet
    std::optional<instant> sessions_synced{};  // as of when active_sessions is; absent: never synced
};

struct rejected_event {
    instant received{};
    std::string field;
    std::string message;
    std::string json;
};

struct session_changes {
    std::vector<session_row> open;   // insert or replace
    std::vector<session_key> gone;   // delete if there
    std::optional<instant> as_of{};  // with these changes the table is that of this instant
};

// Methods block. They may be called from any thread that is not an I/O thread, also at the same time.
// None throws; none retries on its own except once over a connection that turned out to be stale before anything was
// sent.
class rollup_store {
public:
    virtual ~rollup_store() = default;

    // Connects, takes the writer lock (one daemon per database), creates missing tables, applies migrations.
    // Idempotent.
    virtual std::optional<store_failure> prepare() = 0;
    virtual result<store_position, store_failure> position() = 0;
    virtual std::optional<store_failure> keep_secret(const std::string& hex) = 0;
    // All or nothing, rows and number together. A number that is already applied is a success that changes nothing.
    virtual std::optional<store_failure> write(const flush& what) = 0;
    virtual std::optional<store_failure> sync_sessions(const session_changes& changes) = 0;
    virtual std::optional<store_failure> load_sessions(const std::function<void(const session_row&)>& each) = 0;
    // Appends and trims the table to its newest `rejected_rows_max`.
    virtual std::optional<store_failure> append_rejected(std::span<const rejected_event> events) = 0;
    // "mysql 10.11.14-MariaDB at db:3306/stream_stats", "sqlite data/stream_stats.db"; no secret.
    [[nodiscard]] virtual std::string description() const = 0;
};

inline constexpr std::uint64_t rejected_rows_max = 10'000;

}  // namespace streamstats
