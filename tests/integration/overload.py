"""How much is taken at three times the sustainable load (RELIABILITY: at least 90 % of the peak, the rest 503).

wrk posts batches of sessions that nobody has heard of (bench/load.lua), first over as many connections as give the
highest rate of 200, then over so many that what is offered is a multiple of that; both by turns, as a machine is
rarely alone. On one processor wrk makes hardly more than the daemon takes on another, so --share can leave the daemon a
part of its own (cgroups, as root). Nothing here asserts a time: the numbers are for somebody to look at. What must
always hold is checked: no answer but 200 and 503, each 503 with Retry-After, and every acknowledged event is there
after a kill -9.
"""

import argparse
import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import time
from typing import NamedTuple

from harness import Daemon, wait_until

LOAD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench", "load.lua")
FLUSH_SECONDS = 10
WARM_UP_SECONDS = 2
SECONDS_FOR_ANSWERS = 5  # more than a batch waits, less than the deadline of a header block
THREADS = 2  # of wrk
TURN_SECONDS = 3  # that a batch waits before it is refused, if it comes again at once after it was
CONNECTIONS_MAX = 9_900  # the daemon lets in 10 000
PROCESSORS = sorted(os.sched_getaffinity(0))

# Over the load of the benchmarks: a look at each answer.
SCRIPT = """
dofile("%(load)s")
local set_up, threads = setup, {}
other, bare = 0, 0 -- global: read from the outside in done()

function setup(thread)
    set_up(thread)
    table.insert(threads, thread)
end

function response(status, headers, _)
    if status == 503 then
        if not (headers["Retry-After"] or headers["retry-after"]) then bare = bare + 1 end
    elseif status ~= 200 then
        other = other + 1
    end
end

local finish = done
function done(...)
    local b, o = 0, 0
    for _, thread in ipairs(threads) do
        b = b + thread:get("bare")
        o = o + thread:get("other")
    end
    print("without Retry-After: " .. b .. ", neither 200 nor 503: " .. o)
    finish(...)
end
"""


class Load(NamedTuple):
    taken: float  # answers 200 a second
    refused: float  # answers 503 a second
    processor: float  # of the daemon: seconds a second
    acknowledged: int  # events in all answers 200
    output: str


PERIOD_MICROSECONDS = 10_000  # short, so that a share of a processor is nearly a slower one; at least 1 000 of it
CGROUP = "streamstats-overload"


@contextlib.contextmanager
def fresh_daemon(share):
    """One with that share of its processor."""
    with Daemon(STREAM_AGGREGATION_INTERVAL_SECONDS=str(FLUSH_SECONDS),
                STREAM_SESSION_SYNC_INTERVAL_SECONDS="600") as daemon:
        if share < 1:
            slow_down(daemon.process.pid, share)
        yield daemon


def slow_down(pid, share):
    quota = round(PERIOD_MICROSECONDS * share)
    first = os.path.isdir("/sys/fs/cgroup/cpu")  # version 1, or else 2
    place = os.path.join("/sys/fs/cgroup/cpu" if first else "/sys/fs/cgroup", CGROUP)
    os.makedirs(place, exist_ok=True)
    settings = ({"cpu.cfs_period_us": PERIOD_MICROSECONDS, "cpu.cfs_quota_us": quota} if first
                else {"cpu.max": f"{quota} {PERIOD_MICROSECONDS}"})
    for name, value in {**settings, "cgroup.procs": pid}.items():
        with open(os.path.join(place, name), "w", encoding="ascii") as f:
            f.write(str(value))


def sample(daemon):
    """Counters and when they were read."""
    names = {"2xx": 'streamstats_http_requests_total{class="2xx"}',
             "5xx": 'streamstats_http_requests_total{class="5xx"}'}
    text = daemon.get("/metrics")[1].decode()
    found = {short: float(re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE).group(1))
             for short, name in names.items()}
    with open(f"/proc/{daemon.process.pid}/stat", encoding="ascii") as f:
        fields = f.read().rpartition(")")[2].split()
    processor = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return {**found, "processor": processor, "at": time.monotonic()}


def run_wrk(daemon, connections, chosen):
    """Answers 200 and 503 a second while the load lasts, and what wrk was answered."""
    script = os.path.join(daemon.directory, "overload.lua")
    with open(script, "w", encoding="utf-8") as f:
        f.write(SCRIPT % {"load": os.path.realpath(LOAD)})
    requests = sample(daemon)["2xx"] + sample(daemon)["5xx"]
    others = ",".join(str(number) for number in PROCESSORS[1:] or PROCESSORS)
    seconds = WARM_UP_SECONDS + chosen.seconds + 1
    command = ["taskset", "--cpu-list", others, "wrk", "--threads", str(THREADS), "--connections", str(connections),
               "--duration", f"{seconds + SECONDS_FOR_ANSWERS}s", "--timeout", "60s", "--script", script, daemon.url(),
               "--", "fill", str(chosen.events), "1000", str(seconds), "0", "0", *["0"] * THREADS]
    wrk = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    wait_until(lambda: sum(sample(daemon)[k] for k in ("2xx", "5xx")) > requests + 100, 60, "the load to begin")
    time.sleep(WARM_UP_SECONDS)
    before = sample(daemon)
    time.sleep(chosen.seconds)
    after = sample(daemon)
    output, _ = wrk.communicate(timeout=120)
    told = json.loads(output.splitlines()[-1])
    elapsed = after["at"] - before["at"]
    taken, refused, processor = ((after[k] - before[k]) / elapsed for k in ("2xx", "5xx", "processor"))
    print(f"{connections:6} connections: {taken:7.0f} answers 200/s ({taken * chosen.events:8.0f} events/s), "
          f"{refused:7.0f} answers 503/s, p99 of all {told['p99'] / 1e6:.2f} s, {processor:.2f} processors busy",
          flush=True)
    if errors := re.search(r"Socket errors.*", output):
        print(f"        {errors.group(0)}", flush=True)
    wait_until(lambda: daemon.metric("streamstats_http_in_flight_bytes") == 0, 120, "the last bodies to be handled")
    return Load(taken, refused, processor, (told["requests"] - told["refused"]) * chosen.events, output)


def measure(connections, chosen):
    with fresh_daemon(chosen.share) as daemon:
        return run_wrk(daemon, connections, chosen)


def print_result(peak, crowd):
    """What a refusal costs the daemon is told as well."""
    print(f"offered {(crowd.taken + crowd.refused) / peak.taken:.1f} x the peak; "
          f"goodput is {100 * crowd.taken / peak.taken:.0f} % of the peak", flush=True)
    taking = peak.processor / peak.taken
    if crowd.refused:
        refusing = max(crowd.processor - crowd.taken * taking, 0) / crowd.refused
        print(f"processor time of the daemon: {1e6 * taking:.0f} us for a 200, {1e6 * refusing:.0f} us for a 503; where it "
              f"has the machine for itself, goodput at 3 x is {100 * taking / (taking + 2 * refusing):.0f} % of the peak",
              flush=True)


def check(daemon, crowd):
    """What is wrong with the answers, or with what is there after a kill -9."""
    problems = []
    if "without Retry-After: 0, neither 200 nor 503: 0" not in crowd.output:
        problems.append("answers that should not be: " + crowd.output.strip().splitlines()[-2])
    for line in daemon.get("/metrics")[1].decode().splitlines():
        if re.match(r"streamstats_(http_refused|refused_batches)_total.* [1-9]", line):
            print(f"        {line}", flush=True)
    accepted = daemon.metric('streamstats_events_total{result="accepted"}')
    daemon.kill()
    daemon.start()
    found = daemon.json("/stats/active")["active_sessions"]
    print(f"{crowd.acknowledged} sessions were acknowledged to wrk, {accepted:.0f} in all, {found} are there after a "
          "kill -9", flush=True)
    if not crowd.acknowledged <= found == accepted:
        problems.append("acknowledged sessions are missing, or counted twice")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=FLUSH_SECONDS,
                        help=f"of each measurement; each {FLUSH_SECONDS} have a flush ({FLUSH_SECONDS})")
    parser.add_argument("--rounds", type=int, default=3, help="of both loads by turns (3)")
    parser.add_argument("--events", type=int, default=500, help="in a batch, an even number (500)")
    parser.add_argument("--times", type=float, default=3, help="the peak that is to be offered at least (3)")
    parser.add_argument("--share", type=float, default=1.0, help="of its processor that the daemon gets (1.0)")
    chosen = parser.parse_args()
    # The daemon gets a processor of its own: otherwise a refusal would cost what wrk takes to ask for it.
    os.sched_setaffinity(0, PROCESSORS[:1])
    peak, few = max((measure(connections, chosen), connections) for connections in (8, 32, 128))
    many = min(int(peak.taken * chosen.times * TURN_SECONDS), CONNECTIONS_MAX)
    ratios, problems = [], []
    while len(ratios) < chosen.rounds and not problems:
        peak = measure(few, chosen)
        with fresh_daemon(chosen.share) as daemon:
            crowd = run_wrk(daemon, many, chosen)
            problems = check(daemon, crowd)
        offered = (crowd.taken + crowd.refused) / peak.taken
        print_result(peak, crowd)
        if offered < 0.95 * chosen.times and many < CONNECTIONS_MAX:
            many = min(int(many * max(1.1, chosen.times / offered)), CONNECTIONS_MAX)
        else:
            ratios.append(crowd.taken / peak.taken)
    for problem in problems:
        print(f"FAILED: {problem}")
    if problems:
        return 1
    print(f"median goodput: {100 * statistics.median(ratios):.0f} % of the peak")
    return 0


if __name__ == "__main__":
    sys.exit(main())
