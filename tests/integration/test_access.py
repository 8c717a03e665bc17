"""Who may post and who may read: the real binary, with secrets and networks that change while it runs."""

import hashlib
import json
import os
import signal
import unittest

from harness import Daemon, event, free_port, wait_until


class AccessDaemon(Daemon):
    """One whose settings come from a file, as a reload reads files only."""

    def __init__(self, **settings):
        super().__init__()
        self.config = os.path.join(self.directory, "some.env")
        self.configure(**settings)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        return self.path(name)

    def configure(self, **settings):
        self.write("some.env", "".join(f"{k}={v}\n" for k, v in settings.items()))

    def __enter__(self):
        return self.start("--config", self.config)

    def reload(self):
        said = self.log().count("reloaded") + self.log().count("the old one stays")
        self.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.log().count("reloaded") + self.log().count("the old one stays") > said,
                   what=f"the reload; the log:\n{self.log()}")

    def status(self, token=None, path="/api/webhook"):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = json.dumps(event("play_started", "a")) if path == "/api/webhook" else None
        return self.request("POST" if body else "GET", path, body, headers)[0]


class Access(unittest.TestCase):
    def test_a_secret_is_changed_while_two_are_good_without_a_restart(self):
        daemon = AccessDaemon()
        token = daemon.write("token", "first-token\n")
        daemon.configure(STREAM_WEBHOOK_TOKEN_FILE=token, STREAM_LOG_LEVEL="info")
        with daemon:
            self.assertEqual([daemon.status(t) for t in ("first-token", "second-token", None)], [200, 401, 401])
            daemon.write("token", "second-token,first-token\n")
            daemon.reload()
            self.assertEqual([daemon.status(t) for t in ("first-token", "second-token", None)], [200, 200, 401])
            daemon.write("token", "second-token\n")
            daemon.reload()
            self.assertEqual([daemon.status(t) for t in ("first-token", "second-token", None)], [401, 200, 401])
            self.assertEqual(daemon.metric('streamstats_http_refused_total{reason="credential_missing"}'), 3)
            self.assertEqual(daemon.metric('streamstats_http_refused_total{reason="credential_wrong"}'), 2)
            self.assertNotIn("first-token", daemon.log())
            self.assertNotIn("second-token", daemon.log())

    def test_a_change_that_is_wrong_leaves_the_old_rules(self):
        daemon = AccessDaemon(STREAM_WEBHOOK_TOKEN="old")
        with daemon:
            daemon.configure(STREAM_WEBHOOK_TOKEN="new", STREAM_WEBHOOK_NETWORKS="10.0.0.0/99")
            daemon.reload()
            self.assertEqual([daemon.status(t) for t in ("old", "new")], [200, 401])
            self.assertIn("STREAM_WEBHOOK_NETWORKS", daemon.log())
            daemon.configure(STREAM_WEBHOOK_TOKEN="new", STREAM_WEBHOOK_NETWORKS="127.0.0.0/8")
            daemon.reload()
            self.assertEqual([daemon.status(t) for t in ("old", "new")], [401, 200])
            daemon.configure(STREAM_WEBHOOK_TOKEN="new", STREAM_WEBHOOK_NETWORKS="192.0.2.0/24")
            daemon.reload()
            self.assertEqual(daemon.status("new"), 403)
            daemon.configure()
            daemon.reload()
            self.assertEqual(daemon.status(), 200)

    def test_neither_token_nor_query_is_ever_logged(self):
        daemon = AccessDaemon(STREAM_WEBHOOK_TOKEN="hush-right", STREAM_LOG_LEVEL="debug")
        with daemon:
            for path in ("/api/webhook?token=hush-wrong", "/nowhere?token=hush-wrong", "/stats/active?limit=hush-wrong"):
                daemon.request("POST", path, "{}", {"Authorization": "Basic aHVzaC13cm9uZzpodXNoLXdyb25n"})
            self.assertEqual(daemon.request("POST", "/api/webhook?token=hush-right", "[]")[0], 200)
            wait_until(lambda: "a request was not let in" in daemon.log(), what="the refusal in the log")
            self.assertNotIn("hush", daemon.log())
            self.assertNotIn("aHVzaC", daemon.log())

    def test_flussonic_signs_its_batches(self):
        daemon = AccessDaemon(STREAM_WEBHOOK_SIGN_KEY="sesame")
        with daemon:
            body = json.dumps([event("play_started", "a")]).encode()
            signature = hashlib.sha1(body + b"sesame").hexdigest()
            self.assertEqual(daemon.request("POST", "/api/webhook", body, {"X-Signature": signature})[0], 200)
            self.assertEqual(daemon.request("POST", "/api/webhook", body + b" ", {"X-Signature": signature})[0], 401)

    def test_pages_are_at_a_port_of_their_own(self):
        pages = free_port()
        daemon = AccessDaemon(STREAM_ADMIN_PORT=pages, STREAM_READ_TOKEN="reading")
        with daemon:
            self.assertEqual(daemon.status(path="/metrics"), 404)
            self.assertEqual(daemon.status(), 200)
            self.assertEqual(daemon.status(path="/health"), 200)
            daemon.port = pages
            self.assertEqual(daemon.status(path="/metrics"), 401)
            self.assertEqual(daemon.status("reading", path="/metrics"), 200)
            self.assertEqual(daemon.status(path="/health"), 200)
            self.assertEqual(daemon.status(), 404)

    def test_a_wrong_rule_stops_the_start(self):
        daemon = AccessDaemon(STREAM_WEBHOOK_NETWORKS="everywhere")
        daemon.spawn("--config", daemon.config)
        self.assertEqual(daemon.process.wait(30), 2)
        self.assertIn("STREAM_WEBHOOK_NETWORKS", daemon.log())


if __name__ == "__main__":
    unittest.main()
