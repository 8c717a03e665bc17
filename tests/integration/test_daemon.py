"""The real binary with the embedded store, as its first user meets it."""

import gzip
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from harness import BINARY, Daemon, assert_true_rows, event, now_ms, wait_until
from truth import read_truth


class OneDaemon(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = cls.enterClassContext(Daemon())

    def test_a_first_event_becomes_rows_in_every_table(self):
        opened = now_ms() - 90_000
        status, answer = self.daemon.post([event("play_closed", "first", opened_at=opened, closed_at=opened + 1_250,
                                                 bytes=6_000, media="first channel")])
        self.assertEqual((status, answer["accepted"], answer["rejected"]), (200, 1, 0))
        self.daemon.wait_flushed()
        rows = self.daemon.sqlite("SELECT SUM(watch_time_seconds), SUM(total_bytes), MAX(peak_concurrent) "
                                  "FROM stats_by_channel WHERE channel = 'first channel'")
        self.assertEqual(rows, [(1.25, 6_000, 1)])
        self.assertTrue(self.daemon.sqlite("SELECT 1 FROM stats_global WHERE total_bytes >= 6000 OR sessions_closed"))

    def test_the_answer_counts_what_became_of_each_event(self):
        batch = [event("play_started", "counted"), event("play_started", "counted"), event("play_opened", "other"),
                 event("play_closed", "bad", bytes=-1), 5]
        batch[0]["utc_ms"] = batch[1]["utc_ms"] = now_ms()
        status, answer = self.daemon.post(batch)
        self.assertEqual(status, 200)
        self.assertEqual({k: answer[k] for k in ("received", "accepted", "duplicate", "ignored", "rejected")},
                         {"received": 5, "accepted": 1, "duplicate": 1, "ignored": 1, "rejected": 2})
        self.assertEqual([(e["index"], e["field"]) for e in answer["errors"]], [(3, "bytes"), (4, "")])
        self.daemon.wait_flushed()
        wait_until(lambda: self.daemon.sqlite("SELECT 1 FROM rejected_events WHERE field = 'bytes'"),
                   what="the refused event in rejected_events")

    def test_one_object_an_array_and_an_events_member_are_all_taken_also_with_gzip_and_in_chunks(self):
        one = event("play_started", "forms")
        for body in (one, [one], {"events": [one]}):
            self.assertEqual(self.daemon.post(body)[0], 200)
        packed = gzip.compress(json.dumps([one]).encode())
        status, _, body = self.daemon.request("POST", "/api/webhook", packed, {"Content-Encoding": "gzip"})
        self.assertEqual((status, json.loads(body)["received"]), (200, 1))
        chunks = iter([b'[{"event":"play_started",', b'"id":"chunked"}]'])
        status, _, body = self.daemon.request("POST", "/api/webhook", chunks, {"Transfer-Encoding": "chunked"},
                                                chunked=True)
        self.assertEqual((status, json.loads(body)["accepted"]), (200, 1))

    def test_errors_are_problem_details(self):
        for method, path, body, headers, expected in [
                ("POST", "/api/webhook", b"{nonsense", {}, 400),
                ("POST", "/api/webhook", b"[]", {"Content-Encoding": "br"}, 415),
                ("GET", "/nowhere", None, {}, 404),
                ("PUT", "/api/webhook", b"[]", {}, 405),
                ("GET", "/stats/active?limit=none", None, {}, 400)]:
            with self.subTest(path=path, body=body):
                status, received, text = self.daemon.request(method, path, body, headers)
                self.assertEqual(status, expected)
                self.assertEqual(received["Content-Type"], "application/problem+json")
                problem = json.loads(text)
                self.assertEqual(problem["status"], expected)
                self.assertTrue(problem["title"])
        self.assertEqual(self.daemon.request("PUT", "/api/webhook", b"")[1]["Allow"], "POST, OPTIONS")

    def test_requests_in_one_write_are_answered_in_order_and_a_bad_one_harms_nobody(self):
        def request(body, connection="keep-alive"):
            return (b"POST /api/webhook HTTP/1.1\r\nHost: a\r\nConnection: %s\r\nContent-Length: %d\r\n\r\n%s"
                    % (connection.encode(), len(body), body))
        with socket.create_connection(("127.0.0.1", self.daemon.port), timeout=20) as connection:
            connection.sendall(request(b'{"event":"play_started","id":"p1"}') + request(b"{broken") +
                               request(b'{"event":"play_started","id":"p2"}', "close"))
            answers = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        self.assertEqual(re.findall(r"HTTP/1.1 (\d+)", answers), ["200", "400", "200"])
        self.assertEqual(answers.count('"accepted":1'), 2)

    def test_health_stats_and_metrics_agree_on_open_sessions(self):
        self.daemon.post([event("play_started", f"open{i}", media=f"m{i % 2}", user_id="same") for i in range(4)])
        wait_until(lambda: self.daemon.json("/health")["active_sessions"] >= 4, what="open sessions in /health")
        health, stats = self.daemon.json("/health"), self.daemon.json("/stats/active")
        self.assertEqual(health["status"], "healthy")
        self.assertEqual(health["database"], "connected")
        self.assertEqual(stats["active_sessions"], health["active_sessions"])
        for dimension in ("server", "channel", "country", "protocol", "user_agent_class"):
            self.assertEqual(sum(stats[f"by_{dimension}"].values()), stats["active_sessions"])
        self.assertEqual(len(self.daemon.json("/stats/active?limit=1")["by_channel"]), 1)
        wait_until(lambda: self.daemon.metric("streamstats_open_sessions") == stats["active_sessions"],
                   what="the gauge to follow")
        self.assertIn(b"streamstats_build_info", self.daemon.get("/metrics")[1])

    def test_active_sessions_is_kept_in_step(self):
        self.daemon.post([event("play_started", "synced", media="sync")])
        wait_until(lambda: self.daemon.sqlite("SELECT 1 FROM active_sessions WHERE channel = 'sync'"),
                   what="the open session in active_sessions")
        self.daemon.post([event("play_closed", "synced", media="sync")])
        wait_until(lambda: not self.daemon.sqlite("SELECT 1 FROM active_sessions WHERE channel = 'sync'"),
                   what="the closed session to leave active_sessions")

    def test_the_front_page_helps_a_person(self):
        status, headers, body = self.daemon.request("GET", "/")
        self.assertEqual(status, 200)
        self.assertIn("text/html", headers["Content-Type"])
        self.assertIn("Content-Security-Policy", headers)
        self.assertIn(b"/health", body)

    def test_curl_as_the_manual_says(self):
        done = subprocess.run(["curl", "--silent", "--show-error", "--fail", self.daemon.url(), "--json",
                               '[{"event":"play_started","id":"curl"}]'], capture_output=True, text=True, check=False)
        self.assertEqual(json.loads(done.stdout)["accepted"], 1, done.stderr)


class Lifecycle(unittest.TestCase):
    def test_a_stop_drains_and_the_next_run_goes_on(self):
        with Daemon() as daemon:
            daemon.post([event("play_started", "stays", media="over")])
            begun = time.monotonic()
            self.assertEqual(daemon.terminate(), 0, daemon.log())
            self.assertLess(time.monotonic() - begun, 10)
            daemon.start()
            self.assertEqual(daemon.json("/stats/active")["by_channel"], {"over": 1})
            daemon.post([event("play_closed", "stays", media="over", bytes=1_000)])
            daemon.wait_flushed()
            sums = daemon.sqlite("SELECT SUM(sessions_started), SUM(sessions_closed), SUM(total_bytes) "
                                 "FROM stats_by_channel WHERE channel = 'over'")
            self.assertEqual(sums, [(1, 1, 1_000)])

    def test_rebuild_brings_a_database_from_a_backup_up_to_what_is_known(self):
        opened = now_ms() - 90_000

        def closed(id):
            return event("play_closed", id, media="kept", opened_at=opened, closed_at=opened + 1_000, bytes=100)

        def sums():
            return daemon.sqlite("SELECT SUM(sessions_started), SUM(sessions_closed), SUM(total_bytes) "
                                 "FROM stats_by_channel WHERE channel = 'kept'")

        def rebuild():
            return subprocess.run([BINARY, "rebuild"], env={**os.environ, **daemon.environment}, capture_output=True,
                                  text=True, timeout=60, check=False)

        with Daemon() as daemon:
            daemon.post([closed("before")])
            daemon.wait_flushed()
            self.assertEqual(daemon.terminate(), 0)
            with open(daemon.database, "rb") as f:
                backup = f.read()
            daemon.start()
            daemon.post([closed("after"), event("play_started", "open", media="kept", opened_at=opened)])
            daemon.wait_flushed()
            refused = rebuild()
            self.assertEqual((refused.returncode, "another streamstatsd" in refused.stderr), (1, True), refused)
            self.assertEqual(daemon.terminate(), 0)
            with open(daemon.database, "wb") as f:
                f.write(backup)
            self.assertEqual(sums(), [(1, 1, 100)])
            done = rebuild()
            self.assertEqual(done.returncode, 0, done)
            self.assertRegex(done.stdout, r"^[1-9]\d* rows of minutes and 1 open sessions were written")
            self.assertEqual(sums(), [(3, 2, 200)])
            self.assertEqual(daemon.sqlite("SELECT COUNT(*) FROM active_sessions"), [(1,)])
            daemon.start()
            self.assertEqual(daemon.post([closed("before"), closed("after")])[1]["duplicate"], 2)
            daemon.wait_flushed()
            self.assertEqual(sums(), [(3, 2, 200)])

    def test_a_second_daemon_on_the_directory_says_so_and_ends(self):
        with Daemon() as daemon:
            second = Daemon(STREAM_DATA_DIR=daemon.data)
            self.addCleanup(second.__exit__)
            second.spawn()
            self.assertEqual(second.process.wait(20), 1)
            self.assertIn("another streamstatsd", second.log())
            self.assertEqual(daemon.get("/health")[0], 200)

    def test_a_wrong_setting_is_named_and_nothing_starts(self):
        daemon = Daemon(STREAM_LATE_WINDOW_SECONDS="3601")
        self.addCleanup(daemon.__exit__)
        daemon.spawn()
        self.assertEqual(daemon.process.wait(20), 2)
        self.assertIn("STREAM_LATE_WINDOW_SECONDS", daemon.log())
        self.assertIn("3600", daemon.log())

    def test_hangup_reloads_and_the_daemon_goes_on(self):
        with Daemon() as daemon:
            daemon.process.send_signal(signal.SIGHUP)
            self.assertEqual(daemon.post([event("play_started", "after")])[0], 200)

    def test_the_unit_lets_no_secret_into_a_core_dump_and_starts_again_what_ends_or_hangs(self):
        unit = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "systemd", "streamstats.service")
        with open(unit, encoding="utf-8") as f:
            lines = f.read().splitlines()
        for line in ("LimitCORE=0", "Restart=on-failure", "Type=notify", "UMask=0077"):
            self.assertIn(line, lines)
        seconds = {name: int(value) for name, _, value in (line.partition("=") for line in lines)
                   if name in ("WatchdogSec", "TimeoutStopSec")}
        self.assertGreaterEqual(seconds["TimeoutStopSec"], 10)
        self.assertGreater(seconds["WatchdogSec"], 0)

    def test_the_commands_answer(self):
        def run(*arguments, **more):
            return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=30, check=False, **more)
        self.assertIn("simulate", run("--help").stdout)
        self.assertRegex(run("--version").stdout, r"\d+\.\d+\.\d+")
        self.assertIn("CREATE TABLE", run("migrate", "--dry-run").stdout)
        self.assertEqual(run("classify", input="VLC/3.0.18 LibVLC/3.0.18\n\n").stdout, "desktop\nother\n")
        checked = run("check", env={**os.environ, "STREAM_DB_PASSWORD": "do not show", "STREAM_LATE_WINDOW_SECOND": "1"})
        self.assertNotIn("do not show", checked.stdout + checked.stderr)
        self.assertIn("STREAM_LATE_WINDOW_SECONDS", checked.stdout + checked.stderr)


class Truth(unittest.TestCase):
    """What a simulated audience did is what the tables say."""

    def check(self, *arguments, interval="1"):
        with Daemon(STREAM_AGGREGATION_INTERVAL_SECONDS=interval) as daemon, tempfile.TemporaryDirectory() as scratch:
            truth = os.path.join(scratch, "truth.tsv")
            daemon.simulate("--truth", truth, *arguments)
            assert_true_rows(daemon.rows, read_truth(truth))

    def test_a_calm_audience(self):
        self.check("--seed", "11", "--viewers", "200", "--backdate", "600", "--duration", "5")

    def test_an_audience_with_every_trouble_on_the_way(self):
        self.check("--seed", "12", "--viewers", "300", "--backdate", "900", "--duration", "5", "--updates",
                   "--repeats", "20", "--disorder", "20", "--lost-answers", "10", "--missing-starts", "10",
                   "--restart-every", "300")


if __name__ == "__main__":
    unittest.main()
