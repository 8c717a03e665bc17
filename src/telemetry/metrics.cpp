#include "streamstats/telemetry/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <sstream>
#include <vector>

#include "streamstats/telemetry/build_info.hpp"
#include "streamstats/telemetry/log.hpp"

namespace streamstats::telemetry {
namespace {

// Neighbours of one name are one family and differ in the value of their label.
struct counter_info {
    counter id;
    const char* name;
    const char* label;  // empty: the family has only this member
    const char* label_value;
    const char* help;
};

constexpr const char* events_help = "Events received, by what became of them.";
constexpr const char* requests_help = "HTTP requests answered, by class of status.";
constexpr const char* http_refused_help = "Requests refused before anything was made of their body, by reason.";
constexpr const char* timeouts_help =
    "Connections that were too slow, by what they were doing; idle ones are just closed.";
constexpr const char* pauses_help = "Times that accepting connections had to rest, by what was short.";
constexpr const char* flushes_help = "Attempts to write changed minutes to the store, by result.";
constexpr const char* rows_help = "Minute rows written to the store, by kind.";
constexpr const char* syncs_help = "Attempts to bring active_sessions up to date, by result.";
constexpr const char* refused_help = "Batches answered with 503, by reason; the sender sends them again.";
constexpr const char* series_help =
    "Questions for series answered with 503, by reason: what waits for the store, or the store itself.";
constexpr const char* checkpoints_help = "Attempts to write a checkpoint, by result.";

constexpr counter_info counters[] = {
    {counter::events_accepted, "streamstats_events_total", "result", "accepted", events_help},
    {counter::events_duplicate, "streamstats_events_total", "result", "duplicate", events_help},
    {counter::events_ignored, "streamstats_events_total", "result", "ignored", events_help},
    {counter::events_rejected, "streamstats_events_total", "result", "rejected", events_help},
    {counter::events_late, "streamstats_late_events_total", "", "", "Events of a minute that was already final."},
    {counter::clock_anomalies, "streamstats_clock_anomalies_total", "", "",
     "Instants replaced because they lay in the future or before the opening of their session."},
    {counter::inferred_closes, "streamstats_inferred_closes_total", "", "",
     "Sessions closed by age, silence or a restart of their server."},
    {counter::reopened_sessions, "streamstats_reopened_sessions_total", "", "",
     "Sessions closed for silence that spoke again."},
    {counter::dropped_samples, "streamstats_dropped_samples_total", "", "",
     "Byte samples that were not later than the newest one, or smaller."},
    {counter::other_values, "streamstats_other_values_total", "", "",
     "Sessions counted as (other) because a dimension was full."},
    {counter::requests_2xx, "streamstats_http_requests_total", "class", "2xx", requests_help},
    {counter::requests_4xx, "streamstats_http_requests_total", "class", "4xx", requests_help},
    {counter::requests_5xx, "streamstats_http_requests_total", "class", "5xx", requests_help},
    {counter::request_bytes, "streamstats_http_request_bytes_total", "", "", "Bytes of request bodies received."},
    {counter::connections, "streamstats_http_connections_total", "", "", "HTTP connections accepted."},
    {counter::http_refused_network, "streamstats_http_refused_total", "reason", "network", http_refused_help},
    {counter::http_refused_missing, "streamstats_http_refused_total", "reason", "credential_missing",
     http_refused_help},
    {counter::http_refused_credential, "streamstats_http_refused_total", "reason", "credential_wrong",
     http_refused_help},
    {counter::http_refused_signature, "streamstats_http_refused_total", "reason", "signature_wrong", http_refused_help},
    {counter::http_refused_timestamp, "streamstats_http_refused_total", "reason", "timestamp_off", http_refused_help},
    {counter::http_refused_bytes, "streamstats_http_refused_total", "reason", "bytes_in_flight", http_refused_help},
    {counter::http_refused_turn, "streamstats_http_refused_total", "reason", "waited_too_long", http_refused_help},
    {counter::http_refused_inside, "streamstats_http_refused_total", "reason", "not_now", http_refused_help},
    {counter::http_timeouts_header, "streamstats_http_timeouts_total", "phase", "header", timeouts_help},
    {counter::http_timeouts_body, "streamstats_http_timeouts_total", "phase", "body", timeouts_help},
    {counter::http_timeouts_write, "streamstats_http_timeouts_total", "phase", "write", timeouts_help},
    {counter::http_timeouts_idle, "streamstats_http_timeouts_total", "phase", "idle", timeouts_help},
    {counter::http_pauses_connections, "streamstats_http_accept_pauses_total", "reason", "connections", pauses_help},
    {counter::http_pauses_resources, "streamstats_http_accept_pauses_total", "reason", "resources", pauses_help},
    {counter::flushes_stored, "streamstats_flushes_total", "result", "stored", flushes_help},
    {counter::flushes_failed, "streamstats_flushes_total", "result", "failed", flushes_help},
    {counter::rows_written, "streamstats_rows_written_total", "kind", "whole", rows_help},
    {counter::revision_rows_written, "streamstats_rows_written_total", "kind", "revision", rows_help},
    {counter::session_syncs, "streamstats_session_syncs_total", "result", "stored", syncs_help},
    {counter::session_sync_failures, "streamstats_session_syncs_total", "result", "failed", syncs_help},
    {counter::rejected_events_dropped, "streamstats_rejected_events_dropped_total", "", "",
     "Rejected events that were counted but not kept, because their queue was full."},
    {counter::refused_overloaded, "streamstats_refused_batches_total", "reason", "overloaded", refused_help},
    {counter::refused_journal, "streamstats_refused_batches_total", "reason", "journal", refused_help},
    {counter::refused_sessions, "streamstats_refused_batches_total", "reason", "too_many_sessions", refused_help},
    {counter::refused_not_running, "streamstats_refused_batches_total", "reason", "not_running", refused_help},
    {counter::series_refused_crowded, "streamstats_series_refused_total", "reason", "crowded", series_help},
    {counter::series_refused_late, "streamstats_series_refused_total", "reason", "late", series_help},
    {counter::series_refused_busy, "streamstats_series_refused_total", "reason", "store_busy", series_help},
    {counter::series_refused_away, "streamstats_series_refused_total", "reason", "store_away", series_help},
    {counter::checkpoints_written, "streamstats_checkpoints_total", "result", "written", checkpoints_help},
    {counter::checkpoints_failed, "streamstats_checkpoints_total", "result", "failed", checkpoints_help},
    {counter::log_lines_dropped, "streamstats_log_lines_dropped_total", "", "",
     "Log lines left out because one place logged too often or the log was blocked."},
};

struct gauge_info {
    gauge id;
    const char* name;
    const char* help;
};

constexpr gauge_info gauges[] = {
    {gauge::open_sessions, "streamstats_open_sessions", "Sessions open now."},
    {gauge::known_sessions, "streamstats_known_sessions", "Sessions in memory: open, or closed and remembered."},
    {gauge::engine_memory_bytes, "streamstats_engine_memory_bytes", "Approximate memory of sessions and minutes."},
    {gauge::event_lag_seconds, "streamstats_event_lag_seconds",
     "Receipt minus the event's own time, of the newest accepted event."},
    {gauge::flush_duration_seconds, "streamstats_flush_duration_seconds", "Duration of the last flush, to its commit."},
    {gauge::last_flush_timestamp_seconds, "streamstats_last_flush_timestamp_seconds",
     "Unix time of the last flush that reached the store."},
    {gauge::pending_rows, "streamstats_pending_rows", "Rows computed and not yet in the store."},
    {gauge::store_up, "streamstats_store_up", "1 if the store answered last time, else 0."},
    {gauge::http_connections, "streamstats_http_connections", "HTTP connections open now."},
    {gauge::live_streams, "streamstats_live_streams", "Streams of live numbers open now."},
    {gauge::bytes_in_flight, "streamstats_http_in_flight_bytes", "Bytes of request bodies being handled."},
    {gauge::start_timestamp_seconds, "streamstats_start_timestamp_seconds", "Unix time of the start of the daemon."},
    {gauge::journal_bytes, "streamstats_journal_bytes", "Bytes of the journal's segments on the disk."},
    {gauge::journal_segments, "streamstats_journal_segments", "Segments of the journal on the disk."},
    {gauge::journal_no_room, "streamstats_journal_no_room", "1 if the disk has no room for the journal, else 0."},
    {gauge::journal_sync_seconds, "streamstats_journal_sync_seconds", "Duration of the journal's last sync."},
    {gauge::journal_gaps, "streamstats_journal_gaps",
     "Acknowledged frames that could not be read when the daemon started."},
    {gauge::checkpoint_age_seconds, "streamstats_checkpoint_age_seconds", "Age of the checkpoint in force."},
};

// The id of each entry is its position, so that a value is found by its id.
template <class Info, std::size_t Size>
constexpr bool in_order(const Info (&table)[Size]) {
    for (std::size_t i = 0; i < Size; ++i) {
        if (static_cast<std::size_t>(table[i].id) != i) return false;
    }
    return true;
}
static_assert(std::size(counters) == static_cast<std::size_t>(counter::count_) && in_order(counters));
static_assert(std::size(gauges) == static_cast<std::size_t>(gauge::count_) && in_order(gauges));

using families = std::vector<prometheus::MetricFamily>;

prometheus::MetricFamily& family(families& all, const char* name, const char* help, prometheus::MetricType type) {
    if (all.empty() || all.back().name != name) all.push_back({name, help, type, {}});
    return all.back();
}

prometheus::ClientMetric build_info() {
    prometheus::ClientMetric metric;
    metric.label = {{"version", std::string(version())}, {"revision", std::string(revision())}};
    metric.gauge.value = 1;
    return metric;
}

}  // namespace

std::string metrics::to_prometheus_text() const {
    families all;
    for (const counter_info& info : counters) {
        prometheus::ClientMetric metric;
        if (*info.label != '\0') metric.label = {{info.label, info.label_value}};
        // The log counts for itself: it is also used where there are no metrics.
        const bool of_the_log = info.id == counter::log_lines_dropped;
        metric.counter.value = static_cast<double>(of_the_log ? telemetry::log_lines_dropped() : total(info.id));
        family(all, info.name, info.help, prometheus::MetricType::Counter).metric.push_back(std::move(metric));
    }
    for (const gauge_info& info : gauges) {
        prometheus::ClientMetric metric;
        metric.gauge.value = value(info.id);
        family(all, info.name, info.help, prometheus::MetricType::Gauge).metric.push_back(std::move(metric));
    }
    family(all, "streamstats_build_info", "Which build this is; always 1.", prometheus::MetricType::Gauge)
        .metric.push_back(build_info());
    std::ostringstream text;
    prometheus::TextSerializer{}.Serialize(text, all);
    return text.str();
}

}  // namespace streamstats::telemetry
