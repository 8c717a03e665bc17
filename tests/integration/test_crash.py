"""The promise: what was answered 200 counts exactly once, whoever is killed, stopped or away."""

import contextlib
import http.client
import os
import shutil
import signal
import threading
import time
import unittest

from databases import MariaDb
from harness import Audience, Daemon, assert_true_rows, event, now_ms, wait_until
from soak import DRAIN_SECONDS_MAX

LARGE_BATCH = 1_500  # with long texts: about six megabytes of journal


def sessions(prefix, count, **fields):
    """Whole sessions of a second each, two minutes ago."""
    opened = now_ms() - 120_000
    return [event("play_closed", f"{prefix}{i}", opened_at=opened, closed_at=opened + 1_000, bytes=100, **fields)
            for i in range(count)]


def totals(daemon):
    return daemon.sqlite("SELECT SUM(sessions_started), SUM(sessions_closed), SUM(total_bytes), "
                         "ROUND(SUM(watch_time_seconds), 3), MAX(peak_concurrent), MAX(unique_users) FROM stats_global")


def contents(folder):
    """What each file of a folder holds."""
    found = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            found[name] = file.read()
    return found


class Kills(unittest.TestCase):
    def test_what_was_answered_survives_a_kill_right_after_the_answer(self):
        with Daemon() as daemon:
            for turn in range(4):
                self.assertEqual(daemon.post(sessions(f"turn{turn}-", 10))[0], 200)
                daemon.kill()
                daemon.start()
            daemon.wait_flushed()
            self.assertEqual(daemon.sqlite("SELECT SUM(sessions_started), SUM(total_bytes) FROM stats_global"),
                             [(40, 4_000)])

    def test_a_batch_whose_answer_was_lost_is_sent_again_across_a_kill_and_changes_nothing(self):
        with Daemon() as daemon:
            batch = sessions("again", 20)
            self.assertEqual(daemon.post(batch)[1]["accepted"], 20)
            daemon.wait_flushed()
            rows = totals(daemon)
            self.assertEqual(daemon.post(batch)[1]["duplicate"], 20)
            daemon.kill()
            daemon.start()
            status, answer = daemon.post(batch)
            self.assertEqual((status, answer["accepted"], answer["duplicate"]), (200, 0, 20))
            daemon.wait_flushed()
            self.assertEqual(totals(daemon), rows)

    def test_an_open_session_goes_on_after_kills_and_its_close_adds_what_it_must(self):
        with Daemon() as daemon:
            opened = now_ms() - 180_000
            daemon.post([event("play_started", "long", opened_at=opened, utc_ms=opened)])
            daemon.kill()
            daemon.start()
            self.assertEqual(daemon.json("/stats/active")["active_sessions"], 1)
            daemon.kill()
            daemon.start()
            daemon.post([event("play_closed", "long", closed_at=opened + 120_000, bytes=1_000)])
            daemon.wait_flushed()
            self.assertEqual(totals(daemon)[0][:4], (1, 1, 1_000, 120.0))

    def test_a_late_close_takes_the_later_minutes_away_also_when_a_kill_or_a_stop_comes_before_they_are_written(self):
        for end in (Daemon.kill, Daemon.terminate):
            for close_first in (True, False):
                with self.subTest(end.__name__, close_first=close_first), Daemon() as daemon:
                    opened = now_ms() - 10 * 60_000
                    close = event("play_closed", "short", media="short", closed_at=opened + 1_000, bytes=5)
                    daemon.post([event("play_started", "short", media="short", opened_at=opened)])
                    daemon.wait_flushed()
                    minutes = "SELECT COUNT(*) FROM stats_by_channel WHERE channel = 'short'"
                    self.assertGreater(daemon.sqlite(minutes)[0][0], 9)
                    if close_first:
                        daemon.post([close])
                    end(daemon)
                    daemon.start()
                    if not close_first:
                        daemon.post([close])
                    daemon.wait_flushed()
                    self.assertLessEqual(daemon.sqlite(minutes)[0][0], 2)

    def test_a_kill_during_each_moment_of_a_start_leaves_a_start_that_works(self):
        with Daemon() as daemon:
            daemon.post(sessions("start", 50))
            begun = time.monotonic()
            daemon.kill()
            daemon.start()
            usual = time.monotonic() - begun
            for part in range(8):
                daemon.kill()
                daemon.spawn()
                time.sleep(usual * part / 7)
            daemon.kill()
            daemon.start()
            daemon.wait_flushed()
            self.assertEqual(totals(daemon)[0][:3], (50, 50, 5_000))
            self.assertEqual(daemon.metric("streamstats_journal_gaps"), 0)


    def test_a_kill_while_a_checkpoint_is_written_beside_ingestion_loses_nothing(self):
        with Daemon(STREAM_AGGREGATION_INTERVAL_SECONDS="3600") as daemon:
            many = [event("play_started", f"open{i}", user_id=f"u{i}") for i in range(40_000)]
            self.assertEqual(daemon.post(many)[0], 200)
            acknowledged = len(many)
            for turn, later in enumerate((0, 0.01)):
                acknowledged += self.post_until_killed_in_checkpoint(daemon, f"turn{turn}-", later)
                daemon.start()
                found = daemon.json("/stats/active")["active_sessions"]
                self.assertIn(found - acknowledged, (0, LARGE_BATCH), "more than the unanswered batch differs")
                acknowledged = found
                self.assertNotIn("damaged", daemon.log())

    def test_a_daemon_that_is_killed_again_and_again_writes_checkpoints_all_the_same(self):
        with Daemon(STREAM_AGGREGATION_INTERVAL_SECONDS="3600") as daemon:
            checkpoint = os.path.join(daemon.journal, "checkpoint")
            first = os.stat(checkpoint).st_mtime_ns
            for turn in range(4):  # about 70 MB each; a checkpoint is due after 256 MiB
                for part in range(12):
                    daemon.post([event("play_started", f"{turn}-{part}-{i}", user_agent=f"{i:04}" + "x" * 4_000)
                                 for i in range(LARGE_BATCH)])
                daemon.kill()
                daemon.start()
            wait_until(lambda: os.stat(checkpoint).st_mtime_ns != first, 10, "a checkpoint")
            self.assertEqual(daemon.json("/stats/active")["active_sessions"], 48 * LARGE_BATCH)

    def post_until_killed_in_checkpoint(self, daemon, prefix, later):
        """Kills on sight of an unfinished checkpoint; how many events were answered."""
        unfinished = os.path.join(daemon.journal, "checkpoint.tmp")
        killed = threading.Event()

        def watch():
            deadline = time.monotonic() + 60
            while not os.path.exists(unfinished) and time.monotonic() < deadline:
                pass
            time.sleep(later)
            daemon.kill()
            killed.set()

        watcher = threading.Thread(target=watch)
        watcher.start()
        answered = 0
        with contextlib.suppress(OSError, http.client.HTTPException):
            while not killed.is_set():
                batch = [event("play_started", f"{prefix}{answered + i}", user_agent=f"{i:04}" + "x" * 4_000)
                         for i in range(LARGE_BATCH)]
                if daemon.post(batch)[0] == 200:
                    answered += LARGE_BATCH
        watcher.join()
        return answered


class Stops(unittest.TestCase):
    def test_stops_under_load_lose_nothing_count_nothing_twice_and_take_less_than_ten_seconds(self):
        with Daemon() as daemon:
            with Audience(daemon, "now", "--duration", "0", "--seed", "31", "--viewers", "300",
                          "--session-length", "60", "--backdate", "900", "--batch", "20", "--updates", "--repeats", "10",
                          "--lost-answers", "5") as audience:
                for _ in range(3):
                    time.sleep(1)
                    begun = time.monotonic()
                    self.assertEqual(daemon.terminate(3 * DRAIN_SECONDS_MAX), 0, daemon.log())
                    self.assertLess(time.monotonic() - begun, DRAIN_SECONDS_MAX, daemon.log())
                    daemon.start()
                truth = audience.finish()
            assert_true_rows(daemon.rows, truth)

    def test_a_stop_at_once_after_a_start_is_clean(self):
        with Daemon() as daemon:
            daemon.post(sessions("quick", 5))
            for _ in range(3):
                self.assertEqual(daemon.terminate(), 0, daemon.log())
                daemon.start()
            daemon.wait_flushed()
            self.assertEqual(totals(daemon)[0][:3], (5, 5, 500))


    def test_a_stop_while_a_start_still_recovers_ends_it_without_a_change_and_the_next_start_has_everything(self):
        with Daemon() as daemon:
            for part in range(3):
                self.assertEqual(daemon.post([event("play_started", f"{part}-{i}") for i in range(20_000)])[0], 200)
            daemon.kill()
            before = contents(daemon.journal)
            for _ in range(3):
                told = len(daemon.log())
                # What is held when the daemon begins is held in it, so the signal cannot come too early.
                held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
                try:
                    daemon.spawn()
                finally:
                    signal.pthread_sigmask(signal.SIG_SETMASK, held)
                begun = time.monotonic()
                self.assertEqual(daemon.terminate(3 * DRAIN_SECONDS_MAX), 0, daemon.log())
                self.assertLess(time.monotonic() - begun, DRAIN_SECONDS_MAX, daemon.log())
                self.assertIn("stopped before the recovery was through", daemon.log()[told:])
                self.assertNotIn("ready", daemon.log()[told:])
                self.assertEqual(contents(daemon.journal), before)
            daemon.start()
            self.assertEqual(daemon.json("/stats/active")["active_sessions"], 60_000)


class WithMariaDb(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = MariaDb()
        cls.addClassCleanup(cls.server.stop)

    def daemon(self, name, **more):
        return self.server.daemon(name, **more)

    def global_sums(self, name):
        return self.server.query("SELECT SUM(sessions_started), SUM(sessions_closed), SUM(total_bytes) "
                                 "FROM stats_global", name)

    def test_a_run_without_its_store_stops_cleanly_and_the_next_one_brings_everything(self):
        daemon = self.daemon("later")
        self.addCleanup(daemon.__exit__)
        self.server.kill()
        try:
            daemon.start()
            self.assertEqual(daemon.post(sessions("later", 30))[0], 200)
            self.assertEqual(daemon.post([event("play_started", "open")])[0], 200)
            self.assertEqual(daemon.terminate(), 0, daemon.log())
            daemon.start()
            self.assertEqual(daemon.post(sessions("more", 30))[0], 200)
            daemon.kill()
        finally:
            self.server.start()
        daemon.start()
        wait_until(lambda: daemon.json("/health")["status"] == "healthy", 60, "health")
        daemon.wait_flushed()
        self.assertEqual(self.global_sums("later"), [["61", "60", "6000"]])
        wait_until(lambda: self.server.query("SELECT COUNT(*) FROM active_sessions", "later") == [["1"]], 30,
                   "the open session in active_sessions")

    def test_after_the_loss_of_the_data_directory_open_sessions_come_back_from_the_database(self):
        daemon = self.daemon("lost_disk")
        with daemon:
            opened = now_ms() - 90_000
            daemon.post([event("play_started", f"open{i}", media="kept", opened_at=opened) for i in range(3)])
            wait_until(lambda: self.server.query("SELECT COUNT(*) FROM active_sessions", "lost_disk") == [["3"]], 30,
                       "the sessions in active_sessions")
            daemon.wait_flushed()
            daemon.kill()
            shutil.rmtree(daemon.data)
            daemon.start()
            self.assertEqual(daemon.json("/stats/active")["by_channel"], {"kept": 3})
            self.assertIn("open sessions were put back from the store", daemon.log())
            daemon.post([event("play_closed", f"open{i}", media="kept", bytes=600) for i in range(3)])
            daemon.wait_flushed()
            self.assertEqual(self.global_sums("lost_disk"), [["3", "3", "1800"]])


if __name__ == "__main__":
    unittest.main()
