"""Pictures of the live page with a simulated audience: python3 tests/web/pictures.py FOLDER"""

import contextlib
import math
import pathlib
import sqlite3
import sys
import time

from browser import Browser
from harness import Audience, Daemon, wait_until

VIEWERS = 2_400
BACKDATE_SECONDS = 3_300
AUDIENCE = ["--viewers", str(VIEWERS), "--channels", "60", "--servers", "6", "--session-length", "900", "--updates",
            "--backdate", str(BACKDATE_SECONDS), "--rate", "0"]
PICTURES = [("light", 1280, 1300, "light"), ("dark", 1280, 1300, "dark"), ("phone", 390, 1300, "light")]


def share_of_evening(second):
    """Between 0.25 in the early morning and 1 in the evening, as audiences are."""
    hour = second / 3600 % 24
    wave = 0.62 + 0.3 * math.cos((hour - 20) / 24 * 2 * math.pi) + 0.08 * math.cos((hour - 13) / 12 * 2 * math.pi)
    return wave * (1 + 0.1 * math.sin(second / 86_400)) * (1 + 0.015 * math.sin(second / 700))


def fill_week(database, now):
    """Minutes before those of the audience, and those in which it gathers; only what the page asks for is filled in."""
    end = int((now - BACKDATE_SECONDS) // 60 + 3) * 60
    rows = [(time.strftime("%Y-%m-%d %H:%M:00", time.gmtime(second)),
             round(VIEWERS * share_of_evening(second) / share_of_evening(now))) for second in
            range(end - 8 * 86_400, end, 60)]
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        connection.executemany("INSERT INTO stats_global (minute, peak_concurrent) VALUES (?, ?) ON CONFLICT (minute) "
                               "DO UPDATE SET peak_concurrent = max(peak_concurrent, excluded.peak_concurrent)", rows)


def is_calm(daemon):
    """Whether the audience has told its past and goes on with the clock."""
    before = daemon.metric("streamstats_events_total{result=\"accepted\"}")
    time.sleep(1)
    return 0 < daemon.metric("streamstats_events_total{result=\"accepted\"}") - before < VIEWERS / 4


def take(browser, daemon, folder, picture):
    name, width, height, scheme = picture
    browser.resize(width, height)
    browser.prefer(prefers_color_scheme=scheme)
    browser.open(daemon.url("/"))
    browser.until(lambda: "Most" in (browser.text("#week-summary") or ""), "the week")
    shown = "return [...document.querySelectorAll('tbody tr')].filter((row) => row.getBoundingClientRect().top < innerHeight)"
    browser.until(lambda: browser.run(f"{shown}.every((row) => row.querySelector('.spark canvas'))"), "the sparklines")
    browser.until(lambda: browser.text("#events") != "–", "the rate of events")
    browser.picture(folder / f"page-{name}.png")


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with (Daemon() as daemon, Audience(daemon, "audience", *AUDIENCE), contextlib.closing(Browser()) as browser):
        wait_until(lambda: is_calm(daemon), 120, "the audience")
        daemon.wait_flushed()
        fill_week(daemon.database, time.time())
        for picture in PICTURES:
            take(browser, daemon, folder, picture)


if __name__ == "__main__":
    main()
