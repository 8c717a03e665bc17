"""Who looks at the real binary: live numbers, their stream, and the open sessions page by page."""

import contextlib
import http.client
import json
import time
import unittest
import urllib.parse

from harness import Daemon, event, now_ms, wait_until

HOSTILE = "<script>alert(1)</script>\u202e\u0000\n\ndata: x"


class Stream:
    """The events of /api/v1/live/stream, one after the other."""

    def __init__(self, daemon, query=""):
        self.connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=30)
        self.connection.request("GET", "/api/v1/live/stream" + query)
        self.answer = self.connection.getresponse()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.answer.close()
        self.connection.close()

    def block(self):
        """The fields of the next block of lines; None: the stream has ended."""
        fields = {}
        for line in iter(self.answer.readline, b""):
            if line == b"\n":
                return fields
            name, _, value = line.decode().rstrip("\n").partition(": ")
            fields[name] = value
        return None

    def live(self):
        block = self.block()
        assert block["event"] == "live", block
        return json.loads(block["data"])


class Live(unittest.TestCase):
    def setUp(self):
        self.daemon = self.enterContext(Daemon())

    def post(self, *events):
        status, answer = self.daemon.post(list(events))
        self.assertEqual((status, answer["rejected"]), (200, 0), answer)

    def wait_live(self, sessions):
        return wait_until(lambda: self.seen_with(sessions), what=f"{sessions} sessions to be live")

    def seen_with(self, sessions):
        live = self.daemon.json("/api/v1/live")
        return live if live["active_sessions"] == sessions else None

    def test_events_are_seen_live_by_value(self):
        self.post(event("play_started", "1", media="news"), event("play_started", "2", media="news", user_id="1"),
                  event("play_started", "3", media=HOSTILE, server="edge2"))
        live = self.wait_live(3)
        self.assertEqual(live["unique_users"], 2)
        self.assertEqual(live["events_accepted_total"], 3)
        self.assertEqual(live["health"]["status"], "healthy")
        self.assertEqual(live["dimensions"]["channel"]["top"],
                         [{"value": "news", "active_sessions": 2}, {"value": HOSTILE, "active_sessions": 1}])
        found = self.daemon.json("/api/v1/live?limit=1&match=SCRIPT")["dimensions"]["channel"]
        self.assertEqual((found["values"], found["matching"], len(found["top"])), (2, 1, 1))
        self.post(event("play_closed", "3", media=HOSTILE, server="edge2"))
        self.assertEqual(self.wait_live(2)["dimensions"]["server"]["values"], 1)

    def test_a_stream_shows_changes_as_they_come_and_ends_with_the_daemon(self):
        with Stream(self.daemon) as stream:
            self.assertEqual(stream.answer.getheader("Content-Type"), "text/event-stream")
            self.assertEqual(stream.block(), {"retry": "2000"})
            self.assertEqual(stream.live()["active_sessions"], 0)
            self.assertEqual(self.daemon.metric("streamstats_live_streams"), 1)
            self.post(event("play_started", "1"))
            wait_until(lambda: stream.live()["active_sessions"] == 1, what="the session in the stream")
            begun = time.monotonic()
            self.assertEqual(self.daemon.terminate(), 0)
            self.assertLess(time.monotonic() - begun, 8)
            while stream.block() is not None:
                continue

    def test_a_watcher_that_is_gone_is_forgotten(self):
        with Stream(self.daemon) as stream:
            self.assertEqual(stream.block(), {"retry": "2000"})
        wait_until(lambda: self.daemon.metric("streamstats_live_streams") == 0, what="the stream to be let go")

    def pages(self, **query):
        sessions, cursor = [], None
        while True:
            page = self.daemon.json("/api/v1/sessions?" + urllib.parse.urlencode(
                {**query, **({"cursor": cursor} if cursor else {})}))
            sessions += page["sessions"]
            cursor = page["next_cursor"]
            if cursor is None:
                return sessions

    def test_open_sessions_come_page_by_page_each_once(self):
        opened = now_ms() - 60_000
        self.post(*(event("play_started", f"s{n}", media="news" if n % 3 else HOSTILE, opened_at=opened + n // 2)
                    for n in range(100)))
        self.post(event("play_updated", "s7", bytes=5_000, opened_at=opened + 3), event("play_closed", "s8"))
        sessions = self.pages(limit=7)
        self.assertEqual(len(sessions), 99)
        self.assertEqual(len({session["session_id"] for session in sessions}), 99)
        keys = [session["opened_at"] for session in sessions]
        self.assertEqual(keys, sorted(keys, reverse=True))
        self.assertEqual({s["session_id"] for s in self.pages(channel=HOSTILE, limit=10)},
                         {f"s{n}" for n in range(0, 100, 3)})
        [largest] = self.daemon.json("/api/v1/sessions?sort=bytes&limit=1")["sessions"]
        self.assertEqual({name: largest[name] for name in ("server", "session_id", "user", "channel", "country",
                                                           "protocol", "user_agent_class", "bytes")},
                         {"server": "edge1", "session_id": "s7", "user": "s7", "channel": "news", "country": "DE",
                          "protocol": "hls", "user_agent_class": "desktop", "bytes": 5_000})
        self.assertGreaterEqual(largest["duration_seconds"], 59)

    def test_a_cursor_belongs_to_its_question(self):
        self.post(*(event("play_started", f"s{n}") for n in range(3)))
        cursor = self.daemon.json("/api/v1/sessions?limit=1")["next_cursor"]
        status, body = self.daemon.get(f"/api/v1/sessions?limit=1&country=DE&cursor={cursor}")
        self.assertEqual((status, json.loads(body)["field"]), (400, "cursor"))
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.daemon.port, timeout=30)) as connection:
            connection.request("HEAD", f"/api/v1/sessions?limit=1&cursor={cursor}")
            self.assertEqual(connection.getresponse().status, 200)


if __name__ == "__main__":
    unittest.main()
