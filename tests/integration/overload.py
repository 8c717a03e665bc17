"""How much is taken at three times the sustainable load (RELIABILITY: at least 90 % of the peak, the rest 503).

wrk posts batches, first over as many connections as give the highest rate of 200, then over so many that what is
offered is at least three times that. Nothing here asserts a time: the numbers are for somebody to look at. What must
always hold is checked: no answer but 200 and 503, each 503 with Retry-After, and every acknowledged event is there
after a kill -9.
"""

import argparse
import json
import os
import re
import subprocess
import sys

from harness import Daemon, event, wait_until

SCRIPT = """
local events, bodies, first = %(events)d, %(bodies)d, "%(prefix)s"
local count, pool, threads = 0, {}, {}
other, bare = 0, 0  -- global: read from the outside in done()

function setup(thread)
    table.insert(threads, thread)
    thread:set("mine", #threads)
end

function init(_)
    for b = 1, bodies do
        local texts = {}
        for e = 1, events do
            texts[e] = string.format('{"event":"play_started","id":"%%s-%%d-%%d-%%d","server":"edge%%d",' ..
                '"media":"channel%%d","user_id":"u%%d-%%d","country":"DE","proto":"hls","ip":"10.0.0.1",' ..
                '"user_agent":"VLC/3.0.18"}', first, mine, b, e, e %% 7, e %% 50, b, e)
        end
        pool[b] = wrk.format("POST", "/api/webhook", {["Content-Type"] = "application/json"},
                             "[" .. table.concat(texts, ",") .. "]")
    end
end

function request()
    count = count %% bodies + 1
    return pool[count]
end

function response(status, headers, _)
    if status == 503 then
        if not (headers["Retry-After"] or headers["retry-after"]) then bare = bare + 1 end
    elseif status ~= 200 then
        other = other + 1
    end
end

function done(_, _, _)
    local b, o = 0, 0
    for _, thread in ipairs(threads) do
        b = b + thread:get("bare")
        o = o + thread:get("other")
    end
    print("without Retry-After: " .. b .. ", neither 200 nor 503: " .. o)
end
"""


def counters(daemon):
    names = {"accepted": 'streamstats_events_total{result="accepted"}',
             "duplicate": 'streamstats_events_total{result="duplicate"}',
             "2xx": 'streamstats_http_requests_total{class="2xx"}',
             "5xx": 'streamstats_http_requests_total{class="5xx"}',
             "overloaded": 'streamstats_refused_batches_total{reason="overloaded"}'}
    return {short: daemon.metric(name) for short, name in names.items()}


def run_wrk(daemon, prefix, connections, seconds, events, bodies):
    script = os.path.join(daemon.directory, "batches.lua")
    with open(script, "w", encoding="utf-8") as f:
        f.write(SCRIPT % {"events": events, "bodies": bodies, "prefix": prefix})
    before = counters(daemon)
    done = subprocess.run(["wrk", "--threads", "2", "--connections", str(connections), "--duration", f"{seconds}s",
                           "--timeout", "60s", "--latency", "--script", script, daemon.url("/")],
                          capture_output=True, text=True, timeout=seconds + 120, check=True)
    wait_until(lambda: daemon.metric("streamstats_http_in_flight_bytes") == 0, 120, "the last bodies to be handled")
    after = counters(daemon)
    taken = after["2xx"] - before["2xx"] - 4  # those that asked for the metrics are among them
    refused = after["5xx"] - before["5xx"]
    p99 = re.search(r"99%\s+(\S+)", done.stdout)
    elapsed = float(re.search(r"requests in ([\d.]+)(m|s)", done.stdout).group(1))
    print(f"{connections:6} connections: {taken * events / elapsed:10.0f} events/s taken, {taken / elapsed:8.0f} answers 200/s, "
          f"{refused / elapsed:8.0f} answers 503/s, p99 {p99.group(1) if p99 else '?'}; "
          f"{done.stdout.strip().splitlines()[-1]}", flush=True)
    errors = re.search(r"Socket errors.*", done.stdout)
    if errors:
        print(f"        {errors.group(0)}", flush=True)
    return taken / elapsed, refused / elapsed, done.stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=8, help="of each measurement (8)")
    parser.add_argument("--events", type=int, default=500, help="in a batch (500)")
    parser.add_argument("--crowd", type=int, default=4_000, help="connections for the overload (4000)")
    chosen = parser.parse_args()
    problems = []
    with Daemon(STREAM_AGGREGATION_INTERVAL_SECONDS="10", STREAM_SESSION_SYNC_INTERVAL_SECONDS="600") as daemon:
        peak = 0
        for connections in (8, 32, 128):
            taken, _, _ = run_wrk(daemon, f"c{connections}", connections, chosen.seconds, chosen.events, 200)
            peak = max(peak, taken)
        goodput, refused, output = run_wrk(daemon, "crowd", chosen.crowd, chosen.seconds, chosen.events, 200)
        offered = (goodput + refused) / peak
        print(f"offered {offered:.1f} x the peak; goodput is {100 * goodput / peak:.0f} % of the peak", flush=True)
        if "without Retry-After: 0, neither 200 nor 503: 0" not in output:
            problems.append("answers that should not be: " + output.strip().splitlines()[-1])
        accepted = daemon.metric('streamstats_events_total{result="accepted"}')
        daemon.kill()
        daemon.start()
        found = daemon.json("/stats/active")["active_sessions"]
        if found != accepted:
            problems.append(f"{accepted:.0f} events were acknowledged, {found} sessions are there after a kill")
        else:
            print(f"all {found} sessions are there after a kill -9", flush=True)
    for problem in problems:
        print(f"FAILED: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
