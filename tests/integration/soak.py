"""Kills a daemon and its database at random moments under load, and holds the tables to the truth in the end.

Two simulated audiences send everything again until it is answered with 2xx, repeat some of it, lose answers and
reorder. The rows that are stored must then equal, one by one, those that must result from what they told. The first one
lives now and in the last minutes; the second one more than an hour ago, in minutes that are final, so that corrections
of final minutes are met by kills, too. Of those only the columns are compared that corrections add to.
"""

import argparse
import contextlib
import os
import random
import subprocess
import sys
import time

from databases import MariaDb
from harness import Audience, Daemon, assert_true_rows, wait_until
from truth import with_rows_of_zeros

DRAIN_SECONDS_MAX = 10
FINAL_SECONDS = 3_600  # the late window: a minute that ended longer ago may be final

# Most of the time a daemon is killed while it works; the rest is for the moments that are hard to hit.
CHANCES = {"at work": 9, "in its start": 4, "in its drain": 3, "stopped": 2, "with the database": 3, "database": 3}
NETWORK = ("--connections", "8", "--repeats", "10", "--disorder", "10", "--lost-answers", "5", "--missing-starts", "5",
           "--restart-every", "100", "--give-up", "120")


class Soak:
    def __init__(self, kills, seconds_between=2.0, store="mysql", seed=None, say=print):
        self.kills_wanted = kills
        self.seconds_between = seconds_between
        self.seed = seed if seed is not None else random.SystemRandom().randrange(1_000_000)
        self.random = random.Random(self.seed)
        self.say = say
        self.kills = self.stops = self.database_kills = 0
        self.start_seconds = 1.0
        self.server = MariaDb() if store == "mysql" else None
        window = {"STREAM_LATE_WINDOW_SECONDS": str(FINAL_SECONDS)}
        self.daemon = self.server.daemon("soak", **window) if self.server else Daemon(**window)

    def run(self):
        self.began = time.monotonic()
        try:
            self.start()
            with self.audience_of_now() as now, self.audience_of_the_past() as past:
                while self.kills < self.kills_wanted:
                    self.step(now, past)
                self.say(f"{self.clock()} the audiences deliver what they still have")
                truth = with_rows_of_zeros(past.finish(300) | now.finish(300))
            self.check(truth)
        except BaseException:
            self.say(f"seed {self.seed}; log, journal and truth are in {self.daemon.directory}")
            self.daemon.kill()
            raise
        else:
            self.daemon.__exit__()
        finally:
            if self.server:
                self.server.stop()

    def audience_of_now(self):
        """Ten minutes at once, then about 300 events a second."""
        return Audience(self.daemon, "now", "--seed", str(self.seed), "--viewers", "4000", "--session-length", "45",
                        "--updates", "--backdate", "600", "--duration", "0", "--batch", "20", *NETWORK)

    def audience_of_the_past(self):
        """As many as it takes to be busy about as long as there are kills."""
        begin, length = int(time.time()) - 5_400, 1_500
        viewers = min(20 * self.kills_wanted, 5_000)
        return Audience(self.daemon, "past", "--seed", str(self.seed + 1), "--viewers", str(viewers),
                        "--session-length", "60", "--updates", "--start", str(begin), "--duration", str(length),
                        "--batch", "2", *NETWORK)

    def clock(self):
        return f"{time.monotonic() - self.began:6.1f} s"

    def step(self, *audiences):
        if self.random.random() < 0.8:
            self.wait_for_load()
        time.sleep(self.random.uniform(0, 2 * self.seconds_between))
        assert self.daemon.process.poll() is None, f"the daemon ended by itself:\n{self.daemon.log()[-3000:]}"
        chances = {what: chance for what, chance in CHANCES.items() if self.server or "database" not in what}
        what = self.random.choices(list(chances), chances.values())[0]
        told = {"at work": self.kill_at_work, "in its start": self.kill_in_start, "in its drain": self.kill_in_drain,
                "stopped": self.stop, "with the database": self.kill_with_database,
                "database": self.kill_database}[what]()
        delivered = " and ".join(audience.progress() for audience in audiences)
        self.say(f"{self.clock()} [{self.kills}/{self.kills_wanted}] {told}; up after {self.start_seconds:.2f} s; "
                 f"events delivered: {delivered}")

    def wait_for_load(self):
        """The audiences pause for longer and longer while nobody answers."""
        with contextlib.suppress(AssertionError):
            wait_until(lambda: self.daemon.metric('streamstats_events_total{result="accepted"}') > 100, 6, "events")

    # -- what may happen

    def start(self):
        begun = time.monotonic()
        self.daemon.start()
        self.start_seconds = time.monotonic() - begun

    def kill(self):
        self.daemon.kill()
        self.kills += 1

    def kill_at_work(self):
        self.kill()
        self.start()
        return "killed at work"

    def kill_in_start(self):
        self.kill()
        moments = [self.random.uniform(0, 1.2 * self.start_seconds) for _ in range(self.random.choice((1, 1, 2)))]
        for moment in moments:
            self.daemon.spawn()
            time.sleep(moment)
            self.kill()
        self.start()
        return "killed at work and in its start after " + ", ".join(f"{moment:.2f} s" for moment in moments)

    def kill_in_drain(self):
        """As soon as the last checkpoint is begun, or a little later."""
        self.daemon.process.terminate()
        unfinished = os.path.join(self.daemon.journal, "checkpoint.tmp")
        deadline = time.monotonic() + self.random.choice((0.02, 0.2, 1, 3))
        while time.monotonic() < deadline and self.daemon.process.poll() is None and not os.path.exists(unfinished):
            pass
        seen = os.path.exists(unfinished)
        self.kill()
        self.start()
        return "killed in its last checkpoint" if seen else "killed in its drain"

    def stop(self):
        seconds, status = self.stopped()
        self.start()
        return f"stopped in {seconds:.1f} s with status {status}"

    def stopped(self):
        begun = time.monotonic()
        status = self.daemon.terminate(3 * DRAIN_SECONDS_MAX)
        seconds = time.monotonic() - begun
        assert status == 0, f"the stop ended with {status}:\n{self.daemon.log()[-3000:]}"
        assert seconds <= DRAIN_SECONDS_MAX, f"the stop took {seconds:.1f} s:\n{self.daemon.log()[-3000:]}"
        self.stops += 1
        return seconds, status

    def kill_with_database(self):
        """Both at once, as a machine that loses its power; the daemon is back first."""
        self.server.kill()
        self.database_kills += 1
        self.kill()
        self.start()
        time.sleep(self.random.uniform(0, 1))
        self.server.start()
        return "killed with the database"

    def kill_database(self):
        self.server.kill()
        self.database_kills += 1
        time.sleep(self.random.uniform(0, 2))
        self.server.start()
        return "database killed"

    # -- what must be

    def rows(self):
        return self.server.rows("soak") if self.server else self.daemon.rows()

    def check(self, truth):
        mutable_since = time.time() - FINAL_SECONDS + 120
        final_before = time.strftime("%Y-%m-%d %H:%M:00", time.gmtime(mutable_since))
        assert_true_rows(self.rows, truth, 120, final_before)
        self.say(f"{self.clock()} {len(truth)} rows are true; once more after a kill and a stop")
        self.kill()
        self.start()
        wait_until(lambda: self.daemon.json("/health")["status"] == "healthy", 60, "health")
        assert self.daemon.metric("streamstats_journal_gaps") == 0, self.daemon.json("/health")
        assert_true_rows(self.rows, truth, 60, final_before)
        self.stopped()
        assert_true_rows(self.rows, truth, 60, final_before)
        assert "damaged" not in self.daemon.log(), self.daemon.log()
        self.say(f"{self.clock()} true after {self.kills} kills and {self.stops} stops of the daemon and "
                 f"{self.database_kills} kills of the database")


def main():
    parser = argparse.ArgumentParser(description="Kills a daemon and its database under load; the rows must be true.")
    parser.add_argument("--kills", type=int, default=100, metavar="N", help="kill -9 of the daemon (100)")
    parser.add_argument("--seconds-between", type=float, default=2.0, metavar="S", help="on average (2)")
    parser.add_argument("--store", choices=("mysql", "sqlite"), default="mysql", help="mysql: a MariaDB of its own")
    parser.add_argument("--seed", type=int, help="of the moments and the audience")
    chosen = parser.parse_args()
    soak = Soak(chosen.kills, chosen.seconds_between, chosen.store, chosen.seed, lambda line: print(line, flush=True))
    print(f"seed {soak.seed}", flush=True)
    try:
        soak.run()
    except (AssertionError, subprocess.SubprocessError, RuntimeError) as failed:
        print(f"FAILED: {failed}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
