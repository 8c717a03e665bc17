"""The real binary with real database servers, which come late, die under load and come back."""

import os
import random
import tempfile
import threading
import time
import unittest

from databases import MariaDb, mysql_from_environment
from harness import Daemon, assert_true_rows, event, wait_until
from truth import read_truth


class Scenarios:
    """Run against whatever `server` is."""

    server = None

    def daemon(self, name, **more):
        return self.server.daemon(name, **more)

    def test_the_rows_are_true(self):
        with self.daemon("plain") as daemon, tempfile.TemporaryDirectory() as scratch:
            truth = os.path.join(scratch, "truth.tsv")
            daemon.simulate("--truth", truth, "--seed", "21", "--viewers", "200", "--backdate", "600",
                            "--duration", "4", "--updates", "--repeats", "10")
            assert_true_rows(lambda: self.server.rows("plain"), read_truth(truth))

    def test_hostile_names_are_kept_byte_for_byte(self):
        names = ["'; DROP TABLE stats_global; --", "%s%n{}", "Case", "case", "trailing ", "trailing", "\u202eltr",
                 "four \U0001F600 bytes", "back\\slash", "quo'te\"", "x" * 255, "e\u0301", "\u00e9"]
        with self.daemon("hostile") as daemon:
            status, answer = daemon.post([event("play_started", str(i), media=name, server=name, proto="hls")
                                          for i, name in enumerate(names)])
            self.assertEqual((status, answer["accepted"]), (200, len(names)))
            daemon.wait_flushed()
            stored = self.server.query("SELECT HEX(channel) FROM stats_by_channel WHERE sessions_started = 1", "hostile")
            self.assertEqual(sorted(bytes.fromhex(h).decode() for (h,) in stored), sorted(names))

    def test_minutes_are_utc_and_megabits_are_computed(self):
        with self.daemon("units") as daemon:
            opened = int(time.time()) // 60 * 60_000 - 120_000
            daemon.post([event("play_closed", "u", opened_at=opened, closed_at=opened + 60_000, bytes=60_000_000)])
            daemon.wait_flushed()
            rows = self.server.query("SELECT minute, bandwidth_bps, bandwidth_mbps FROM stats_global "
                                     "WHERE total_bytes > 0", "units")
            minute = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(opened / 1000))
            self.assertEqual([(m, int(b), float(mbps)) for m, b, mbps in rows], [(minute, 1_000_000, 8.0)])

    def test_a_second_daemon_on_the_database_says_so_and_ends(self):
        with self.daemon("locked") as first:
            second = Daemon(**self.server.settings("locked")).spawn()
            self.addCleanup(second.__exit__)
            self.assertEqual(second.process.wait(20), 1)
            self.assertIn("another streamstatsd writes to this database", second.log())
            self.assertEqual(first.get("/health")[0], 200)

    def test_a_password_is_nowhere_in_the_log(self):
        with self.daemon("secrets") as daemon:
            daemon.post([event("play_started", "s", token="token-in-event", query_string="q=secret-query")])
            daemon.terminate()
            for secret in (self.server.password, "token-in-event", "secret-query"):
                self.assertNotIn(secret, daemon.log())


class OnMariaDb(Scenarios, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = MariaDb()
        cls.addClassCleanup(cls.server.stop)

    def test_killed_and_restarted_under_load_it_holds_the_truth_in_the_end(self):
        with self.daemon("killed") as daemon, tempfile.TemporaryDirectory() as scratch:
            truth = os.path.join(scratch, "truth.tsv")
            finished = threading.Event()
            kills = []

            def trouble():
                moments = random.Random(22)
                while not finished.wait(moments.uniform(0.2, 1.2)):
                    self.server.kill()
                    kills.append(time.monotonic())
                    finished.wait(moments.uniform(0, 0.5))
                    self.server.start()

            killer = threading.Thread(target=trouble)
            killer.start()
            try:
                daemon.simulate("--truth", truth, "--seed", "22", "--viewers", "300", "--backdate", "900",
                                "--duration", "12", "--updates", "--repeats", "10", "--lost-answers", "5")
            finally:
                finished.set()
                killer.join()
            self.assertGreaterEqual(len(kills), 4)
            assert_true_rows(lambda: self.server.rows("killed"), read_truth(truth))

    def test_events_are_taken_while_the_store_is_away_and_written_when_it_is_back(self):
        daemon = self.daemon("late")
        self.server.kill()
        try:
            with daemon:
                status, answer = daemon.post([event("play_started", "early", media="early")])
                self.assertEqual((status, answer["accepted"]), (200, 1))
                health = daemon.json("/health")
                self.assertEqual((health["status"], health["database"]), ("degraded", "disconnected"))
                self.assertTrue(health["problems"])
                self.server.start()
                wait_until(lambda: daemon.json("/health")["status"] == "healthy", 60, "the daemon to recover")
                daemon.wait_flushed(60)
                self.assertEqual(self.server.query("SELECT SUM(sessions_started) FROM stats_by_channel "
                                                   "WHERE channel = 'early'", "late"), [["1"]])
        finally:
            if self.server.process.poll() is not None:
                self.server.start()

    def test_a_database_emptied_while_the_daemon_runs_gets_its_tables_and_from_the_journal_its_minutes(self):
        with self.daemon("emptied") as daemon:
            opened = int(time.time() * 1000) - 120_000
            daemon.post([event("play_closed", "early", opened_at=opened, closed_at=opened + 1_000, bytes=100),
                         event("play_started", "open")])
            daemon.wait_flushed()
            tables = self.server.query("SHOW TABLES", "emptied")
            self.server.create_database("emptied")
            daemon.post([event("play_started", "later")])
            wait_until(lambda: len(self.server.query("SHOW TABLES", "emptied")) >= len(tables), 60,
                       f"the tables to be there again; the log:\n{daemon.log()}")
            wait_until(lambda: self.server.query("SELECT COUNT(*) FROM active_sessions", "emptied") == [["2"]], 30,
                       "both open sessions in active_sessions")
            daemon.wait_flushed(60)
            daemon.kill()
            daemon.start()
            daemon.wait_flushed(60)
            self.assertEqual(self.server.query("SELECT SUM(sessions_started) FROM stats_global", "emptied"), [["3"]])


class OnMySql(Scenarios, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = mysql_from_environment()
        if cls.server is None:
            raise unittest.SkipTest("no MySQL server: STREAMSTATS_TEST_MYSQL is not set")


if __name__ == "__main__":
    unittest.main()
