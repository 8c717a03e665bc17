"""GET /api/v1/series of the real binary: its numbers are those of the tables, and a store in trouble is no trouble."""

import threading
import time
import unittest
import urllib.parse

from databases import MariaDb, mysql_from_environment
from harness import Daemon, event, wait_until

MINUTE = 60_000
HOSTILE = ["'; DROP TABLE stats_global; --", "\u202eltr", "x" * 255, "back\\slash \"?\" %s", "Case", "case", "trailing ",
           "four \U0001F600 bytes", "a&b=c+d#e"]
TABLES = {"global": "stats_global", "server": "stats_by_server", "channel": "stats_by_channel",
          "country": "stats_by_country", "protocol": "stats_by_protocol", "user_agent_class": "stats_by_user_agent"}


def series_path(**parameters):
    return "/api/v1/series?" + urllib.parse.urlencode(parameters, doseq=True)


def ago(count):
    """The beginning of the minute so many minutes ago, in milliseconds."""
    return (int(time.time()) // 60 - count) * MINUTE


class Scenarios:
    """Run against whatever `daemon` and its store are; `number` asks the store for one."""

    daemon = None

    @classmethod
    def make_history(cls):
        """Sessions in three of the last minutes, whose numbers do not change any more."""
        cls.start = ago(6)
        events = []
        for number, name in enumerate(["news", "sport", *HOSTILE]):
            for lasts in (20_000, 90_000):
                opened = cls.start + MINUTE + number * 500
                events.append(event("play_closed", f"{number}-{lasts}", opened_at=opened, closed_at=opened + lasts,
                                    media=name, server=name, bytes=lasts * 10))
        status, answer = cls.daemon.post(events)
        assert (status, answer["accepted"]) == (200, len(events)), answer
        cls.daemon.wait_flushed()

    def points(self, **parameters):
        """By value, the points of a series over the four minutes."""
        asked = {"from": self.start // 1000, "to": (self.start + 4 * MINUTE) // 1000, **parameters}
        answer = self.daemon.json(series_path(**asked))
        return {line.get("value"): [number for _, number in line["points"]] for line in answer["series"]}

    def test_points_are_the_numbers_of_the_tables(self):
        for dimension, table in TABLES.items():
            value = {"global": None, "country": "DE", "protocol": "hls", "user_agent_class": "desktop"}.get(dimension, "news")
            for metric in ("sessions_started", "sessions_closed", "watch_time_seconds", "peak_concurrent", "unique_users",
                           "total_bytes", "bandwidth_bps", "bandwidth_mbps"):
                with self.subTest(dimension=dimension, metric=metric):
                    chosen = {} if value is None else {"value": value}
                    points = self.points(dimension=dimension, metric=metric, **chosen)[value]
                    where = "1 = 1" if value is None else f"{dimension} = '{value}'"
                    # No session was there in the first of the minutes, and there may be no row of it.
                    stored = [self.number(f"SELECT SUM({metric}) FROM {table} WHERE {where} AND minute_epoch = "
                                          f"{(self.start + minute * MINUTE) // 1000}") for minute in range(1, 4)]
                    self.assertEqual(points[1:], stored)
                    self.assertGreater(sum(points[1:3]), 0)

    def test_steps_are_sums_of_sums_maxima_of_peaks_and_means_over_what_is_known(self):
        step = {"dimension": "channel", "value": "news", "step": 240}
        minutes = {"dimension": "channel", "value": "news"}
        for metric in ("sessions_started", "total_bytes", "watch_time_seconds"):
            self.assertEqual(sum(n or 0 for n in self.points(metric=metric, **step)["news"]),
                             sum(n or 0 for n in self.points(metric=metric, **minutes)["news"]))
        self.assertEqual(max(n or 0 for n in self.points(metric="peak_concurrent", **step)["news"]), 2)
        self.assertEqual(max(n or 0 for n in self.points(metric="average_concurrent", **minutes)["news"]),
                         max(n or 0 for n in self.points(metric="watch_time_seconds", **minutes)["news"]) / 60)

    def test_hostile_values_are_values(self):
        points = self.points(dimension="channel", metric="sessions_started", value=HOSTILE)
        self.assertEqual(list(points), HOSTILE)
        for value, numbers in points.items():
            self.assertEqual(sum(n or 0 for n in numbers), 2, value)
        nobody = ["nobody", "news ", "NEWS", "nul\0byte", ""]
        for value, numbers in self.points(dimension="channel", metric="sessions_started", value=nobody).items():
            self.assertEqual(sum(n or 0 for n in numbers), 0, value)

    def test_a_time_of_which_nothing_is_known_is_null(self):
        answer = self.daemon.json(series_path(dimension="channel", value="news", metric="total_bytes", to=86_400, **{"from": 0},
                                              step=3_600))
        self.assertEqual(answer["series"], [{"value": "news", "points": [[3_600 * i, None] for i in range(24)]}])
        self.assertEqual((answer["from"], answer["to"]), ("1970-01-01T00:00:00.000Z", "1970-01-02T00:00:00.000Z"))

    def test_a_parameter_that_breaks_a_rule_is_named(self):
        for query, field in [("dimension=none&metric=total_bytes", "dimension"), ("dimension=global", "metric"),
                             ("dimension=channel&metric=total_bytes", "value"),
                             ("dimension=channel&metric=total_bytes&value=%FF", "value"),
                             ("dimension=global&metric=unique_users&step=3600", "step"),
                             ("dimension=global&metric=total_bytes&step=90", "step"),
                             ("dimension=global&metric=total_bytes&from=tomorrow", "from"),
                             ("dimension=global&metric=total_bytes&limit=5", "limit")]:
            status, body = self.daemon.get("/api/v1/series?" + query)
            self.assertEqual(status, 400, body)
            self.assertIn(f'"field":"{field}"'.encode(), body)


class OnSqlite(Scenarios, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = cls.enterClassContext(Daemon())
        cls.make_history()

    def number(self, query):
        return self.daemon.sqlite(query)[0][0] or 0


class OnServer(Scenarios):
    server = None

    @classmethod
    def make_daemon(cls):
        cls.daemon = cls.enterClassContext(cls.server.daemon("series"))
        cls.make_history()

    def number(self, query):
        text = self.server.query(query, "series")[0][0]
        return 0 if text == "NULL" else float(text)


class OnMariaDb(OnServer, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = MariaDb()
        cls.addClassCleanup(cls.server.stop)
        cls.make_daemon()

    def test_a_store_that_is_away_is_a_503_until_it_is_back(self):
        path = series_path(dimension="global", metric="total_bytes")
        self.assertEqual(self.daemon.get(path)[0], 200)
        self.server.kill()
        try:
            status, headers, body = self.daemon.request("GET", path)
            self.assertEqual((status, headers["Content-Type"]), (503, "application/problem+json"), body)
            self.assertGreater(int(headers["Retry-After"]), 0)
        finally:
            self.server.start()
        wait_until(lambda: self.daemon.get(path)[0] == 200, what="series from the store that is back")

    def test_a_store_that_hangs_holds_up_neither_events_nor_the_stop(self):
        path = series_path(dimension="global", metric="total_bytes")
        with self.server.daemon("hanging") as daemon:
            self.assertEqual(daemon.get(path)[0], 200)
            daemon.wait_flushed()
            self.server.hang()
            try:
                answers = []
                asking = threading.Thread(target=lambda: answers.append(daemon.get(path)[0]))
                asking.start()
                self.assertEqual(daemon.post([event("play_started", "meanwhile")])[0], 200)
                self.assertEqual(daemon.get("/health")[0], 200)
                daemon.terminate()
                asking.join()
                self.assertEqual(answers, [503])
            finally:
                self.server.go_on()


class OnMySql(OnServer, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = mysql_from_environment()
        if cls.server is None:
            raise unittest.SkipTest("no MySQL server: STREAMSTATS_TEST_MYSQL is not set")
        cls.make_daemon()


if __name__ == "__main__":
    unittest.main()
