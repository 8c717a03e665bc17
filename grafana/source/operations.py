"""The dashboard of the daemon itself, from what it tells Prometheus at /metrics."""

from .panels import (BLUE, GREEN, GREY, ORANGE, PROMETHEUS, PURPLE, RED, dashboard, fixed, graph, override, promql,
                     query_variable, row, rows, stat, table, thresholds)

BY_INSTANCE = "{{instance}}"


def metric(name, **labels):
    return f"streamstats_{name}" + "{" + ", ".join(
        ['instance=~"$instance"'] + [f'{key}="{value}"' for key, value in labels.items()]) + "}"


def rate(name, by="instance", window="$__rate_interval", **labels):
    return f"sum by ({by}) (rate({metric(name, **labels)}[{window}]))"


# Seconds since the last flush, or since the start if there has been none.
FLUSH_AGE = (f"time() - (({metric('last_flush_timestamp_seconds')} > {metric('start_timestamp_seconds')})"
             f" or {metric('start_timestamp_seconds')})")

YES_NO = [{"type": "value", "options": {"1": {"text": "yes", "color": GREEN, "index": 0},
                                        "0": {"text": "no", "color": RED, "index": 1}}}]
NO_YES = [{"type": "value", "options": {"0": {"text": "no", "color": GREEN, "index": 0},
                                        "1": {"text": "yes", "color": RED, "index": 1}}}]


def number(title, description, expression, width=3, legend=BY_INSTANCE, **options):
    return stat(title, description, [promql(expression, legend, instant=True)], width, 4, **options)


def chart(title, description, queries, width=8, **options):
    """`queries`: (PromQL, legend) each."""
    return graph(title, description, [promql(expression, legend) for expression, legend in queries], width, 8,
                 interval="30s", **options)


def headline():
    return [
        number("Daemon up since", "Time since the start of the daemon (start_timestamp_seconds).",
               f"time() - {metric('start_timestamp_seconds')}", unit="dtdurations", no_value="down",
               steps=thresholds((ORANGE,), (600, GREEN))),
        number("Store answers", "store_up: whether the database answered last time. While it is away, events are taken"
               " and rows wait.", metric("store_up"), unit="none", mappings=YES_NO,
               steps=thresholds((RED,), (1, GREEN))),
        number("Last flush", "Time since rows last reached the database.", FLUSH_AGE, unit="s", decimals=0,
               steps=thresholds((GREEN,), (120, ORANGE), (300, RED))),
        number("Journal full", "journal_no_room: the disk has no room for the journal; events are refused with 503.",
               metric("journal_no_room"), unit="none", mappings=NO_YES, steps=thresholds((GREEN,), (1, RED))),
        number("Events a second", "Events received, whatever became of them.", rate("events_total"), unit="cps"),
        number("Event lag", "Receipt minus the event's own time, of the newest accepted event.",
               metric("event_lag_seconds"), unit="s", steps=thresholds((GREEN,), (60, ORANGE), (300, RED))),
        number("Open sessions", "Sessions open now.", metric("open_sessions"), unit="locale"),
        number("Rejected events", "Part of the events of the last hour that were rejected.",
               f"{rate('events_total', window='1h', result='rejected')} / ({rate('events_total', window='1h')} > 0)"
               f" or 0 * sum by (instance) ({metric('store_up')})",
               unit="percentunit", decimals=2, steps=thresholds((GREEN,), (0.01, ORANGE), (0.05, RED))),
    ]


def events():
    colors = [override("accepted", color=fixed(GREEN)), override("duplicate", color=fixed(BLUE)),
              override("ignored", color=fixed(GREY)), override("rejected", color=fixed(RED))]
    return [
        row("Events"),
        chart("Events by result", "events_total: accepted, duplicate (known already), ignored (no interest), rejected"
              " (bad: each is kept with its reason in rejected_events).",
              [(rate("events_total", by="result"), "{{result}}")], unit="cps", stacked=True, fill=40, overrides=colors),
        chart("Event lag", "event_lag_seconds: receipt minus the event's own time. It grows when a media server resends"
              " what it kept, or its clock is wrong.", [(metric("event_lag_seconds"), BY_INSTANCE)], unit="s",
              minimum=None),
        chart("Late, odd and dropped", "Per minute. Late: for a minute that was final (late_events_total). Clock:"
              " instants that lay in the future or before their session (clock_anomalies_total). Samples: byte counts"
              " that went backwards (dropped_samples_total). Other: sessions counted as (other), because a dimension"
              " was full (other_values_total).",
              [(f"60 * {rate('late_events_total')}", "late"), (f"60 * {rate('clock_anomalies_total')}", "clock"),
               (f"60 * {rate('dropped_samples_total')}", "samples"), (f"60 * {rate('other_values_total')}", "other")],
              unit="cpm"),
        chart("Open and remembered sessions", "open_sessions, and known_sessions: those and the closed ones that are"
              " remembered, so that a repeated event stays without effect.",
              [(metric("open_sessions"), "open"), (metric("known_sessions"), "known")], unit="short"),
        chart("Inferred closes and reopenings", "Per minute. Sessions closed by age, silence or a restart of their"
              " server (inferred_closes_total), and those that spoke again (reopened_sessions_total).",
              [(f"60 * {rate('inferred_closes_total')}", "inferred closes"),
               (f"60 * {rate('reopened_sessions_total')}", "reopened")], unit="cpm"),
        table("Newest rejected events", "What was wrong with the newest 50 rejected events of the range, from the table"
              " rejected_events (the event itself is in its column json, which Grafana's user may not read). It holds"
              " the newest 10 000.",
              rows("SELECT received AS \"Received\", field AS \"Field\", message AS \"Rule\"\n"
                   "FROM rejected_events WHERE $__timeFilter(received) ORDER BY id DESC LIMIT 50"), 8, 8,
              overrides=[override("Received", unit="dateTimeAsLocal", custom_width=200),
                         override("Field", custom_width=90)]),
    ]


def store():
    return [
        row("Store"),
        chart("Age of the last flush", "Seconds since rows last reached the database. It climbs to the flush interval"
              " and falls back; above five minutes, something is wrong.", [(FLUSH_AGE, BY_INSTANCE)], unit="s",
              steps=thresholds((GREEN,), (300, RED))),
        chart("Duration of a flush", "flush_duration_seconds: of the last flush, to its commit.",
              [(metric("flush_duration_seconds"), BY_INSTANCE)], unit="s"),
        chart("Rows waiting", "pending_rows: computed, and not yet in the database.",
              [(metric("pending_rows"), BY_INSTANCE)], unit="short"),
        chart("Rows written", "rows_written_total: whole rows of minutes that are not final, and revisions, which late"
              " events add to final ones.", [(rate("rows_written_total", by="kind"), "{{kind}}")], unit="cps"),
        chart("Flushes and session syncs that failed", "Per minute: flushes_total and session_syncs_total, result"
              " failed. Each is tried again.",
              [(f"60 * {rate('flushes_total', result='failed')}", "flushes"),
               (f"60 * {rate('session_syncs_total', result='failed')}", "session syncs")], unit="cpm",
              color=fixed(RED)),
        chart("Memory of the engine", "engine_memory_bytes: sessions and minutes, approximately.",
              [(metric("engine_memory_bytes"), BY_INSTANCE)], unit="bytes", color=fixed(PURPLE)),
    ]


def journal():
    return [
        row("Journal"),
        chart("Journal on the disk", "journal_bytes, room taken in advance included: two segments when idle. It grows"
              " while checkpoints cannot be written.", [(metric("journal_bytes"), BY_INSTANCE)], unit="bytes"),
        chart("Duration of a sync", "journal_sync_seconds: of the last sync. Every answer waits for one.",
              [(metric("journal_sync_seconds"), BY_INSTANCE)], unit="s"),
        chart("Age of the checkpoint", "checkpoint_age_seconds: what a start would have to read again.",
              [(metric("checkpoint_age_seconds"), BY_INSTANCE)], unit="s"),
        number("Segments", "journal_segments: files of the journal.", metric("journal_segments"), 8, unit="locale"),
        number("Frames lost", "journal_gaps: acknowledged frames that could not be read when the daemon started.",
               metric("journal_gaps"), 8, unit="locale", steps=thresholds((GREEN,), (1, RED))),
        number("Checkpoints that failed", "checkpoints_total, result failed, in the last hour.",
               f"sum by (instance) (increase({metric('checkpoints_total', result='failed')}[1h]))", 8, unit="locale",
               decimals=0, steps=thresholds((GREEN,), (1, ORANGE))),
    ]


def http():
    return [
        row("HTTP"),
        chart("Requests by class", "http_requests_total: 5xx is “send it again”, never a loss.",
              [(rate("http_requests_total", by="class"), "{{class}}")], unit="reqps",
              overrides=[override("2xx", color=fixed(GREEN)), override("4xx", color=fixed(ORANGE)),
                         override("5xx", color=fixed(RED))]),
        chart("Bytes received", "http_request_bytes_total.", [(rate("http_request_bytes_total"), BY_INSTANCE)],
              unit="Bps"),
        chart("Connections and bytes in flight", "http_connections; of them live_streams are pages that watch;"
              " http_in_flight_bytes on the right.",
              [(metric("http_connections"), "connections"), (metric("live_streams"), "live streams"),
               (metric("http_in_flight_bytes"), "bytes in flight")],
              unit="short", overrides=[override("bytes in flight", unit="bytes", custom_axisPlacement="right")]),
        chart("Batches refused with 503", "Per minute, by reason (refused_batches_total). The sender sends them again.",
              [(f"60 * {rate('refused_batches_total', by='reason')}", "{{reason}}")], unit="cpm"),
        chart("Requests refused unread", "Per minute, by reason (http_refused_total): not allowed, or no room.",
              [(f"60 * {rate('http_refused_total', by='reason')}", "{{reason}}")], unit="cpm"),
        chart("Series that could not be told", "Per minute, by reason (series_refused_total): too many questions wait"
              " (crowded, late), or the store is slow or away. The live page shows older numbers meanwhile.",
              [(f"60 * {rate('series_refused_total', by='reason')}", "{{reason}}")], unit="cpm"),
        chart("Slow clients, rests and what was lost", "Per minute: http_timeouts_total (idle ones left out),"
              " http_accept_pauses_total, log_lines_dropped_total, rejected_events_dropped_total (counted, not kept).",
              [(f"60 * sum by (phase) (rate(streamstats_http_timeouts_total{{instance=~\"$instance\", phase!=\"idle\"}}"
                "[$__rate_interval]))", "timeout: {{phase}}"),
               (f"60 * {rate('http_accept_pauses_total', by='reason')}", "rest: {{reason}}"),
               (f"60 * {rate('log_lines_dropped_total')}", "log lines lost"),
               (f"60 * {rate('rejected_events_dropped_total')}", "rejected events not kept")], unit="cpm"),
        chart("Connections accepted", "Per minute: http_connections_total. Many of them: senders that open a new one"
              " for each request.", [(f"60 * {rate('http_connections_total')}", BY_INSTANCE)], unit="cpm"),
        number("Build", "build_info: version and revision of the daemon.", metric("build_info"), 8,
               "{{version}} {{revision}}", unit="none", text="name"),
    ]


def instance_variable():
    """Written as the newer versions of the data source have it: an object, whose query is the function."""
    made = query_variable("instance", "Instance", {"query": "label_values(streamstats_build_info, instance)",
                                                   "refId": "instance", "qryType": 1}, datasource=PROMETHEUS,
                          multi=True, all_value=".+")
    made["sort"] = 1
    return made


def dashboards():
    panels = headline() + events() + store() + journal() + http()
    return {"operations": dashboard("streamstats-operations", "Operations",
                                    "How the daemon, its store and its journal are.", panels, [instance_variable()])}
