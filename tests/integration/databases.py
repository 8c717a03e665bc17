"""Database servers for the black-box tests: a MariaDB of one's own, which can be killed, and a MySQL of somebody else."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile

from harness import Daemon, free_port, wait_until
from truth import query_for_mysql, rows_of_batch_output


class Server:
    """A private MariaDB, or a MySQL that somebody else runs; asked through the command-line client."""

    def __init__(self, host, port, user, password):
        self.host, self.port, self.user, self.password = host, port, user, password

    def batch(self, sql, database=None, *options):
        command = ["mariadb", "--no-defaults", "--protocol=tcp", f"--host={self.host}", f"--port={self.port}",
                   f"--user={self.user}", "--batch", "--skip-column-names", *options,
                   "--default-character-set=utf8mb4", "--init-command=SET time_zone='+00:00'"]
        done = subprocess.run(command + ([database] if database else []), input=sql, capture_output=True, text=True,
                              timeout=60, check=False, env={**os.environ, "MYSQL_PWD": self.password})
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout

    def query(self, sql, database=None):
        return [line.split("\t") for line in self.batch(sql, database, "--raw").splitlines()]

    def create_database(self, name):
        self.query(f"DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name};")
        return name

    def daemon(self, name, **more):
        """Not started yet, on a new database that has its tables: a first start waits 5 s for its store and then takes
        all minutes so far for final, and making tables may take longer than that on a busy machine."""
        return Daemon(**self.settings(self.create_database(name)), **more).migrate()

    def settings(self, name):
        return {"STREAM_DB_HOST": self.host, "STREAM_DB_PORT": str(self.port), "STREAM_DB_USER": self.user,
                "STREAM_DB_PASSWORD": self.password, "STREAM_DB_NAME": name}

    def rows(self, name):
        return rows_of_batch_output(self.batch(query_for_mysql(), name))


class MariaDb(Server):
    """mariadbd with a data directory of its own, in a time zone that is not UTC."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="streamstats-mariadb-")
        self.process = None
        super().__init__("127.0.0.1", free_port(), "tester", "secret'\"\\ word")
        data = os.path.join(self.directory, "data")
        made = subprocess.run(["mariadb-install-db", "--no-defaults", f"--datadir={data}", "--skip-test-db",
                               "--auth-root-authentication-method=normal", f"--user={user_name()}"],
                              check=False, capture_output=True, text=True, env=self.environment())
        assert made.returncode == 0, made.stdout + made.stderr
        self.start()
        password = self.password.replace("\\", "\\\\").replace("'", "\\'")
        subprocess.run(["mariadb", "--no-defaults", f"--socket={self.socket}", "--user=root"], check=True, text=True,
                       input=f"CREATE USER tester@'127.0.0.1' IDENTIFIED BY '{password}';"
                             f"GRANT ALL ON *.* TO tester@'127.0.0.1' WITH GRANT OPTION;")

    def environment(self):
        """A server that starts removes what looks like temporary files of its own: it gets a folder for them."""
        folder = os.path.join(self.directory, "tmp")
        os.makedirs(folder, exist_ok=True)
        return os.environ | {"TMPDIR": folder}

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
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=self.environment())
        log.close()
        wait_until(self.ready, 60, "MariaDB to start")

    def ready(self):
        assert self.process.poll() is None, open(os.path.join(self.directory, "log"), encoding="utf-8").read()
        # By the client itself: not every mariadb-client-core has mariadb-admin.
        return subprocess.run(["mariadb", "--no-defaults", f"--socket={self.socket}", "--user=root", "-e", "SELECT 1"],
                              capture_output=True, check=False).returncode == 0

    def kill(self):
        self.process.kill()
        self.process.wait()

    def hang(self):
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)  # some of its threads may go on for a moment

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


def user_name():
    return pwd.getpwuid(os.getuid()).pw_name


def mysql_from_environment():
    """STREAMSTATS_TEST_MYSQL=host:port:user:password names a MySQL whose databases may be dropped."""
    given = os.environ.get("STREAMSTATS_TEST_MYSQL")
    return Server(*given.split(":", 3)) if given else None
