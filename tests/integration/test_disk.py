"""A disk that is slow or fails under the real binary: nothing is promised that it does not keep (fault 20, rule 5).

A library in front of the C library makes it so, in the calls that sync data.
"""

import contextlib
import json
import os
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from harness import Daemon, event, wait_until

SHIM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "disk_shim.c")


class Disk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.library = os.path.join(cls.folder, "disk_shim.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", cls.library, SHIM], check=True)

    def setUp(self):
        self.orders = os.path.join(self.folder, f"{self.id()}.orders")
        self.told = []  # what the daemon says to systemd, and when
        manager = self.enterContext(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        manager.bind(os.path.join(self.folder, self._testMethodName[:40]))
        manager.settimeout(0.1)
        self.over = threading.Event()
        listener = threading.Thread(target=self.listen, args=(manager,))
        listener.start()
        self.addCleanup(listener.join)
        self.addCleanup(self.over.set)
        self.daemon = Daemon(LD_PRELOAD=self.library, DISK_SHIM=self.orders, NOTIFY_SOCKET=manager.getsockname(),
                             WATCHDOG_USEC="2000000")
        self.addCleanup(self.daemon.__exit__)
        self.daemon.start()

    def listen(self, manager):
        while not self.over.is_set():
            with contextlib.suppress(TimeoutError):
                self.told.append((time.monotonic(), manager.recv(4_096).decode()))

    def order(self, text):
        with open(self.orders + ".new", "w", encoding="ascii") as f:
            f.write(text)
        os.rename(self.orders + ".new", self.orders)

    def signs_of_life(self):
        return [when for when, text in self.told if "WATCHDOG=1" in text]

    def channels(self):
        return sorted(self.daemon.json("/stats/active")["by_channel"])

    def test_while_a_sync_takes_seconds_answers_wait_for_it_and_everything_else_goes_on(self):
        self.assertEqual(self.daemon.post([event("play_started", "before")])[0], 200)
        self.order("slow 5000")
        begun = time.monotonic()
        answers = []
        sender = threading.Thread(target=lambda: answers.append(self.daemon.post([event("play_started", "slow")])))
        sender.start()
        pages = []
        while time.monotonic() - begun < 4:
            asked = time.monotonic()
            self.assertEqual(self.daemon.get("/health")[0], 200)
            self.assertIn("active_sessions", self.daemon.json("/stats/active"))
            pages.append(time.monotonic() - asked)
            self.assertEqual(answers, [], "an answer before the sync has ended")
            time.sleep(0.1)
        os.unlink(self.orders)
        sender.join()
        self.assertEqual(answers[0][0], 200)
        self.assertGreater(time.monotonic() - begun, 4.9)
        self.assertLess(sorted(pages)[len(pages) // 2], 1)
        signs = [when for when in self.signs_of_life() if when > begun]
        self.assertGreater(len(signs), 3)
        gaps = [later - earlier for earlier, later in zip([begun, *signs], signs)]
        self.assertLess(max(gaps), 2, "the watchdog would have fired")
        self.assertEqual(self.daemon.post([event("play_started", "after")])[0], 200)
        self.assertEqual(self.daemon.json("/stats/active")["active_sessions"], 3)

    def test_what_waits_for_a_slow_sync_when_the_daemon_is_killed_was_not_acknowledged(self):
        self.daemon.post([event("play_started", "acknowledged", media="acknowledged")])
        self.order("slow 60000")
        answers = []

        def send():
            with contextlib.suppress(OSError, ValueError):
                answers.append(self.daemon.post([event("play_started", "waits", media="waits")]))

        sender = threading.Thread(target=send)
        sender.start()
        time.sleep(1)
        self.daemon.kill()
        sender.join()
        self.assertEqual(answers, [])
        os.unlink(self.orders)
        self.daemon.start()
        self.assertIn("acknowledged", self.channels())

    def test_more_than_fits_while_a_sync_takes_long_is_refused_and_what_was_taken_is_answered(self):
        self.order("slow 5000")
        batch = json.dumps([event("play_started", "same", user_agent="x" * 4_000) for _ in range(2_000)])
        statuses = []

        def send():
            status, headers, _ = self.daemon.request("POST", "/api/webhook", batch)
            statuses.append((status, "Retry-After" in headers))

        senders = [threading.Thread(target=send) for _ in range(24)]
        for sender in senders:
            sender.start()
        wait_until(lambda: (503, True) in statuses, 20, "a refusal")
        os.unlink(self.orders)
        for sender in senders:
            sender.join()
        self.assertEqual(set(statuses), {(200, False), (503, True)})
        self.assertEqual(self.daemon.post([event("play_started", "same")])[0], 200)

    def test_a_sync_that_fails_once_acknowledges_nothing_ends_the_daemon_and_loses_nothing(self):
        for i in range(3):
            self.assertEqual(self.daemon.post([event("play_started", f"{i}", media=f"kept{i}")])[0], 200)
        self.order("fail")
        answers = []
        with contextlib.suppress(OSError, ValueError):
            answers.append(self.daemon.post([event("play_started", "failed")])[0])
        self.assertIn(answers, ([], [503]))
        self.assertEqual(self.daemon.process.wait(10), 1)
        self.assertIn("the next start recovers", self.daemon.log())
        self.daemon.start()
        self.assertLessEqual({"kept0", "kept1", "kept2"}, set(self.channels()))
        self.assertEqual(self.daemon.post([event("play_started", "failed")])[0], 200)
        self.assertEqual(self.daemon.json("/stats/active")["active_sessions"], 4)
        self.assertEqual(self.daemon.json("/health")["problems"], [])


if __name__ == "__main__":
    unittest.main()
