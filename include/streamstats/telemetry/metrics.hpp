// The catalogue of what the daemon counts, and its Prometheus text form (prometheus-cpp behind it).
// Every method may be called from any thread; counting is one relaxed atomic addition.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace streamstats::telemetry {

// Monotonic counts. Name, label and help of each stand in the table of metrics.cpp, in this order.
enum class counter : std::uint8_t {
    events_accepted,
    events_duplicate,
    events_ignored,
    events_rejected,
    events_late,
    clock_anomalies,
    inferred_closes,
    reopened_sessions,
    dropped_samples,
    other_values,
    requests_2xx,
    requests_4xx,
    requests_5xx,
    request_bytes,
    connections,
    http_refused_network,     // the rest of the reasons: who may post and read
    http_refused_missing,     // no credential
    http_refused_credential,  // a wrong one
    http_refused_signature,
    http_refused_timestamp,  // of a signature: too old, or ahead
    http_refused_bytes,      // too many bytes of bodies in flight
    http_refused_turn,       // a batch whose turn to be read did not come in time
    http_refused_inside,     // the inside takes nothing now
    http_timeouts_header,
    http_timeouts_body,
    http_timeouts_write,
    http_timeouts_idle,
    http_pauses_connections,  // of accepting, because all connections that may be are open
    http_pauses_resources,    // because descriptors or memory are short
    flushes_stored,
    flushes_failed,
    rows_written,
    revision_rows_written,
    session_syncs,
    session_sync_failures,
    rejected_events_dropped,  // did not fit the bounded queue on the way to rejected_events
    refused_overloaded,
    refused_journal,
    refused_sessions,
    refused_not_running,
    series_refused_crowded,  // too many wait
    series_refused_late,     // waited for too long
    series_refused_busy,     // the store takes too long
    series_refused_away,     // it cannot be asked
    checkpoints_written,
    checkpoints_failed,
    log_lines_dropped,
    count_
};

// Values that go up and down.
enum class gauge : std::uint8_t {
    open_sessions,
    known_sessions,
    engine_memory_bytes,
    event_lag_seconds,       // newest accepted event: receipt - its own time
    flush_duration_seconds,  // of the last flush, from engine to commit
    last_flush_timestamp_seconds,
    pending_rows,  // computed, not yet in the store
    store_up,      // 1 or 0
    http_connections,
    live_streams,
    bytes_in_flight,  // request bodies being handled
    start_timestamp_seconds,
    journal_bytes,  // on the disk
    journal_segments,
    journal_no_room,       // 1 or 0
    journal_sync_seconds,  // the last one
    journal_gaps,          // durable frames that cannot be read any more, found at the start
    checkpoint_age_seconds,
    count_
};

class metrics {
public:
    void add(counter c, std::uint64_t n = 1) {
        counters_[static_cast<std::size_t>(c)].fetch_add(n, std::memory_order_relaxed);
    }
    // For totals that somebody else keeps (the engine's): sets the counter to `total`.
    void set_total(counter c, std::uint64_t total) {
        counters_[static_cast<std::size_t>(c)].store(total, std::memory_order_relaxed);
    }
    void set(gauge g, double value) { gauges_[static_cast<std::size_t>(g)].store(value, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t total(counter c) const {
        return counters_[static_cast<std::size_t>(c)].load(std::memory_order_relaxed);
    }
    [[nodiscard]] double value(gauge g) const {
        return gauges_[static_cast<std::size_t>(g)].load(std::memory_order_relaxed);
    }
    // Prometheus text exposition format 0.0.4, streamstats_build_info included.
    [[nodiscard]] std::string to_prometheus_text() const;

private:
    std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(counter::count_)> counters_{};
    std::array<std::atomic<double>, static_cast<std::size_t>(gauge::count_)> gauges_{};
};

}  // namespace streamstats::telemetry
