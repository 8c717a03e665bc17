"""How long answers take while the database hangs, is gone, and is there (RELIABILITY: at most twice the usual p99).

wrk posts at a steady rate; the states come by turns. Nothing here asserts a time: the numbers are for somebody to look
at. What must always hold is checked: every answer is 200.
"""

import argparse
import re
import statistics
import subprocess
import sys

from databases import MariaDb
from harness import wait_until

SCRIPT = """
local batch, pause, first, count = %(events)d, %(pause)d, "%(prefix)s", 0
bad = 0

function setup(thread) mine = thread end
function delay() return pause end

function request()
    local texts = {}
    for e = 1, batch do
        count = count + 1
        texts[e] = string.format('{"event":"play_started","id":"%%s-%%d","server":"edge%%d","media":"channel%%d",' ..
            '"user_id":"u%%d","country":"DE","proto":"hls","user_agent":"VLC/3.0.18"}', first, count, count %% 7,
            count %% 500, count)
    end
    return wrk.format("POST", "/api/webhook", {["Content-Type"] = "application/json"},
                      "[" .. table.concat(texts, ",") .. "]")
end

function response(status) if status ~= 200 then bad = bad + 1 end end

function done(_, latency, _)
    print(string.format("p50 %%d p99 %%d bad %%d", latency:percentile(50), latency:percentile(99), mine:get("bad")))
end
"""


class Times:
    def __init__(self, output):
        found = re.search(r"p50 (\d+) p99 (\d+) bad (\d+)", output)
        self.p50, self.p99, self.bad = (int(number) for number in found.groups())
        self.rate = float(re.search(r"Requests/sec:\s+(\S+)", output).group(1))


def load(daemon, prefix, chosen):
    script = daemon.directory + "/steady.lua"
    with open(script, "w", encoding="utf-8") as f:
        f.write(SCRIPT % {"events": chosen.events, "pause": chosen.pause, "prefix": prefix})
    command = ["wrk", "--threads", "1", "--connections", str(chosen.connections), "--duration", f"{chosen.seconds}s",
               "--script", script, daemon.url("/")]
    return Times(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="of each state (3)")
    parser.add_argument("--seconds", type=int, default=8, help="of each measurement (8)")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--events", type=int, default=10, help="in a batch (10)")
    parser.add_argument("--pause", type=int, default=10, help="milliseconds before each request of a connection (10)")
    chosen = parser.parse_args()
    database = MariaDb()
    seen = {"there": [], "hangs": [], "gone": []}
    try:
        with database.daemon("store_away") as daemon:
            load(daemon, "warm-up", chosen)
            for turn in range(chosen.rounds):
                for state, times in seen.items():
                    if state == "hangs":
                        database.hang()
                    elif state == "gone":
                        database.kill()
                    times.append(load(daemon, f"{state}-{turn}", chosen))
                    if state == "hangs":
                        database.go_on()
                    elif state == "gone":
                        database.start()
                    wait_until(lambda: daemon.json("/health")["status"] == "healthy", 120, "the daemon to have caught up")
    finally:
        database.stop()
    usual = statistics.median(one.p99 for one in seen["there"])
    for state, times in seen.items():
        p50, p99 = (statistics.median(getattr(one, name) for one in times) for name in ("p50", "p99"))
        print(f"database {state:5}: {statistics.median(one.rate for one in times):6.0f} answers/s, p50 {p50 / 1000:.2f} ms, "
              f"p99 {p99 / 1000:.2f} ms, {p99 / usual:.2f} of usual")
    bad = sum(one.bad for times in seen.values() for one in times)
    if bad:
        print(f"FAILED: {bad} answers other than 200")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
