"""Every query of every dashboard, asked as Grafana asks it, about a generated month whose numbers are known."""

import contextlib
import unittest

import month
from dashboards import ROOT, all_dashboards, panels_of, queries_of, variables_of
from databases import MariaDb, Server, mysql_from_environment
from datasource import POINTS, complaints, interval_seconds, ready
from month import BEGIN, DAY, END, MINUTE, OUTAGE
from tables import NAME, create, plan, read_from_end_to_end
from test_files import rules

HOUR = 60 * MINUTE
RANGES = {"the last hour": (END - HOUR, END), "the last day": (END - DAY, END), "the month": (BEGIN, END)}
NEVER = (BEGIN - 300 * DAY, BEGIN - 290 * DAY)
PASSWORD = "read'er \\ \"x"


class Month:
    """The month in one database server, seen through the user that sql/grafana_reader.sql makes."""

    def __init__(self, server, sessions):
        self.administrator = server
        create(server)
        server.query("SET unique_checks = 0;\nBEGIN;\n" + "".join(month.statements(sessions)) + "COMMIT;\n"
                     "ANALYZE TABLE " + ", ".join(["stats_global", *month.TABLES]) + ";", NAME)
        script = (ROOT / "sql/grafana_reader.sql").read_text(encoding="utf-8")
        secret = PASSWORD.replace("\\", "\\\\").replace("'", "\\'")
        for _ in range(2):  # the second time changes nothing
            server.query(f"SET @password = '{secret}';\n{script}", NAME)
        self.reader = Server(server.host, server.port, "grafana_reader", PASSWORD)

    def types(self, sql):
        """(name, type) of the columns that a query returns."""
        return [(name, kind) for name, kind, *_ in self.administrator.query(
            f"CREATE TEMPORARY TABLE answer AS SELECT * FROM ({sql}) AS asked; SHOW COLUMNS FROM answer;", NAME)]

    def rows(self, sql):
        return self.reader.query(sql, NAME)


class Queries:
    """The tests, for a server that a subclass names."""

    @classmethod
    def setUpClass(cls):
        cls.sessions = month.sessions()
        cls.database = Month(cls.server, cls.sessions)
        cls.dashboards = all_dashboards()

    # -- what is asked

    def each_query(self):
        return [(f"{dashboard['title']}: {panel['title']}", dashboard, target)
                for dashboard in self.dashboards.values() for panel, target in queries_of(dashboard)]

    def panel(self, dashboard, title):
        (found,) = [panel for panel in panels_of(self.dashboards[dashboard]) if panel["title"] == title]
        return found

    def ask(self, dashboard, title, begin, end, number=0, **variables):
        sql = self.panel(dashboard, title)["targets"][number]["rawSql"]
        return self.database.rows(ready(self.dashboards[dashboard], sql, begin, end, **variables))

    def number(self, dashboard, title, begin, end, column=0, **variables):
        (row,) = self.ask(dashboard, title, begin, end, **variables)
        return float(row[column])

    # -- what is true

    def inside(self, begin=BEGIN, end=END, **values):
        """Seconds watched within a range, by the sessions alone."""
        return sum(max(0, min(s.closed, end) - max(s.opened, begin)) for s in self.chosen(**values)) / 1000

    def chosen(self, **values):
        return [s for s in self.sessions if all(s.values[column] == value for column, value in values.items())]

    def peak(self, begin=BEGIN, end=END, **values):
        return max((peak for minute, peak in month.peaks(self.chosen(**values)).items() if begin <= minute < end),
                   default=0)

    # -- the form of the answers

    def test_every_query_of_every_panel_returns_what_it_needs(self):
        for title, dashboard, target in self.each_query():
            # Types do not depend on the range; one without rows tells them at once.
            columns = self.database.types(ready(dashboard, target["rawSql"], *NEVER))
            for words, (begin, end) in RANGES.items():
                with self.subTest(title, range=words):
                    sql = ready(dashboard, target["rawSql"], begin, end)
                    rows = self.database.rows(sql)
                    self.assertEqual(complaints(columns, rows, target["format"]), [])
                    if "rejected_events" not in sql and "earlier" not in sql:
                        self.assertGreater(len(rows), 0)

    def test_an_empty_range_is_no_error(self):
        for title, dashboard, target in self.each_query():
            with self.subTest(title):
                self.database.rows(ready(dashboard, target["rawSql"], *NEVER))

    def test_every_value_can_be_chosen_alone_and_all_together(self):
        for name, column in {"server": "server", "channel": "channel", "country": "country", "protocol": "protocol",
                             "device": "user_agent_class"}.items():
            for dashboard in self.dashboards.values():
                if name not in variables_of(dashboard):
                    continue
                options = self.database.rows(ready(dashboard, variables_of(dashboard)[name]["query"], BEGIN, END))
                self.assertEqual(sorted(row[0] for row in options), sorted(month.VALUES[column]))
                for text, value in options:
                    (table,) = [p for p in panels_of(dashboard) if p["title"].lower().startswith(
                        {"device": "device classes", "country": "countries"}.get(name, name + "s") + ", most")]
                    sql = ready(dashboard, table["targets"][0]["rawSql"], BEGIN, END, **{name: [value]})
                    self.assertEqual([row[0] for row in self.database.rows(sql)], [text])

    def test_values_that_were_gone_before_the_range_are_not_offered(self):
        channels = self.dashboards["channels"]
        query = variables_of(channels)["channel"]["query"]
        self.assertEqual(self.database.rows(ready(channels, query, END + DAY, END + 2 * DAY)), [])
        self.assertEqual(self.database.rows(ready(channels, query, BEGIN - 2 * DAY, BEGIN - DAY)), [])

    def test_no_query_reads_a_table_from_end_to_end(self):
        for title, dashboard, target in self.each_query():
            sql = ready(dashboard, target["rawSql"], END - DAY, END)
            with self.subTest(title):
                if "rejected_events" not in sql:
                    steps = plan(self.database.administrator, sql)
                    self.assertEqual(read_from_end_to_end(steps), [], sql)

    def test_the_query_of_the_alert_rule_says_how_old_the_newest_minute_is(self):
        (rule,) = [rule for rule in rules() if rule["data"][0]["datasourceUid"] == "streamstats-mysql"]
        sql = rule["data"][0]["model"]["rawSql"]
        ((seconds,),) = self.database.rows(sql)
        ((now,),) = self.database.rows("SELECT UNIX_TIMESTAMP()")
        self.assertAlmostEqual(float(seconds), float(now) - (END - MINUTE) / 1000, delta=5)
        self.assertEqual([kind for _, kind in self.database.types(sql)][0].split("(")[0], "bigint")

    # -- the numbers

    def test_the_headline_agrees_with_the_sessions(self):
        self.assertEqual(self.number("overview", "Traffic", BEGIN, END), sum(s.bytes for s in self.sessions))
        self.assertAlmostEqual(self.number("overview", "Watched hours", BEGIN, END), self.inside() / 3600, places=3)
        self.assertEqual(max(float(row[1]) for row in self.ask("overview", "Peak viewers", BEGIN, END)), self.peak())
        self.assertEqual(max(float(row[1]) for row in self.ask("overview", "Peak users", BEGIN, END)),
                         max(row["unique_users"] for row in month.rows(self.sessions).values()))
        known = len(month.known_minutes()) * 60
        self.assertAlmostEqual(self.number("overview", "Average viewers", BEGIN, END), self.inside() / known, places=3)

    def test_what_is_shown_as_now_is_the_newest_minute(self):
        last = END - MINUTE
        self.assertEqual(self.number("overview", "Viewers now", END - HOUR, END), self.peak(last, END))
        for channel, viewers in self.ask("channels", "Channels now", END - HOUR, END):
            self.assertEqual(float(viewers), self.peak(last, END, channel=channel))

    def test_what_is_old_is_not_shown_as_now(self):
        self.assertEqual(self.ask("overview", "Viewers now", END - HOUR, END + 10 * MINUTE), [["NULL"]])
        self.assertEqual(self.ask("channels", "Channels now", END - HOUR, END + 10 * MINUTE), [])
        self.assertEqual(self.number("overview", "Lag", END - HOUR, END + 10 * MINUTE), 600)

    def test_the_week_before_is_seven_days_earlier(self):
        week = 7 * DAY
        begin, end = END - 2 * DAY, END - DAY
        change = (self.inside(begin, end) / self.inside(begin - week, end - week)) - 1
        shown = self.number("overview", "Average viewers", begin, end - 1000, column=1)
        self.assertAlmostEqual(shown, change, places=3)
        now = {row[0]: float(row[1]) for row in self.ask("overview", "Viewers", begin, end, number=1)}
        before = month.peaks(self.sessions)
        seconds = interval_seconds(begin, end, POINTS)
        for time in list(now)[:50]:
            bucket = range(int(time) * 1000 - week, int(time) * 1000 - week + seconds * 1000, MINUTE)
            self.assertEqual(now[time], max(before[minute] for minute in bucket))

    def test_tables_of_channels_agree_with_the_sessions(self):
        title = "Channels, most watched first"
        rows = self.ask("channels", title, BEGIN, END)
        self.assertEqual({row[0] for row in rows}, set(month.VALUES["channel"]))
        self.assertAlmostEqual(sum(float(row[1]) for row in rows), 1, places=4)
        known = len(month.known_minutes()) * 60
        for channel, share, hours, average, peak, users, started, traffic, bitrate in rows:
            some = self.chosen(channel=channel)
            seconds = self.inside(channel=channel)
            self.assertAlmostEqual(float(share), seconds / self.inside(), places=4)
            self.assertAlmostEqual(float(hours), seconds / 3600, places=3)
            self.assertAlmostEqual(float(average), seconds / known, places=3)
            self.assertEqual(int(peak), self.peak(channel=channel))
            self.assertEqual(int(users), max(row["unique_users"] for row in month.rows(some).values()))
            self.assertEqual(int(started), len(some))
            self.assertEqual(int(traffic), sum(s.bytes for s in some))
            self.assertAlmostEqual(float(bitrate), sum(s.bytes for s in some) * 8 / seconds, delta=1)
        watched = [float(row[2]) for row in rows]
        self.assertEqual(watched, sorted(watched, reverse=True))

    def test_a_filter_leaves_only_what_was_chosen(self):
        rows = self.ask("channels", "Channels, most watched first", BEGIN, END, channel=["news", "kino '24'", "a"])
        self.assertEqual({row[0] for row in rows}, {"news", "kino '24'", "a"})
        self.assertAlmostEqual(sum(float(row[1]) for row in rows), 1, places=4)

    def test_lines_are_zero_where_nobody_watched_and_missing_where_nothing_is_known(self):
        begin, end = OUTAGE[0] - 70 * MINUTE, OUTAGE[1] + 70 * MINUTE
        times = {minute // 1000 for minute in month.known_minutes(begin, end + 1)}
        lines = {}
        for time, name, viewers in self.ask("channels", "Viewers by channel", begin, end):
            lines.setdefault(name, {})[int(time)] = float(viewers)
        self.assertGreater(len(lines), 2)
        for channel, line in lines.items():
            peaks = month.peaks(self.chosen(channel=channel))
            self.assertEqual(line, {time: peaks[time * 1000] for time in times})
        self.assertIn(0.0, {viewers for line in lines.values() for viewers in line.values()})

    def test_lines_over_the_month_agree_in_every_bucket(self):
        seconds = interval_seconds(BEGIN, END, POINTS)
        self.assertGreater(seconds, 60)
        best = {}
        for column, title in (("protocol", "Share by protocol"), ("country", "Viewers by country")):
            for time, name, value in self.ask("audience", title, BEGIN, END - 1000):
                best.setdefault((column, name), {})[int(time)] = float(value) if value != "NULL" else None
        for (column, name), line in best.items():
            peaks = month.peaks(self.chosen(**{column: name}))
            for time in list(line)[::37]:
                begin, end = time * 1000, (time + seconds) * 1000
                if column == "country":
                    self.assertEqual(line[time], max(peaks[minute] for minute in range(begin, end, MINUTE)))
                elif line[time] is not None:
                    self.assertAlmostEqual(line[time], self.inside(begin, end, **{column: name}) /
                                           self.inside(begin, end), places=3)

    def test_the_chosen_together_are_the_sum_of_what_can_be_added(self):
        begin, end = END - 3 * HOUR, END - 1000
        two = ["news", "sport/1"]
        together = dict(self.ask("channels", "Chosen channels together: average viewers", begin, end, channel=two))
        for minute in month.known_minutes(begin, end):
            watched = sum(self.inside(minute, minute + MINUTE, channel=name) for name in two)
            self.assertAlmostEqual(float(together[str(minute // 1000)]), watched / 60, places=3)
        started = self.ask("channels", "Chosen channels together: sessions started and closed", begin, end, channel=two)
        self.assertEqual(sum(float(row[1]) for row in started),
                         sum(begin <= s.opened < END for s in self.sessions if s.values["channel"] in two))

    def test_bandwidth_and_starts_are_rates_of_known_minutes_at_any_zoom(self):
        for begin, end in ((OUTAGE[0] - HOUR, OUTAGE[1] + HOUR - 1000), (BEGIN, END - 1000)):
            seconds = interval_seconds(begin, end, POINTS)
            rows = self.ask("overview", "Bandwidth", begin, end)
            for time, mbps in rows[::61]:
                bucket = [minute for minute in month.known_minutes(int(time) * 1000, (int(time) + seconds) * 1000)]
                sent = sum(s.bytes_until(minute + MINUTE) - s.bytes_until(minute)
                           for minute in bucket for s in self.sessions
                           if s.opened < minute + MINUTE and s.closed > minute)
                self.assertAlmostEqual(float(mbps), sent * 8 / 1e6 / 60 / len(bucket), places=3)

    # -- long ranges

    def test_few_rows_are_all_read_and_many_are_thinned_out(self):
        for dashboard in self.dashboards.values():
            if "every" not in variables_of(dashboard):
                continue
            expression = variables_of(dashboard)["every"]["current"]["value"]
            for months, step in ((1, "1"), (3, "1"), (100, "601"), (10, "61")):
                with self.subTest(dashboard["title"], months=months):
                    as_if = "SELECT " + expression.replace("TIMESTAMPDIFF", f"{months} * TIMESTAMPDIFF").replace(
                        "COUNT(*)", "12 * COUNT(*) DIV COUNT(*)")
                    self.assertEqual(self.database.rows(ready(dashboard, as_if, BEGIN, END)), [[step]])

    def test_estimates_from_every_seventh_minute_come_close(self):
        exact = {row[0]: row for row in self.ask("channels", "Channels, most watched first", BEGIN, END)}
        for row in self.ask("channels", "Channels, most watched first", BEGIN, END, every="7"):
            self.assertAlmostEqual(float(row[2]), float(exact[row[0]][2]), delta=0.15 * float(exact[row[0]][2]))

    def test_a_graph_reads_a_minute_of_every_bucket_at_least(self):
        for begin, every in ((END - HOUR, "7"), (END - DAY, "61"), (BEGIN, "61"), (BEGIN, "601")):
            with self.subTest(begin=begin, every=every):
                rows = self.ask("channels", "Viewers by channel", begin, END - 1000, every=every)
                times = {int(row[0]) for row in rows}
                known = {minute // 1000 // interval_seconds(begin, END - 1000, POINTS) for minute in
                         month.known_minutes(begin, END)}
                self.assertEqual(len(times), len(known))

    # -- who may ask

    def test_the_reader_reads_rollups_and_reasons_and_nothing_else(self):
        reader = self.database.reader
        reader.query("SELECT received, field, message FROM rejected_events", NAME)
        for forbidden in ["SELECT value FROM daemon_state", "SELECT json FROM rejected_events",
                          "SELECT user FROM active_sessions", "DELETE FROM stats_global", "DROP TABLE stats_global",
                          "INSERT INTO stats_global (minute) VALUES (NOW())"]:
            with self.subTest(forbidden), self.assertRaisesRegex(RuntimeError, "denied"):
                reader.query(forbidden, NAME)


class OnMariaDb(Queries, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with contextlib.ExitStack() as stack:
            cls.server = MariaDb()
            stack.callback(cls.server.stop)
            super().setUpClass()
            cls.addClassCleanup(stack.pop_all().close)


if mysql_from_environment():
    class OnMySql(Queries, unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            cls.server = mysql_from_environment()
            super().setUpClass()


if __name__ == "__main__":
    unittest.main()
