"""What should wake somebody up: the same rules for Prometheus and for Grafana.

Each is an expression and a limit. The texts use `VALUE` for the number that crossed it, which the
two spell differently.
"""

from dataclasses import dataclass

from .panels import MYSQL, PROMETHEUS


@dataclass(frozen=True)
class Alert:
    name: str
    expression: str
    comparison: str  # gt or lt
    limit: float
    lasting: str
    severity: str  # critical: now; warning: in the morning
    summary: str
    description: str
    source: dict

    @property
    def uid(self):
        """streamstats-store-away from StreamstatsStoreAway."""
        return "".join(f"-{c.lower()}" if c.isupper() else c for c in self.name).lstrip("-")


SINCE_FLUSH = ("time() - ((streamstats_last_flush_timestamp_seconds > streamstats_start_timestamp_seconds)"
               " or streamstats_start_timestamp_seconds)")
INFERRED = "increase(streamstats_inferred_closes_total[15m])"
REJECTED = 'sum by (job, instance) (rate(streamstats_events_total{result="rejected"}[15m]))'
EVENTS = "sum by (job, instance) (rate(streamstats_events_total[15m]))"


def of_prometheus(name, severity, lasting, expression, comparison, limit, summary, description):
    return Alert(name, expression, comparison, limit, lasting, severity, summary, description, PROMETHEUS)


ALERTS = [
    of_prometheus("StreamstatsDown", "critical", "2m", "absent(streamstats_start_timestamp_seconds)", "gt", 0,
                  "streamstatsd does not answer Prometheus",
                  "No daemon reports metrics. Media servers keep their events and send them again when it is back."),
    of_prometheus("StreamstatsNoEvents", "critical", "5m",
                  "sum by (job, instance) (increase(streamstats_events_total[10m]))", "lt", 1,
                  "no events arrive at {{ .Labels.instance }}",
                  "Not one event for 15 minutes. Look at the event sinks of the media servers and at the way between."),
    of_prometheus("StreamstatsStoreAway", "critical", "3m", "streamstats_store_up", "lt", 1,
                  "{{ .Labels.instance }} cannot reach its database",
                  "Events go on being accepted and rows wait in memory and in the journal; nothing is lost yet."),
    of_prometheus("StreamstatsFlushOld", "critical", "1m", SINCE_FLUSH, "gt", 300,
                  "{{ .Labels.instance }} has written no rows for VALUE seconds",
                  "The database refuses or hangs, or the daemon is stuck. Its log names the last failure."),
    of_prometheus("StreamstatsJournalFull", "critical", "0m", "streamstats_journal_no_room", "gt", 0,
                  "no room on the disk for the journal of {{ .Labels.instance }}",
                  "Events are refused with 503 and media servers keep them. Free room on the disk of STREAM_DATA_DIR."),
    of_prometheus("StreamstatsJournalNearlyFull", "warning", "5m", "streamstats_journal_bytes", "gt", 4e9,
                  "the journal of {{ .Labels.instance }} has grown to VALUE bytes",
                  "It is 128 MiB when all is well, and grows while checkpoints cannot be written. Set the limit of this"
                  " rule to four fifths of what the disk of STREAM_DATA_DIR can give."),
    of_prometheus("StreamstatsJournalLost", "critical", "0m", "streamstats_journal_gaps", "gt", 0,
                  "{{ .Labels.instance }} could not read VALUE acknowledged frames of its journal",
                  "Some events that were answered 200 are missing. Look at the disk, then restart to clear this."),
    of_prometheus("StreamstatsManyInferredCloses", "warning", "5m",
                  f"{INFERRED} / (streamstats_open_sessions + {INFERRED}) and {INFERRED} > 100", "gt", 0.2,
                  "{{ .Labels.instance }} closed many sessions itself (part VALUE of them in 15 minutes)",
                  "A media server restarted, or its play_closed events do not arrive."),
    of_prometheus("StreamstatsEventsRejected", "warning", "10m", f"{REJECTED} / ({EVENTS} > 0)", "gt", 0.05,
                  "{{ .Labels.instance }} rejects events (part VALUE of them)",
                  "The table rejected_events keeps them with the reason."),
    of_prometheus("StreamstatsBatchesRefused", "warning", "5m",
                  "sum by (job, instance) (rate(streamstats_refused_batches_total[5m]))", "gt", 0,
                  "{{ .Labels.instance }} answers 503",
                  "It cannot promise to keep what it is sent, and media servers send again. The label reason of"
                  " streamstats_refused_batches_total says why."),
    of_prometheus("StreamstatsEventsOld", "warning", "15m", "streamstats_event_lag_seconds", "gt", 300,
                  "events reach {{ .Labels.instance }} VALUE seconds late",
                  "A media server resends what it has kept, or its clock is wrong."),
]

# For those who have no Prometheus: Grafana asks the database itself.
NO_NEW_MINUTE = Alert(
    "StreamstatsNoNewMinute",
    "SELECT COALESCE(TIMESTAMPDIFF(SECOND, MAX(minute), UTC_TIMESTAMP()), 86400) AS seconds FROM stats_global",
    "gt", 420, "2m", "critical", "the newest minute in the database began VALUE seconds ago",
    "The daemon is away, or cannot write.", MYSQL)

SIGNS = {"gt": ">", "lt": "<"}


def for_prometheus():
    return {"groups": [{"name": "streamstats", "rules": [
        {"alert": alert.name, "expr": f"({alert.expression}) {SIGNS[alert.comparison]} {alert.limit:g}"
                                      if " " in alert.expression else
                                      f"{alert.expression} {SIGNS[alert.comparison]} {alert.limit:g}",
         "for": alert.lasting, "labels": {"severity": alert.severity},
         "annotations": {"summary": alert.summary.replace("VALUE", "{{ humanize .Value }}"),
                         "description": alert.description}} for alert in ALERTS]}]}


def query_of(alert):
    if alert.source is PROMETHEUS:
        return {"expr": alert.expression, "instant": True, "range": False}
    return {"rawSql": alert.expression, "format": "table", "rawQuery": True, "editorMode": "code"}


def rule(alert):
    """A: the number; C: whether it crosses the limit. No `$` anywhere: provisioning files take it for a variable."""
    common = {"intervalMs": 60000, "maxDataPoints": 43200}
    # A hung database is an alert of its own; a query without an answer is only normal for Prometheus.
    return {"uid": alert.uid, "title": alert.name, "condition": "C", "for": alert.lasting,
            "noDataState": "OK" if alert.source is PROMETHEUS else "Alerting", "execErrState": "Error",
            "labels": {"severity": alert.severity},
            "annotations": {"summary": alert.summary.replace("VALUE", "{{ humanize .Values.A.Value }}"),
                            "description": alert.description},
            "data": [{"refId": "A", "relativeTimeRange": {"from": 600, "to": 0},
                      "datasourceUid": alert.source["uid"],
                      "model": {"refId": "A", "datasource": alert.source, **query_of(alert), **common}},
                     {"refId": "C", "relativeTimeRange": {"from": 0, "to": 0}, "datasourceUid": "__expr__",
                      "model": {"refId": "C", "type": "threshold", "expression": "A",
                                "datasource": {"type": "__expr__", "uid": "__expr__"},
                                "conditions": [{"evaluator": {"type": alert.comparison, "params": [alert.limit]}}],
                                **common}}]}


def for_grafana():
    return {"apiVersion": 1, "groups": [
        {"orgId": 1, "name": "streamstats", "folder": "Streamstats", "interval": "1m",
         "rules": [rule(alert) for alert in [*ALERTS, NO_NEW_MINUTE]]}]}
