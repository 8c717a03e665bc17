"""How long answers take at half of the peak load, and while something else is going on: a flush, a checkpoint, a sync of
active_sessions, tables that grow. What the daemon stored is checked at the end. Nothing here asserts a time."""

import argparse
import sys
import time

from side_by_side import Load, MeasuredDaemon, batches, sleep_until_flushed

COUNTERS = {"flush": 'streamstats_flushes_total{result="stored"}',
            "checkpoint": 'streamstats_checkpoints_total{result="written"}',
            "session sync": 'streamstats_session_syncs_total{result="stored"}'}


def counts(server):
    return {name: server.daemon.metric(metric) for name, metric in COUNTERS.items()}


def pause_for(load, server, options):
    """That leads to half of what was answered at the most: by trying, as an answer takes time itself."""
    peak = load.run(server, "load", options.batch, options.connections, options.seconds)
    highest = peak["requests"] / peak["seconds"]
    pause = 2 * options.connections / highest * 1000
    for _ in range(3):
        tried = load.run(server, "load", options.batch, options.connections, options.seconds, pause=max(1, round(pause)))
        pause *= tried["requests"] / tried["seconds"] / (highest / 2)
    print(f"peak: {highest * options.batch:.0f} events/s; a connection pauses {max(1, round(pause))} ms")
    return max(1, round(pause))


def measure(load, server, options):
    pause = pause_for(load, server, options)
    print(f"{'events/s':>10} {'p50 ms':>8} {'p99 ms':>8} {'p99.9':>8}  what else went on")
    end = time.monotonic() + options.length
    while time.monotonic() < end:
        before = counts(server)
        result = load.run(server, "load", options.batch, options.connections, options.seconds, pause=pause)
        happened = [name for name, count in counts(server).items() if count > before[name]]
        print(f"{result['requests'] / result['seconds'] * options.batch:>10.0f} {result['p50'] / 1000:>8.2f} "
              f"{result['p99'] / 1000:>8.2f} {result['p999'] / 1000:>8.2f}  {', '.join(happened)}", flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=lambda text: batches(text)[0], default=100, help="events (%(default)s)")
    parser.add_argument("--connections", type=int, default=64, help="(%(default)s)")
    parser.add_argument("--seconds", type=float, default=4, help="of a measurement (%(default)s)")
    parser.add_argument("--length", type=float, default=130, help="seconds, in all (%(default)s)")
    parser.add_argument("--sessions", type=int, default=100_000, help="open before and during the load (%(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="of the daemon, and of wrk (%(default)s)")
    return parser.parse_args()


def main():
    options = parse_arguments()
    load = Load(options.threads, options.sessions)
    server = MeasuredDaemon("daemon", options.threads, {"STREAM_SESSION_SYNC_INTERVAL_SECONDS": "30"})
    try:
        server.prepare(load)
        measure(load, server, options)
        sleep_until_flushed()
        wrong = server.check(load)
    finally:
        server.end()
    for problem in wrong:
        print(f"WRONG: {problem}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
