#include "streamstats/pipeline/frame_json.hpp"

#include <nlohmann/json.hpp>

#include "pipeline/journal_records.hpp"
#include "streamstats/base/dimension.hpp"
#include "streamstats/wire/event_codec.hpp"

namespace streamstats::pipeline {
namespace {

using journal::frame_kind;
using nlohmann::ordered_json;

void put(ordered_json& into, const char* name, std::string_view value) {
    if (!value.empty()) into[name] = value;
}
void put(ordered_json& into, const char* name, const std::optional<instant>& value) {
    if (value) into[name] = to_iso_text(*value);
}

ordered_json json_of(const play_event& event) {
    ordered_json json;
    json["event"] = name_of(event.kind);
    put(json, "id", event.id);
    put(json, "server", event.server);
    put(json, "media", event.channel);
    put(json, "user_id", event.user_id);
    put(json, "ip", event.ip);
    put(json, "user_agent", event.user_agent);
    put(json, "country", event.country);
    put(json, "proto", event.protocol);
    if (event.bytes) json["bytes"] = *event.bytes;
    put(json, "opened_at", event.opened_at);
    put(json, "closed_at", event.closed_at);
    put(json, "updated_at", event.updated_at);
    put(json, "time", event.time);
    return json;
}

ordered_json json_of(const minute_row& row) {
    const minute_numbers& n = row.numbers;
    return {{"minute", to_sql_text(row.at)},
            {"dimension", streamstats::name_of(row.dim)},
            {"value", row.value},
            {"kind", row.kind == row_kind::whole ? "whole" : "revision"},
            {"sessions_started", n.sessions_started},
            {"sessions_closed", n.sessions_closed},
            {"watch_time_ms", n.watch_time_ms},
            {"peak_concurrent", n.peak_concurrent},
            {"unique_users", n.unique_users},
            {"total_bytes", n.total_bytes}};
}

ordered_json json_of(const std::vector<minute_row>& rows) {
    ordered_json list = ordered_json::array();
    for (const minute_row& row : rows) list.push_back(json_of(row));
    return list;
}

ordered_json json_of(const std::vector<minute>& minutes) {
    ordered_json list = ordered_json::array();
    for (const minute at : minutes) list.push_back(to_sql_text(at));
    return list;
}

ordered_json json_of(const flush_record& record) {
    return {{"flush", record.number},
            {"written_before", to_sql_text(record.written_before)},
            {"cleared", json_of(record.cleared)},
            {"revisions", json_of(record.revisions)}};
}

ordered_json json_of(const checkpoint_head& head) {
    ordered_json json{{"applied", head.applied},
                      {"flush_number", head.flush_number},
                      {"written_before", to_sql_text(head.written_before)},
                      {"complete_before", to_sql_text(head.complete_before)},
                      {"rows_stored", head.rows_stored},
                      {"sessions_stored", head.sessions_stored},
                      {"cleared", json_of(head.cleared)}};
    if (head.in_hand) json["in_hand"] = json_of(*head.in_hand);
    return json;
}

std::optional<ordered_json> batch_json(journal::bytes_view payload) {
    const auto batch = wire::decode_events(payload);
    if (!batch) return std::nullopt;
    ordered_json events = ordered_json::array();
    for (const play_event& event : batch->events) events.push_back(json_of(event));
    return ordered_json{{"received", to_iso_text(batch->received)}, {"events", std::move(events)}};
}

template <class Record>
std::optional<ordered_json> json_if(const std::optional<Record>& record) {
    if (!record) return std::nullopt;
    return json_of(*record);
}

std::optional<ordered_json> content_of(frame_kind kind, journal::bytes_view payload) {
    switch (kind) {
        case frame_kind::batch:
            return batch_json(payload);
        case frame_kind::flush:
            return json_if(flush_record_from(payload));
        case frame_kind::restart:
            if (const auto run = run_record_from(payload)) return ordered_json{{"started", to_iso_text(run->started)}};
            return std::nullopt;
        case frame_kind::checkpoint_head:
            return json_if(checkpoint_head_from(payload));
        case frame_kind::checkpoint_rows:
            if (const auto rows = rows_from(payload)) return ordered_json{{"rows", json_of(*rows)}};
            return std::nullopt;
        case frame_kind::checkpoint_sessions:
        case frame_kind::checkpoint_end:
            return ordered_json{{"bytes", payload.size()}};
    }
    return std::nullopt;
}

}  // namespace

std::string frame_json(frame_kind kind, journal::bytes_view payload) {
    const auto content = content_of(kind, payload);
    if (!content) return ordered_json{{"unreadable", true}, {"bytes", payload.size()}}.dump();
    return content->dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::optional<journal::lsn> applied_by(journal::bytes_view head) {
    const auto record = checkpoint_head_from(head);
    if (!record) return std::nullopt;
    return record->applied;
}

const char* name_of(frame_kind kind) {
    switch (kind) {
        case frame_kind::batch:
            return "batch";
        case frame_kind::flush:
            return "flush";
        case frame_kind::restart:
            return "restart";
        case frame_kind::checkpoint_head:
            return "checkpoint_head";
        case frame_kind::checkpoint_sessions:
            return "checkpoint_sessions";
        case frame_kind::checkpoint_rows:
            return "checkpoint_rows";
        case frame_kind::checkpoint_end:
            return "checkpoint_end";
    }
    return "unknown";
}

}  // namespace streamstats::pipeline
