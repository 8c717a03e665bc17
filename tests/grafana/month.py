"""A generated month of an audience, and its rows computed in the plainest way from its sessions.

It has nights without viewers (rows of zeros in stats_global) and an outage (no rows at all).
"""

import collections
import random
from dataclasses import dataclass

MINUTE = 60_000
DAY = 86_400_000
BEGIN = 1_740_787_200_000  # 2025-03-01 00:00:00 UTC
END = BEGIN + 30 * DAY
OUTAGE = (BEGIN + 20 * DAY + 14 * 3_600_000, BEGIN + 20 * DAY + 15 * 3_600_000)

VALUES = {
    "server": ["edge1", "edge2", "origin (eu)"],
    "channel": ["news", "sport/1", "kino '24'", "детский", 'a"quote', "percent%", "<script>", "a", "A", "back\\slash",
                "late", "x" * 255],
    "country": ["DE", "NL", "PL", "unknown"],
    "protocol": ["hls", "dash", "webrtc"],
    "user_agent_class": ["android", "tv", "desktop"],
}
TABLES = {"stats_by_server": "server", "stats_by_channel": "channel", "stats_by_country": "country",
          "stats_by_protocol": "protocol", "stats_by_user_agent": "user_agent_class"}
COLUMNS = ["sessions_started", "sessions_closed", "watch_time_seconds", "peak_concurrent", "unique_users",
           "total_bytes", "bandwidth_bps"]


@dataclass(frozen=True)
class Session:
    opened: int
    closed: int
    user: int
    bytes: int
    values: dict

    def bytes_until(self, t):
        return self.bytes * (min(max(t, self.opened), self.closed) - self.opened) // (self.closed - self.opened)


def sessions(count=1200, seed=5):
    random.seed(seed)
    made = []
    while len(made) < count:
        opened = random.randrange(BEGIN, END - 3_600_000)
        closed = min(opened + random.randrange(1000, 40 * MINUTE), END)
        night = opened % DAY < 4 * 3_600_000
        if night or (opened < OUTAGE[1] and closed > OUTAGE[0]):
            continue
        # Squared, so that some values have most of the audience.
        values = {column: names[int(len(names) * random.random() ** 2)] for column, names in VALUES.items()}
        made.append(Session(opened, closed, random.randrange(400), random.randrange(10**6, 10**9), values))
    # Always somebody at the end, so that there is something in the last hour.
    for channel in VALUES["channel"]:
        values = {**{column: names[0] for column, names in VALUES.items()}, "channel": channel}
        made.append(Session(END - 90 * MINUTE, END - 30_000, random.randrange(400), 10**8, values))
    return made


def minutes_of(session):
    return range(session.opened // MINUTE * MINUTE, session.closed, MINUTE)


def peaks(some):
    """{minute: most of these sessions open at one instant of it}"""
    changes = collections.Counter()
    for session in some:
        changes[session.opened] += 1
        changes[session.closed] -= 1
    found = collections.Counter()
    times = sorted(changes)
    open_now = 0
    for begin, end in zip(times, times[1:]):
        open_now += changes[begin]
        if open_now > 0:
            for minute in range(begin // MINUTE * MINUTE, end, MINUTE):
                found[minute] = max(found[minute], open_now)
    return found


def rows(some):
    """{minute: {column: number}} for these sessions."""
    found = collections.defaultdict(lambda: dict.fromkeys(COLUMNS, 0))
    users = collections.defaultdict(set)
    for session in some:
        found[session.opened // MINUTE * MINUTE]["sessions_started"] += 1
        found[session.closed // MINUTE * MINUTE]["sessions_closed"] += 1
        for minute in minutes_of(session):
            row = found[minute]
            inside = min(session.closed, minute + MINUTE) - max(session.opened, minute)
            row["watch_time_seconds"] += inside
            row["total_bytes"] += session.bytes_until(minute + MINUTE) - session.bytes_until(minute)
            users[minute].add(session.user)
    for minute, peak in peaks(some).items():
        found[minute]["peak_concurrent"] = peak
    for minute, row in found.items():
        row["unique_users"] = len(users[minute])
        row["watch_time_seconds"] = f"{row['watch_time_seconds'] / 1000:.3f}"
        row["bandwidth_bps"] = row["total_bytes"] // 60
    return found


def by_value(some, column):
    groups = collections.defaultdict(list)
    for session in some:
        groups[session.values[column]].append(session)
    return groups


def known_minutes(begin=BEGIN, end=END):
    return [minute for minute in range(begin, end, MINUTE) if not OUTAGE[0] <= minute < OUTAGE[1]]


def statements(some):
    """The month as SQL."""
    zeros = dict.fromkeys(COLUMNS, 0)
    everybody = rows(some)
    yield from inserts("stats_global", None,
                       ((minute, None, everybody.get(minute, zeros)) for minute in known_minutes()))
    for table, column in TABLES.items():
        yield from inserts(table, column, ((minute, value, row) for value, group in by_value(some, column).items()
                                           for minute, row in rows(group).items()))


def inserts(table, column, lines):
    head = f"INSERT INTO {table} (minute, {column + ', ' if column else ''}{', '.join(COLUMNS)}) VALUES "
    batch = []
    for minute, value, row in lines:
        name = "'" + value.replace("\\", "\\\\").replace("'", "''") + "', " if column else ""
        batch.append(f"(FROM_UNIXTIME({minute // 1000}), {name}{', '.join(str(row[c]) for c in COLUMNS)})")
        if len(batch) == 2000:
            yield head + ",".join(batch) + ";\n"
            batch = []
    if batch:
        yield head + ",".join(batch) + ";\n"
