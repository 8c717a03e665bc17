"""How long the dashboards take over a year: every query of every panel and variable, over five ranges that end with the
data, asked twice (the first time much comes from the disk). Nothing here asserts a time: the numbers are for somebody
to look at. What must always hold is checked: no query reads a table of rows by minute from end to end, and none fails.

A MariaDB of one's own is filled with a row for each minute and value: 21 million for 40 channels, 34 million in all.
That takes some minutes and 6 GB below TMPDIR. --server keeps it: host:port:user:password of a MariaDB whose database
stream_stats may be dropped; a year that is there already is used again.
"""

import argparse
import contextlib
import sys
import time
from typing import NamedTuple

import tables
from dashboards import all_dashboards, is_mysql, queries_of, variables_of
from databases import MariaDb, Server
from datasource import ready
from month import DAY, MINUTE, TABLES

BEGIN = 1_735_689_600_000  # 2025-01-01 00:00:00 UTC
DAYS = 365
END = BEGIN + DAYS * DAY
RANGES = {"1 h": 60 * MINUTE, "24 h": DAY, "7 d": 7 * DAY, "30 d": 30 * DAY, "1 year": DAYS * DAY}
FILLED_AT_ONCE = 5 * DAY
POINTS = 1000  # of a graph as wide as the screen
ROLLUPS = ["stats_global", *TABLES]
VALUES = {"stats_by_server": 5, "stats_by_channel": 40, "stats_by_country": 10, "stats_by_protocol": 3,
          "stats_by_user_agent": 5}


class Query(NamedTuple):
    dashboard: str
    title: str
    sql: str
    points: int


class Measured(NamedTuple):
    query: Query
    first: float  # seconds
    again: float


def queries(dashboards):
    for dashboard in dashboards.values():
        for panel, target in queries_of(dashboard):
            yield dashboard, Query(dashboard["title"], panel["title"], target["rawSql"],
                                   panel.get("maxDataPoints", POINTS))
        for name, variable in variables_of(dashboard).items():
            if variable["type"] == "query" and is_mysql(variable):
                yield dashboard, Query(dashboard["title"], f"variable {name}", variable["query"], POINTS)


def fill_some(server, table, column, values, begin, end):
    """Viewers of value v: a wave of the day, the lower the greater v; all else follows from them."""
    wave = "LEAST(m.seq MOD 1440, 1440 - m.seq MOD 1440)"
    viewers = f"(200 DIV v.seq + {wave} DIV v.seq + (m.seq * 37 + v.seq * 11) MOD 17)"
    server.query(
        # Without buffers of joins, rows come in the order of the primary key.
        "SET unique_checks = 0, join_cache_level = 0;"
        f"INSERT INTO {table} (minute, {column + ', ' if column else ''}sessions_started, sessions_closed,"
        " watch_time_seconds, peak_concurrent, unique_users, total_bytes, bandwidth_bps)"
        f" SELECT FROM_UNIXTIME({BEGIN // 1000} + m.seq * 60), {f'CONCAT({column!r}, v.seq), ' if column else ''}"
        f" {viewers} DIV 30, {viewers} DIV 31, {viewers} * 58.5, {viewers}, {viewers}, {viewers} * 30000000,"
        f" {viewers} * 500000"
        f" FROM seq_{(begin - BEGIN) // MINUTE}_to_{(end - BEGIN) // MINUTE - 1} m STRAIGHT_JOIN seq_1_to_{values} v;",
        tables.NAME)


def fill(server, channels):
    started = time.monotonic()
    tables.create(server)
    server.query("SET GLOBAL innodb_flush_log_at_trx_commit = 0; SET GLOBAL innodb_log_file_size = 1 << 30;")
    for table, column in {"stats_global": None, **TABLES}.items():
        values = channels if column == "channel" else VALUES.get(table, 1)
        for begin in range(BEGIN, END, FILLED_AT_ONCE):
            fill_some(server, table, column, values, begin, min(begin + FILLED_AT_ONCE, END))
        print(f"{table}: {DAYS * DAY // MINUTE * values:,} rows, {time.monotonic() - started:.0f} s", flush=True)
    server.query("SET GLOBAL innodb_flush_log_at_trx_commit = 1; ANALYZE TABLE "
                 + ", ".join(ROLLUPS), tables.NAME)


def is_filled(server):
    last = f"SELECT COUNT(*) FROM {list(TABLES)[-1]} WHERE minute = FROM_UNIXTIME({(END - MINUTE) // 1000})"
    try:
        return server.query(last, tables.NAME) != [["0"]]
    except RuntimeError:
        return False


def seconds_of(server, sql):
    started = time.monotonic()
    server.query(sql, tables.NAME)
    return time.monotonic() - started


def measure(server, name, length):
    """All queries over the range that ends with the data, and what is wrong with their plans."""
    measured, problems = [], []
    for dashboard, query in queries(all_dashboards()):
        sql = ready(dashboard, query.sql, END - length, END - 1000, query.points)
        whole = tables.read_from_end_to_end(tables.plan(server, sql))
        problems += [f"{name}, {query.dashboard}, {query.title}: reads all of {table} ({kind})"
                     for table, kind in whole if table != "rejected_events"]
        measured.append(Measured(query, seconds_of(server, sql), seconds_of(server, sql)))
    return measured, problems


def print_range(name, measured, shown):
    print(f"{name}: {len(measured)} queries, one after another {sum(m.first for m in measured):.1f} s,"
          f" again {sum(m.again for m in measured):.1f} s")
    by_first = sorted(measured, key=lambda each: each.first, reverse=True)[:shown]
    by_again = sorted(measured, key=lambda each: each.again, reverse=True)[:shown]
    for first, again in zip(by_first, by_again):
        print(f"  {first.first:6.2f} s {title_of(first):50} again {again.again:6.2f} s {title_of(again)}", flush=True)


def title_of(measured):
    return f"{measured.query.dashboard}: {measured.query.title}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", help="use this one and keep what it holds (a MariaDB of one's own)")
    parser.add_argument("--memory", type=int, default=1024, help="buffer pool in MiB while measuring (1024)")
    parser.add_argument("--channels", type=int, default=VALUES["stats_by_channel"], help="(40)")
    parser.add_argument("--shown", type=int, default=5, help="slowest queries shown of each range (5)")
    chosen = parser.parse_args()
    problems = []
    with contextlib.ExitStack() as stack:
        if chosen.server:
            server = Server(*chosen.server.split(":", 3))
        else:
            server = MariaDb()
            stack.callback(server.stop)
        server.query(f"SET GLOBAL innodb_buffer_pool_size = {chosen.memory} << 20")
        if not is_filled(server):
            fill(server, chosen.channels)
        for name, length in RANGES.items():
            measured, found = measure(server, name, length)
            print_range(name, measured, chosen.shown)
            problems += found
    for problem in problems:
        print(f"FAILED: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
