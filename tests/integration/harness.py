"""A daemon, a database and a client for the black-box tests: the real binary, real servers, real HTTP.

STREAMSTATSD names the binary. Only Python's standard library and Debian's packages are needed.
"""

import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time

BINARY = os.environ.get("STREAMSTATSD", "streamstatsd")
ROOT = pathlib.Path(__file__).resolve().parents[2]

TABLES = {
    "stats_global": None,
    "stats_by_server": "server",
    "stats_by_channel": "channel",
    "stats_by_country": "country",
    "stats_by_protocol": "protocol",
    "stats_by_user_agent": "user_agent_class",
}
ADDITIVE = ["sessions_started", "sessions_closed", "watch_time_seconds", "total_bytes", "bandwidth_bps"]
NUMBERS = ["sessions_started", "sessions_closed", "watch_time_seconds", "peak_concurrent", "unique_users",
           "total_bytes", "bandwidth_bps"]


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
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def now_ms():
    return time.time_ns() // 1_000_000


def event(kind, id, **fields):
    return {"event": kind, "id": id, "server": "edge1", "media": "news", "user_id": id, "proto": "hls",
            "country": "DE", "user_agent": "VLC/3.0.18 LibVLC/3.0.18", **fields}


class Daemon:
    """One run after another of streamstatsd on one data directory."""

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

    def spawn(self, *arguments):
        clean = {k: v for k, v in os.environ.items() if not k.startswith("STREAM_")}
        self.log_file = open(self.log_path, "ab")
        self.process = subprocess.Popen([BINARY, *arguments], env={**clean, **self.environment},
                                        stdin=subprocess.DEVNULL, stdout=self.log_file, stderr=subprocess.STDOUT)
        self.log_file.close()
        return self

    def start(self, *arguments):
        self.spawn(*arguments)
        wait_until(self.answers, 30, f"the daemon to answer; its log:\n{self.log()}")
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

    # -- the embedded store

    @property
    def database(self):
        return os.path.join(self.environment["STREAM_DATA_DIR"], "stream_stats.db")

    def sqlite(self, query, *values):
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)) as connection:
            return connection.execute(query, values).fetchall()

    def simulate(self, *arguments, seconds=180):
        done = subprocess.run([BINARY, "simulate", "--url", self.url(), *arguments], capture_output=True, text=True,
                              timeout=seconds, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr


def read_truth(path):
    """{(table, minute, value): {column: text}}"""
    with open(path, encoding="utf-8", newline="\n") as f:
        header, *lines = f.read().rstrip("\n").split("\n")
    columns = header.split("\t")
    rows = {}
    for line in lines:
        row = dict(zip(columns, line.split("\t"), strict=True))
        rows[row["table"], row["minute"], row["value"]] = {c: row[c] for c in NUMBERS}
    return rows


def differences(expected, actual, columns=NUMBERS):
    """Rows of the minutes that `expected` covers that differ, as readable lines."""
    covered = {minute for table, minute, _ in expected if table == "stats_global"}
    actual = {k: v for k, v in actual.items() if k[1] in covered}
    lines = []
    for key in sorted(expected.keys() | actual.keys()):
        want, have = expected.get(key), actual.get(key)
        if want is None or have is None or any(float(want[c]) != float(have[c]) for c in columns):
            lines.append(f"{key}: expected {want}, stored {have}")
    return lines


class SqliteRows:
    def __init__(self, daemon):
        self.daemon = daemon

    def rows(self):
        all_rows = {}
        for table, value in TABLES.items():
            key = value or "''"
            for minute, name, *numbers in self.daemon.sqlite(
                    f"SELECT minute, {key}, {', '.join(NUMBERS)} FROM {table}"):
                all_rows[table, minute, name] = dict(zip(NUMBERS, numbers, strict=True))
        return all_rows


class Server:
    """A private MariaDB, or a MySQL that somebody else runs; asked through the command-line client."""

    def __init__(self, host, port, user, password):
        self.host, self.port, self.user, self.password = host, port, user, password

    def query(self, sql, database=None):
        command = ["mariadb", "--no-defaults", "--protocol=tcp", f"--host={self.host}", f"--port={self.port}",
                   f"--user={self.user}", "--batch", "--skip-column-names", "--raw",
                   "--default-character-set=utf8mb4", "--init-command=SET time_zone='+00:00'"]
        done = subprocess.run(command + ([database] if database else []), input=sql, capture_output=True, text=True,
                              timeout=60, check=False, env={**os.environ, "MYSQL_PWD": self.password})
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def create_database(self, name):
        self.query(f"DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name};")
        return name

    def settings(self, name):
        return {"STREAM_DB_HOST": self.host, "STREAM_DB_PORT": str(self.port), "STREAM_DB_USER": self.user,
                "STREAM_DB_PASSWORD": self.password, "STREAM_DB_NAME": name}

    def rows(self, name):
        all_rows = {}
        for table, value in TABLES.items():
            key = value or "''"
            for minute, text, *numbers in self.query(
                    f"SELECT minute, {key}, {', '.join(NUMBERS)} FROM {table}", name):
                all_rows[table, minute, text] = dict(zip(NUMBERS, numbers, strict=True))
        return all_rows


class MariaDb(Server):
    """mariadbd with a data directory of its own, in a time zone that is not UTC."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="streamstats-mariadb-")
        self.process = None
        super().__init__("127.0.0.1", free_port(), "tester", "secret'\"\\ word")
        data = os.path.join(self.directory, "data")
        subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db",
                        "--auth-root-authentication-method=normal", f"--user={user_name()}"],
                       check=True, capture_output=True)
        self.start()
        password = self.password.replace("\\", "\\\\").replace("'", "\\'")
        subprocess.run(["mariadb", "--no-defaults", f"--socket={self.socket}", "--user=root"], check=True, text=True,
                       input=f"CREATE USER tester@'127.0.0.1' IDENTIFIED BY '{password}';"
                             f"GRANT ALL ON *.* TO tester@'127.0.0.1' WITH GRANT OPTION;")

    @property
    def socket(self):
        return os.path.join(self.directory, "socket")

    def start(self):
        log = open(os.path.join(self.directory, "log"), "ab")
        self.process = subprocess.Popen(
            ["mariadbd", "--no-defaults", f"--datadir={self.directory}/data", f"--socket={self.socket}",
             f"--port={self.port}", "--bind-address=127.0.0.1", f"--pid-file={self.directory}/pid",
             f"--user={user_name()}", "--default-time-zone=+03:00", "--skip-name-resolve",
             "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=32M", "--innodb-flush-log-at-trx-commit=1"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        log.close()
        wait_until(self.ready, 60, "MariaDB to start")

    def ready(self):
        assert self.process.poll() is None, open(os.path.join(self.directory, "log"), encoding="utf-8").read()
        return subprocess.run(["mariadb-admin", "--no-defaults", f"--socket={self.socket}", "--user=root", "ping"],
                              capture_output=True, check=False).returncode == 0

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


def user_name():
    import pwd
    return pwd.getpwuid(os.getuid()).pw_name


def mysql_from_environment():
    """STREAMSTATS_TEST_MYSQL=host:port:user:password names a MySQL whose databases may be dropped."""
    given = os.environ.get("STREAMSTATS_TEST_MYSQL")
    return Server(*given.split(":", 3)) if given else None
