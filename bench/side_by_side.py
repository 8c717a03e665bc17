"""Servers side by side under the same load, by turns in one run; what the daemon stored is checked at the end."""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "tests", "integration"))
from harness import Daemon, wait_until  # noqa: E402

SCRIPT = os.path.join(os.path.dirname(__file__), "load.lua")
BYTES_OF_A_CLOSE = 600_000  # as in load.lua
TICKS = os.sysconf("SC_CLK_TCK")
SECONDS_FOR_ANSWERS = 2  # after the last request was sent
TABLES = ("global", "by_server", "by_channel", "by_country", "by_protocol", "by_user_agent")


class Server:
    """Something that answers at a URL and can be looked at through its process id."""

    def __init__(self, name, url, pid):
        self.name, self.url, self.pid = name, url, pid

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat", encoding="utf-8") as f:
            fields = f.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def forget_peak(self):
        """Without the right to do so, the peak is that of its life."""
        with contextlib.suppress(OSError), open(f"/proc/{self.pid}/clear_refs", "w", encoding="utf-8") as f:
            f.write("5")

    def peak_megabytes(self):
        with open(f"/proc/{self.pid}/status", encoding="utf-8") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("VmHWM:")) / 1000

    def prepare(self, load):
        """Before the first load."""

    def check(self, load):
        """What is wrong with what it stored, in words."""
        return []

    def story(self):
        """What it has said about itself."""
        return ""

    def end(self):
        """If it was started here."""


class NullServer(Server):
    def __init__(self, binary, threads):
        self.process = subprocess.Popen([binary, str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        port = int(self.process.stdout.readline())
        super().__init__("null", f"http://127.0.0.1:{port}/", self.process.pid)

    def end(self):
        self.process.communicate()


class MeasuredDaemon(Server):
    def __init__(self, name, threads, settings, binary=None):
        self.daemon = Daemon(**{"STREAM_HTTP_THREADS": str(threads), "STREAM_AGGREGATION_INTERVAL_SECONDS": "60",
                                "STREAM_SESSION_SYNC_INTERVAL_SECONDS": "3600",
                                "STREAM_REVISION_INTERVAL_SECONDS": "300", **settings})
        self.daemon.binary = binary or self.daemon.binary
        self.daemon.start()
        super().__init__(name, self.daemon.url(), self.daemon.process.pid)

    def prepare(self, load):
        load.fill(self)

    def check(self, load):
        """Everything was answered, so what must be in the tables is known."""
        wait_until(lambda: self.daemon.json("/health")["pending_rows"] == 0, 60, "the last flush")
        expected = {**load.sums(self), "started - closed": self.daemon.json("/health")["active_sessions"]}
        self.daemon.terminate(60)
        wrong = []
        for table in TABLES:
            started, closed, volume = self.daemon.sqlite(
                f"SELECT SUM(sessions_started), SUM(sessions_closed), SUM(total_bytes) FROM stats_{table}")[0]
            found = {"started": started, "closed": closed, "bytes": volume, "started - closed": started - closed}
            wrong += [f"{self.name}: {what} in stats_{table}: {found[what]}, must be {expected[what]}"
                      for what in expected if found[what] != expected[what]]
        return wrong

    def story(self):
        return self.daemon.log()

    def end(self):
        self.daemon.__exit__()


class Load:
    """wrk, and how far each of its threads has come with each server."""

    def __init__(self, threads, open_sessions):
        self.threads = threads
        self.crowd = max(open_sessions // threads // 1000, 1) * 1000
        self.events = {}
        self.opened = {}

    def run(self, server, mode, batch, connections, seconds, requests=0, pause=0):
        before = self.events.get(server, [0] * self.threads) if mode == "load" else [0] * self.threads
        duration = int(seconds + SECONDS_FOR_ANSWERS + 0.999)
        done = subprocess.run(
            ["wrk", f"--threads={self.threads}", f"--connections={connections}", f"--duration={duration}s",
             "--timeout=30s", f"--script={SCRIPT}", server.url, "--", mode, str(batch), str(self.crowd), str(seconds),
             str(requests), str(pause), *map(str, before)], capture_output=True, text=True, check=True)
        result = json.loads(done.stdout.splitlines()[-1])
        answered = result["requests"] - result["refused"]
        if answered != result["requests_made"] or result["broken"]:
            raise SystemExit(f"{server.name}: {result['requests_made']} requests with {batch} events, "
                             f"{result['refused']} refused, {answered} answered with success; {done.stdout}{server.story()}")
        if mode == "load":
            self.events[server] = result["events_made"]
        return result

    def fill(self, server):
        """As many open sessions as the run is to have."""
        wanted = self.crowd * self.threads
        self.run(server, "fill", 1000, 16, max(3, wanted / 100_000), self.crowd // 1000)
        self.opened[server] = wanted

    def sums(self, server):
        events = sum(self.events[server])
        closed = events // 2
        return {"started": self.opened[server] + events - closed, "closed": closed,
                "bytes": closed * BYTES_OF_A_CLOSE}


def measure(load, server, batch, connections, seconds):
    server.forget_peak()
    began = server.cpu_seconds()
    result = load.run(server, "load", batch, connections, seconds)
    used = server.cpu_seconds() - began
    # The last requests are answered after the sending has ended, as long after as an answer takes.
    rate = result["requests"] / (result["seconds"] + result["mean"] / 1e6)
    events = result["requests"] * batch
    return {"requests_per_second": rate, "events_per_second": rate * batch, "p50_ms": result["p50"] / 1000,
            "p99_ms": result["p99"] / 1000, "p99_9_ms": result["p999"] / 1000,
            "cpu_seconds_per_million_events": used / events * 1e6, "peak_megabytes": server.peak_megabytes()}


def line_of(server, batch, connections, rounds):
    """The median of each figure over the rounds, and how far its cost strayed."""
    line = {"server": server.name, "batch": batch, "connections": connections}
    for figure in rounds[0]:
        line[figure] = statistics.median(one[figure] for one in rounds)
    costs = [one["cpu_seconds_per_million_events"] for one in rounds]
    line["cpu_spread"] = (max(costs) - min(costs)) / line["cpu_seconds_per_million_events"]
    return line


def measure_line(load, servers, batch, connections, options):
    for server in servers:
        load.run(server, "load", batch, connections, options.warm_up)
    rounds = {server: [] for server in servers}
    for _ in range(options.rounds):
        for server in servers:
            rounds[server].append(measure(load, server, batch, connections, options.seconds))
    lines = [line_of(server, batch, connections, rounds[server]) for server in servers]
    floor = lines[0]
    for line in lines:
        line["requests_to_null"] = line["requests_per_second"] / floor["requests_per_second"]
        line["events_per_cpu_to_null"] = (floor["cpu_seconds_per_million_events"] /
                                          line["cpu_seconds_per_million_events"])
    return lines


HEADING = (f"{'batch':>5} {'conns':>5}  {'server':<12} {'requests/s':>10} {'events/s':>10} {'p50 ms':>8} {'p99 ms':>8} "
           f"{'p99.9':>8} {'CPU s/M':>8} {'spread':>6} {'MB':>6}  of null: requests, events per CPU")


def text_of(line):
    return (f"{line['batch']:>5} {line['connections']:>5}  {line['server']:<12} {line['requests_per_second']:>10.0f} "
            f"{line['events_per_second']:>10.0f} {line['p50_ms']:>8.2f} {line['p99_ms']:>8.2f} {line['p99_9_ms']:>8.2f} "
            f"{line['cpu_seconds_per_million_events']:>8.3f} {line['cpu_spread']:>6.0%} {line['peak_megabytes']:>6.0f}  "
            f"{line['requests_to_null']:>17.2f} {line['events_per_cpu_to_null']:>15.2f}")


def other_server(text):
    """NAME,URL,PID"""
    name, url, pid = text.split(",")
    return Server(name, url, int(pid))


def numbers(text):
    return [int(number) for number in text.split(",")]


def batches(text):
    sizes = numbers(text)
    if any(size < 1 or (size > 1 and size % 2) for size in sizes):
        raise ValueError("a batch has one event or an even number")
    return sizes


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench.sh", description="Load from wrk on: a server that only reads "
                                     "and answers; the daemon; the daemon with STREAM_JOURNAL=off; others. Prints a "
                                     "table and JSON. Fails if an answer is missing or the stored sums are wrong.")
    parser.add_argument("--quick", action="store_true", help="2 rounds of 2 s; batches of 1 and 100")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each server in each line (%(default)s)")
    parser.add_argument("--seconds", type=float, default=5, help="of sending in a turn (%(default)s)")
    parser.add_argument("--warm-up", type=float, default=1, help="seconds, before the turns of a line (%(default)s)")
    parser.add_argument("--batches", type=batches, default="1,10,100,1000", help="(%(default)s)")
    parser.add_argument("--connections", type=numbers, default="16,256", help="(%(default)s)")
    parser.add_argument("--sessions", type=int, default=100_000, help="open before and during the load (%(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="of each server, and of wrk (%(default)s)")
    parser.add_argument("--setting", action="append", default=[], metavar="NAME=VALUE", help="of the daemons")
    parser.add_argument("--daemon", action="append", default=[], metavar="NAME=BINARY",
                        help="one more daemon, with durable answers, from that binary: an older build, for instance")
    parser.add_argument("--other", type=other_server, action="append", default=[], metavar="NAME,URL,PID",
                        help="a running server that answers POST with 2xx")
    parser.add_argument("--without-journal-off", action="store_true", help="leave out the daemon without a journal")
    parser.add_argument("--json", metavar="FILE", help="where the JSON goes; otherwise behind the table")
    parser.add_argument("--null-server", default="bench_null_server", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds, options.batches = 2, 2, [1, 100]
    return options


def start_servers(options):
    settings = dict(setting.split("=", 1) for setting in options.setting)
    yield NullServer(options.null_server, options.threads)
    yield MeasuredDaemon("daemon", options.threads, settings)
    for name, binary in (given.split("=", 1) for given in options.daemon):
        yield MeasuredDaemon(name, options.threads, settings, binary)
    if not options.without_journal_off:
        yield MeasuredDaemon("journal off", options.threads, {**settings, "STREAM_JOURNAL": "off"})
    yield from options.other


def sleep_until_flushed():
    """A minute is written once it has ended."""
    time.sleep(60 - time.time() % 60 + 2)


def run(options, servers):
    load = Load(options.threads, options.sessions)
    for server in servers:
        server.prepare(load)
    print(HEADING)
    lines = []
    for batch in options.batches:
        for connections in options.connections:
            lines += measure_line(load, servers, batch, connections, options)
            for line in lines[-len(servers):]:
                print(text_of(line), flush=True)
    sleep_until_flushed()
    wrong = [problem for server in servers for problem in server.check(load)]
    return {"sessions": options.sessions, "rounds": options.rounds, "seconds": options.seconds,
            "cores": os.cpu_count(), "load_average": os.getloadavg()[0], "lines": lines, "wrong": wrong}


def keep(result, path):
    with contextlib.ExitStack() as files:
        out = files.enter_context(open(path, "w", encoding="utf-8")) if path else sys.stdout
        json.dump(result, out)
        out.write("\n")


def main():
    options = parse_arguments()
    servers = []
    try:
        servers.extend(start_servers(options))
        result = run(options, servers)
    finally:
        for server in servers:
            server.end()
    keep(result, options.json)
    for problem in result["wrong"]:
        print(f"WRONG: {problem}", file=sys.stderr)
    if not result["wrong"]:
        print("What the daemons stored is what was acknowledged.", file=sys.stderr)
    return 1 if result["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
