"""How long the rows of a minute take from its end until MariaDB has them all, with many sessions and values.

Sessions are opened first. In each minute a thirtieth of them close and as many open, so that nearly all values have rows;
then the time is told from the end of the minute until none of its rows waits. Nothing here asserts a time; the sum in the
store is checked. Needs mariadb-server-core and a RELEASE build in STREAMSTATSD.
"""

import argparse
import itertools
import os
import string
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "tests", "integration"))
from databases import MariaDb  # noqa: E402
from harness import event, now_ms, wait_until  # noqa: E402

BATCH = 2_000
MINUTE_MS = 60_000
# The daemon of the tests is in a hurry.
USUAL = {"STREAM_AGGREGATION_INTERVAL_SECONDS": "60", "STREAM_SESSION_SYNC_INTERVAL_SECONDS": "30",
         "STREAM_REVISION_INTERVAL_SECONDS": "300"}


class Crowd:
    """Sessions spread evenly over values; the oldest close first."""

    def __init__(self, daemon, options):
        self.daemon, self.options = daemon, options
        self.countries = ["".join(pair) for pair in itertools.product(string.ascii_uppercase, repeat=2)][:options.countries]
        self.opened = self.closed = 0

    def place_of(self, i):
        return {"server": f"edge{i % self.options.servers}", "media": f"channel-{i % self.options.channels}",
                "country": self.countries[i % len(self.countries)], "proto": "hls", "user_id": f"viewer-{i}"}

    def post(self, events):
        events = list(events)
        for at in range(0, len(events), BATCH):
            status, answer = self.daemon.post(events[at:at + BATCH])
            assert status == 200, answer

    def open(self, count):
        self.post(event("play_started", f"session-{i}", **self.place_of(i)) for i in range(self.opened, self.opened + count))
        self.opened += count

    def close(self, count):
        self.post(event("play_closed", f"session-{i}", bytes=1_000, **self.place_of(i))
                  for i in range(self.closed, self.closed + count))
        self.closed += count


def wait_for_end_of_minute():
    end = (now_ms() // MINUTE_MS + 1) * MINUTE_MS
    time.sleep((end - now_ms()) / 1000)
    return end


def measure(daemon, rows_in_store, crowd, sessions):
    """Not over the end of a minute: it would be split."""
    if now_ms() % MINUTE_MS > 30_000:
        wait_for_end_of_minute()
    minute = now_ms() // MINUTE_MS * MINUTE_MS
    crowd.close(sessions // 30)
    crowd.open(sessions // 30)
    written = daemon.metric('streamstats_rows_written_total{kind="whole"}')
    end = wait_for_end_of_minute()
    wait_until(lambda: daemon.metric('streamstats_rows_written_total{kind="whole"}') > written, 30, "the flush to begin")
    wait_until(lambda: daemon.metric("streamstats_pending_rows") == 0, 60, "the rows to be stored")
    took = now_ms() - end
    rows = daemon.metric('streamstats_rows_written_total{kind="whole"}') - written
    assert end - minute == MINUTE_MS, "the events took longer than the minute: fewer sessions, or a faster machine"
    print(f"{rows:8.0f} rows of the minute {rows_in_store()[0]}, all in the store {took} ms after its end", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=1_000_000, help="open all the time (%(default)s)")
    parser.add_argument("--channels", type=int, default=10_000, help="(%(default)s)")
    parser.add_argument("--servers", type=int, default=500, help="(%(default)s)")
    parser.add_argument("--countries", type=int, default=200, help="(%(default)s)")
    parser.add_argument("--minutes", type=int, default=3, help="(%(default)s)")
    options = parser.parse_args()
    database = MariaDb()
    try:
        with database.daemon("minute", **USUAL) as daemon:
            crowd = Crowd(daemon, options)
            crowd.open(options.sessions)
            print(f"{crowd.opened} sessions are open", flush=True)

            def newest_minute():
                return database.query("SELECT MAX(minute), COUNT(*) FROM stats_by_channel WHERE minute = "
                                      "(SELECT MAX(minute) FROM stats_by_channel)", "minute")[0]

            for _ in range(options.minutes):
                measure(daemon, newest_minute, crowd, options.sessions)
            stored = database.query("SELECT SUM(sessions_closed), SUM(total_bytes) FROM stats_global", "minute")[0]
            expected = [str(crowd.closed), str(crowd.closed * 1_000)]
            print(f"closes and bytes in the store: {stored}, sent: {expected}")
            return 0 if stored == expected else 1
    finally:
        database.stop()


if __name__ == "__main__":
    sys.exit(main())
