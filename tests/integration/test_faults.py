"""What happens when something is full, missing, damaged, blocked or hangs: the real binary, the real thing."""

import contextlib
import fcntl
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import journal_files
from databases import MariaDb
from harness import Daemon, event, now_ms, wait_until

OFTEN_ENOUGH = 40


def health(daemon):
    """The status and the content of /health, whatever it is."""
    status, body = daemon.get("/health")
    return status, json.loads(body)


def closed_sessions(daemon):
    return daemon.sqlite("SELECT COALESCE(SUM(sessions_closed), 0), COALESCE(SUM(total_bytes), 0) FROM stats_global")[0]


def closed(id, **fields):
    opened = now_ms() - 120_000
    return event("play_closed", id, opened_at=opened, closed_at=opened + 1_000, bytes=100, **fields)


class DamagedFiles(unittest.TestCase):
    """Nothing is flushed meanwhile: what comes back comes from the files."""

    def killed_daemon(self, batches):
        daemon = self.enterContext(Daemon(STREAM_AGGREGATION_INTERVAL_SECONDS="3600"))
        for i in range(batches):
            self.assertEqual(daemon.post([event("play_started", f"batch{i}", media=f"channel{i}")])[0], 200)
        daemon.kill()
        return daemon

    def channels(self, daemon):
        return sorted(daemon.json("/stats/active")["by_channel"])

    def test_bit_rot_is_reported_by_frame_and_the_rest_is_kept(self):
        daemon = self.killed_daemon(5)
        rotten = journal_files.batches(daemon.journal)[2]
        journal_files.flip_a_bit(rotten.path, rotten.payload_offset + 3)
        daemon.start()
        self.assertEqual(self.channels(daemon), ["channel0", "channel1", "channel3", "channel4"])
        wait_until(lambda: daemon.metric("streamstats_journal_gaps") == 1, 5, "the metric to tell of the gap")
        status, report = health(daemon)
        self.assertEqual((status, report["status"]), (200, "degraded"))
        named = [problem for problem in report["problems"] if f"frames {rotten.number} to {rotten.number}" in problem]
        self.assertEqual(len(named), 1, report)
        self.assertIn(named[0].split(" of the journal")[0], daemon.log())
        daemon.kill()
        daemon.start()
        wait_until(lambda: daemon.metric("streamstats_journal_gaps") == 1, 5, "the gap to be reported once more")

    def test_a_frame_that_was_cut_in_its_payload_or_in_its_header_is_dropped_quietly(self):
        for place, offset in (("payload", journal_files.HEADER.size + 5), ("header", 17)):
            with self.subTest(place):
                daemon = self.killed_daemon(4)
                torn = journal_files.batches(daemon.journal)[-1]
                size = os.path.getsize(torn.path)
                os.truncate(torn.path, torn.offset + offset)
                os.truncate(torn.path, size)
                daemon.start()
                self.assertEqual(self.channels(daemon), ["channel0", "channel1", "channel2"])
                self.assertEqual(daemon.metric("streamstats_journal_gaps"), 0)
                self.assertEqual(health(daemon)[1]["problems"], [])
                self.assertNotIn("damaged", daemon.log())

    def test_a_damaged_checkpoint_is_reported_and_the_journal_behind_it_is_kept(self):
        daemon = self.killed_daemon(3)
        checkpoint = os.path.join(daemon.journal, "checkpoint")
        journal_files.flip_a_bit(checkpoint, journal_files.HEADER.size + 2)
        daemon.start()
        self.assertEqual(self.channels(daemon), ["channel0", "channel1", "channel2"])
        self.assertTrue([p for p in health(daemon)[1]["problems"] if "checkpoint is damaged" in p], health(daemon))
        self.assertIn("checkpoint is damaged", daemon.log())

    def test_a_checkpoint_that_was_interrupted_does_not_count(self):
        daemon = self.killed_daemon(3)
        checkpoint = os.path.join(daemon.journal, "checkpoint")
        with open(checkpoint, "rb") as whole, open(checkpoint + ".tmp", "wb") as part:
            part.write(whole.read()[:60])
        daemon.start()
        self.assertEqual(self.channels(daemon), ["channel0", "channel1", "channel2"])
        self.assertEqual(health(daemon)[1]["problems"], [])

    def test_files_of_a_newer_version_are_refused_and_not_touched(self):
        for what in ("segment", "checkpoint"):
            with self.subTest(what):
                daemon = self.killed_daemon(2)
                segment = journal_files.segments(daemon.journal)[-1]
                path = segment if what == "segment" else os.path.join(daemon.journal, "checkpoint")
                journal_files.make_newer(path)
                before = journal_files.contents(daemon.journal)
                daemon.spawn()
                self.assertEqual(daemon.process.wait(20), 1)
                self.assertRegex(daemon.log(), "newer (format|version)")
                after = journal_files.contents(daemon.journal)
                after.pop("replay.mark", None)  # a note of the start to the next one
                self.assertEqual(sorted(after), sorted(before))
                self.assertTrue(all(after[name] == before[name] for name in before), "a file was changed")

    def test_a_data_directory_that_was_removed_is_made_again_and_a_missing_database_file_too(self):
        with Daemon() as daemon:
            daemon.post([closed("gone")])
            daemon.wait_flushed()
            self.assertEqual(daemon.terminate(), 0)
            os.unlink(daemon.database)
            daemon.start()
            daemon.post([closed("here")])
            daemon.wait_flushed()
            self.assertGreaterEqual(closed_sessions(daemon)[0], 1)
            daemon.kill()
            shutil.rmtree(daemon.data)
            daemon.start()
            self.assertEqual(daemon.post([closed("new")])[0], 200)


@unittest.skipUnless(os.geteuid() == 0, "needs root, to mount a small disk")
class FullDisk(unittest.TestCase):
    """A disk of 200 MB. A second program takes every byte that becomes free, as long as it is there."""

    BYTES = 200 << 20

    def setUp(self):
        self.daemon = Daemon()
        self.addCleanup(self.daemon.__exit__)
        os.mkdir(self.daemon.data)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.BYTES}", "tmpfs", self.daemon.data],
                                 capture_output=True, text=True, check=False)
        if mounted.returncode != 0:
            self.skipTest(f"cannot mount a small disk: {mounted.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.daemon.data], check=True)
        self.addCleanup(self.daemon.kill)
        self.ballast = os.path.join(self.daemon.data, "ballast")
        self.acknowledged = 0

    @contextlib.contextmanager
    def full_disk(self):
        """Nothing is free in here."""
        enough = threading.Event()
        taken = os.open(self.ballast, os.O_CREAT | os.O_WRONLY, 0o600)

        def take():
            size = 0
            while not enough.wait(0.002):
                for step in (1 << 20, 1 << 12):
                    with contextlib.suppress(OSError):
                        while True:
                            os.posix_fallocate(taken, size, step)
                            size += step

        taker = threading.Thread(target=take)
        taker.start()
        try:
            yield
        finally:
            enough.set()
            taker.join()
            os.close(taken)
            os.unlink(self.ballast)

    def post_large(self, count=1_500):
        """About six megabytes of journal; the same events again until they are acknowledged."""
        batch = [closed(f"{self.acknowledged}-{i}", user_agent=f"{i:04}" + "x" * 4_000) for i in range(count)]
        status, headers, body = self.daemon.request("POST", "/api/webhook", json.dumps(batch))
        if status == 200:
            self.acknowledged += count
        return status, headers, body

    def test_a_full_disk_means_503_and_nothing_lost_and_the_daemon_goes_on_by_itself_when_there_is_room(self):
        self.daemon.start()
        self.assertEqual(self.post_large(10)[0], 200)
        with self.full_disk():
            answers = []
            while len(answers) < OFTEN_ENOUGH and 503 not in answers:
                status, headers, body = self.post_large()
                answers.append(status)
            self.assertEqual(answers[-1], 503, answers)
            self.assertEqual(set(answers[:-1]) - {200}, set())
            self.assertGreaterEqual(int(headers["Retry-After"]), 1)
            self.assertIn(b"disk is full", body)
            wait_until(lambda: health(self.daemon)[0] == 503, 10, "/health to say that nothing is taken")
            self.assertTrue([p for p in health(self.daemon)[1]["problems"] if "no room" in p], health(self.daemon))
            self.assertEqual(self.daemon.metric("streamstats_journal_no_room"), 1)
            self.assertEqual(self.post_large()[0], 503)
        wait_until(lambda: health(self.daemon)[0] == 200, 30, f"events to be taken again; log:\n{self.daemon.log()}")
        wait_until(lambda: self.post_large()[0] == 200, 10, "a batch to be taken")
        wait_until(lambda: health(self.daemon)[1]["problems"] == [], 60, "health")
        self.daemon.kill()
        self.daemon.start()
        wait_until(lambda: closed_sessions(self.daemon)[0] >= self.acknowledged, 60, "all rows")
        self.daemon.wait_flushed()
        self.assertEqual(closed_sessions(self.daemon), (self.acknowledged, 100 * self.acknowledged))
        self.assertEqual(self.daemon.metric("streamstats_journal_gaps"), 0)

    def test_when_the_disk_is_full_the_reserve_lets_a_checkpoint_be_written_which_makes_room(self):
        self.daemon.start()
        written = 'streamstats_checkpoints_total{result="written"}'
        reserve = os.path.join(self.daemon.journal, "reserve")
        wait_until(lambda: os.path.exists(reserve), 20, "the reserve")
        with open(self.ballast, "wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, journal_files.room_on_disk(self.daemon.data))
        before = self.daemon.metric(written)
        answers = []
        while len(answers) < OFTEN_ENOUGH and self.daemon.metric(written) == before:
            answers.append(self.post_large()[0])
        self.assertEqual(set(answers) - {200, 503}, set())
        wait_until(lambda: self.daemon.metric(written) > before, 30, f"a checkpoint; log:\n{self.daemon.log()}")
        wait_until(lambda: self.post_large()[0] == 200, 30, f"room for the journal; log:\n{self.daemon.log()}")
        self.assertIn("No space left", self.daemon.log(), "the disk was never full")

    def test_a_start_on_a_full_disk_says_what_is_wrong_and_a_later_one_has_everything(self):
        self.daemon.start()
        self.assertEqual(self.post_large(10)[0], 200)
        self.daemon.kill()
        with self.full_disk():
            self.daemon.spawn()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.assertEqual(self.daemon.process.wait(3), 1)
                self.assertIn("No space left", self.daemon.log())
            self.daemon.kill()
        self.daemon.start()
        wait_until(lambda: closed_sessions(self.daemon)[0] >= self.acknowledged, 60, "all rows")
        self.assertEqual(closed_sessions(self.daemon), (10, 1_000))


class Limits(unittest.TestCase):
    def processor_seconds(self, daemon):
        with open(f"/proc/{daemon.process.pid}/stat", encoding="ascii") as f:
            fields = f.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def test_out_of_descriptors_good_connections_live_nothing_spins_and_accepting_resumes(self):
        with contextlib.ExitStack() as cleanup:
            daemon = cleanup.enter_context(contextlib.closing(_Closing(Daemon()))).daemon
            daemon.start(prefix=["prlimit", "--nofile=64"])
            good = cleanup.enter_context(contextlib.closing(http.client.HTTPConnection("127.0.0.1", daemon.port,
                                                                                       timeout=20)))

            def post(id):
                good.request("POST", "/api/webhook", json.dumps([closed(id)]))
                answer = good.getresponse()
                answer.read()
                return answer.status

            self.assertEqual(post("before"), 200)
            crowd = contextlib.ExitStack()
            with crowd:
                for _ in range(200):
                    crowd.enter_context(socket.create_connection(("127.0.0.1", daemon.port), timeout=20))
                wait_until(lambda: len(os.listdir(f"/proc/{daemon.process.pid}/fd")) >= 63, 10, "descriptors to run out")
                busy = self.processor_seconds(daemon)
                for i in range(20):
                    self.assertEqual(post(f"meanwhile{i}"), 200)
                    time.sleep(0.05)
                self.assertLess(self.processor_seconds(daemon) - busy, 0.7, "it spins")
            wait_until(lambda: self.answers(daemon), 30, "accepting to resume")
            self.assertEqual(daemon.post([closed("after")])[0], 200)
            self.assertGreater(daemon.metric('streamstats_http_accept_pauses_total{reason="resources"}'), 0)

    def answers(self, daemon):
        with contextlib.suppress(OSError, http.client.HTTPException):
            return daemon.get("/health")[0] == 200
        return False


class _Closing:
    """Ends a daemon that was not started by entering it."""

    def __init__(self, daemon):
        self.daemon = daemon

    def close(self):
        self.daemon.__exit__()


class Log(unittest.TestCase):
    def test_a_log_that_nobody_reads_blocks_nothing_but_itself(self):
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        daemon = Daemon(STREAM_LOG_LEVEL="debug")
        self.addCleanup(daemon.__exit__)
        fcntl.fcntl(write_end, fcntl.F_SETFL, os.O_NONBLOCK)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(write_end, b"x" * 4_096)
        fcntl.fcntl(write_end, fcntl.F_SETFL, 0)
        try:
            daemon.start(stderr=write_end)
        finally:
            os.close(write_end)
        for i in range(50):
            self.assertEqual(daemon.post([closed(f"unread{i}"), event("play_closed", f"bad{i}", bytes=-1)])[0], 200)
            self.assertEqual(daemon.request("POST", "/api/webhook", "{nonsense")[0], 400)
            daemon.process.send_signal(signal.SIGHUP)
        self.assertEqual(daemon.json("/health")["status"], "healthy")
        daemon.wait_flushed()
        self.assertEqual(closed_sessions(daemon)[0], 50)
        self.assertEqual(daemon.terminate(), 0)

    def test_nonsense_does_not_flood_the_log(self):
        with Daemon(STREAM_LOG_LEVEL="debug") as daemon:
            for i in range(300):
                with socket.create_connection(("127.0.0.1", daemon.port), timeout=20) as connection:
                    connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 not HTTP \r\n\r\n")
                    connection.recv(1_024)
                daemon.post([event("play_closed", f"bad{i}", bytes=-1)])
                daemon.request("GET", f"/no/such/page{i}")
            self.assertLess(len(daemon.log().splitlines()), 150)

    def test_secrets_are_neither_in_the_log_nor_among_the_arguments(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("secret-in-file\n")
            file.flush()
            with Daemon(STREAM_LOG_LEVEL="debug", STREAM_STORE="sqlite", STREAM_DB_PASSWORD_FILE=file.name) as daemon:
                daemon.post([event("play_started", "s", token="token-in-event", query_string="q=secret-query")])
                daemon.request("POST", "/api/webhook?token=token-in-url", json.dumps([event("play_started", "t")]))
                daemon.request("POST", "/api/webhook?token=token-in-url", "{nonsense",
                               {"Authorization": "Bearer token-in-header"})
                with open(f"/proc/{daemon.process.pid}/cmdline", "rb") as f:
                    arguments = f.read().decode()
                self.assertEqual(daemon.terminate(), 0)
                for secret in ("secret-in-file", "token-in-event", "secret-query", "token-in-url", "token-in-header"):
                    self.assertNotIn(secret, daemon.log() + arguments)
                    for root, _, names in os.walk(daemon.journal):
                        for name in names:
                            with open(os.path.join(root, name), "rb") as f:
                                self.assertNotIn(secret.encode(), f.read(), f"{secret} is in {name}")


class StoreThatHangs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = MariaDb()
        cls.addClassCleanup(cls.server.stop)

    def daemon(self, name, **more):
        return self.server.daemon(name, **more)

    def answer_times(self, daemon, prefix, count=200):
        """Milliseconds, in order of length."""
        times = []
        for i in range(count):
            begun = time.monotonic()
            self.assertEqual(daemon.post([closed(f"{prefix}{i}-{k}") for k in range(5)])[0], 200)
            times.append((time.monotonic() - begun) * 1_000)
        return sorted(times)

    def test_answers_go_on_while_the_database_hangs_and_everything_is_written_afterwards(self):
        with self.daemon("hangs") as daemon:
            usual = self.answer_times(daemon, "usual")
            daemon.wait_flushed()
            self.server.hang()
            try:
                daemon.post([closed("makes a flush hang")])
                time.sleep(1.5)
                hanging = self.answer_times(daemon, "hanging")
                self.assertEqual(daemon.json("/health")["active_sessions"], 0)
            finally:
                self.server.go_on()
            p99 = [times[int(len(times) * 0.99) - 1] for times in (usual, hanging)]
            print(f"\n    p99 of the answer: {p99[0]:.1f} ms, while the database hangs {p99[1]:.1f} ms", flush=True)
            wait_until(lambda: daemon.json("/health")["status"] == "healthy", 90, "health")
            daemon.wait_flushed(90)
            self.assertEqual(self.server.query("SELECT SUM(sessions_closed), SUM(total_bytes) FROM stats_global",
                                               "hangs"), [["2001", "200100"]])

    def test_a_stop_while_the_database_hangs_exits_0_in_time_and_the_next_start_brings_everything(self):
        with self.daemon("hangs_at_stop") as daemon:
            daemon.post([closed(f"first{i}") for i in range(10)])
            daemon.wait_flushed()
            self.server.hang()
            try:
                daemon.post([closed(f"second{i}") for i in range(10)])
                time.sleep(1.5)
                begun = time.monotonic()
                self.assertEqual(daemon.terminate(20), 0, daemon.log())
                self.assertLess(time.monotonic() - begun, 10, daemon.log())
            finally:
                self.server.go_on()
            daemon.start()
            wait_until(lambda: daemon.json("/health")["status"] == "healthy", 90, "health")
            daemon.wait_flushed(90)
            self.assertEqual(self.server.query("SELECT SUM(sessions_closed), SUM(total_bytes) FROM stats_global",
                                               "hangs_at_stop"), [["20", "2000"]])

    def test_a_database_emptied_while_a_killed_daemon_is_down_gets_what_the_journal_holds(self):
        with self.daemon("emptied_down") as daemon:
            daemon.post([closed(f"kept{i}") for i in range(10)] + [event("play_started", "open")])
            daemon.wait_flushed()
            daemon.kill()
            self.server.create_database("emptied_down")
            daemon.start()
            daemon.post([closed("later")])
            wait_until(lambda: daemon.json("/health")["status"] == "healthy", 60, "health")
            daemon.wait_flushed()
            self.assertEqual(self.server.query("SELECT SUM(sessions_closed) FROM stats_global", "emptied_down"),
                             [["11"]])
            wait_until(lambda: self.server.query("SELECT COUNT(*) FROM active_sessions", "emptied_down") == [["1"]], 30,
                       "the open session in active_sessions")


if __name__ == "__main__":
    unittest.main()
