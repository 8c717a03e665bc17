"""A daemon, a database and a client for the black-box tests: the real binary, real servers, real HTTP.

STREAMSTATSD names the binary. Only Python's standard library and Debian's packages are needed.
"""

import contextlib
import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time

from truth import differences, read_truth, rows_of_sqlite

BINARY = os.environ.get("STREAMSTATSD", "streamstatsd")


def wait_until(condition, seconds=30, what="condition"):
    """Polls until `condition()` is true and returns its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"timed out waiting for {what}")
        time.sleep(0.05)


def free_port():
    """Not one of those that the kernel gives to clients: it would be taken while a daemon is down, or a client that
    tries to connect to it would meet itself."""
    while True:
        port = random.randrange(12_000, 32_000)
        with socket.socket() as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            return port


def now_ms():
    return time.time_ns() // 1_000_000


def event(kind, id, **fields):
    return {"event": kind, "id": id, "server": "edge1", "media": "news", "user_id": id, "proto": "hls",
            "country": "DE", "user_agent": "VLC/3.0.18 LibVLC/3.0.18", **fields}


class Daemon:
    """One run after another of streamstatsd on one data directory."""

    binary = BINARY

    def __init__(self, **environment):
        self.directory = tempfile.mkdtemp(prefix="streamstats-")
        self.port = free_port()
        self.process = None
        self.environment = {
            "STREAM_HTTP_HOST": "127.0.0.1",
            "STREAM_HTTP_PORT": str(self.port),
            "STREAM_HTTP_THREADS": "2",
            "STREAM_DATA_DIR": os.path.join(self.directory, "data"),
            "STREAM_AGGREGATION_INTERVAL_SECONDS": "1",
            "STREAM_SESSION_SYNC_INTERVAL_SECONDS": "1",
            "STREAM_REVISION_INTERVAL_SECONDS": "1",
            **environment,
        }
        self.log_path = os.path.join(self.directory, "log")

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def spawn(self, *arguments, prefix=(), stderr=None):
        """`prefix` is a command that runs it; `stderr` a file that takes the place of the log."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith("STREAM_")}
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([*prefix, self.binary, *arguments], env={**clean, **self.environment},
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=stderr or log)
        return self

    def start(self, *arguments, **how):
        self.spawn(*arguments, **how)
        wait_until(self.answers, 30, f"the daemon to answer; its log:\n{self.log()}")
        return self

    def migrate(self):
        """Makes the tables of the store."""
        done = subprocess.run([BINARY, "migrate"], env={**os.environ, **self.environment}, capture_output=True, text=True,
                              timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return self

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the daemon ended with {self.process.returncode}:\n{self.log()}")
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.get("/health")[0] in (200, 503)
        return False

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def terminate(self, seconds=15):
        """SIGTERM, and the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def url(self, path="/api/webhook"):
        return f"http://127.0.0.1:{self.port}{path}"

    def request(self, method, path, body=None, headers=None, chunked=False):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {}, encode_chunked=chunked)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def get(self, path):
        status, _, body = self.request("GET", path)
        return status, body

    def json(self, path):
        """The answer to a GET that must succeed."""
        status, body = self.get(path)
        assert status == 200, (status, body)
        return json.loads(body)

    def post(self, events, headers=None):
        status, _, body = self.request("POST", "/api/webhook", json.dumps(events),
                                       {"Content-Type": "application/json", **(headers or {})})
        return status, json.loads(body)

    def metric(self, name):
        text = self.get("/metrics")[1].decode()
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        assert found, f"{name} is not among:\n{text}"
        return float(found.group(1))

    def wait_flushed(self, seconds=30):
        """Until everything that was answered so far has been handed to the store, which happens every second."""
        time.sleep(2.1)
        wait_until(lambda: self.json("/health")["pending_rows"] == 0, seconds, f"a flush; the log:\n{self.log()}")

    @property
    def data(self):
        return self.environment["STREAM_DATA_DIR"]

    @property
    def journal(self):
        return os.path.join(self.data, "journal")

    # -- the embedded store

    @property
    def database(self):
        return os.path.join(self.data, "stream_stats.db")

    def rows(self):
        return rows_of_sqlite(self.database)

    def sqlite(self, query, *values):
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)) as connection:
            return connection.execute(query, values).fetchall()

    def simulate(self, *arguments, seconds=180):
        done = subprocess.run([BINARY, "simulate", "--url", self.url(), *arguments], capture_output=True, text=True,
                              timeout=seconds, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr


class Audience:
    """A simulated audience beside the test; with --duration 0 it goes on until it is told to end."""

    def __init__(self, daemon, name, *arguments):
        self.truth_path = os.path.join(daemon.directory, f"{name}.tsv")
        self.output_path = os.path.join(daemon.directory, f"{name}.audience")
        with open(self.output_path, "wb") as output:
            self.process = subprocess.Popen(
                [BINARY, "simulate", "--url", daemon.url(), "--truth", self.truth_path, *arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def output(self):
        with open(self.output_path, encoding="utf-8") as f:
            return f.read()

    def progress(self):
        """How many events were delivered."""
        told = re.findall(r"events (\d+)", self.output())
        return told[-1] if told else "0"

    def finish(self, seconds=120):
        """Everything it knows of is delivered; the rows that must result."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(seconds)
        assert status == 0, self.output()
        return read_truth(self.truth_path)


def assert_true_rows(rows, expected, seconds=90, final_before=""):
    """Waits for the stored rows, of which `rows()` gives a mapping, to become the expected ones."""
    assert len(expected) > 100, expected
    different = ["nothing was read"]
    deadline = time.monotonic() + seconds
    while different and time.monotonic() < deadline:
        different = differences(expected, rows(), final_before)
        time.sleep(0.2 if different else 0)
    assert not different, "\n".join([f"{len(different)} of {len(expected)} rows differ:", *different[:20]])
