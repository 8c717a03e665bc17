"""Runs the black-box tests, several files at a time, since they mostly wait; prints what unittest would.

    python3 tests/integration/run.py [--jobs N] [test_faults …]
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import time

FOLDER = pathlib.Path(__file__).resolve().parent
# Longest first, so that the end of the run is not one of them alone.
LONGEST = ["test_soak", "test_databases", "test_crash", "test_faults"]
FILE_SECONDS_MAX = 1_200


def parts_of(names):
    chosen = names or sorted(path.stem for path in FOLDER.glob("test_*.py"))
    return sorted(chosen, key=lambda name: LONGEST.index(name) if name in LONGEST else len(LONGEST))


def run_part(name):
    begun = time.monotonic()
    try:
        done = subprocess.run([sys.executable, "-m", "unittest", "--verbose", name], cwd=FOLDER, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=FILE_SECONDS_MAX, check=False)
        output, code = done.stdout, done.returncode
    except subprocess.TimeoutExpired as late:
        output, code = f"{late.stdout or ''}\nstopped after {FILE_SECONDS_MAX} s\n", 1
    return name, code, output, time.monotonic() - begun


def count(pattern, text):
    return sum(int(number) for number in re.findall(pattern, text))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=max(2, os.cpu_count() or 2), metavar="N")
    parser.add_argument("names", nargs="*", metavar="FILE")
    chosen = parser.parse_args()
    begun = time.monotonic()
    ran, bad, skipped = 0, 0, 0
    with concurrent.futures.ThreadPoolExecutor(chosen.jobs) as pool:
        for part in concurrent.futures.as_completed([pool.submit(run_part, name) for name in parts_of(chosen.names)]):
            name, code, output, seconds = part.result()
            shown = re.sub(r"(?m)^(Ran |OK|FAILED)", r"    \1", output)  # only the sum stands at the begin of a line
            print(f"{name}: {seconds:.0f} s\n{shown}", flush=True)
            ran += count(r"(?m)^Ran (\d+) test", output)
            failed = count(r"(?:failures|errors|unexpected successes)=(\d+)", output)
            bad += failed or (1 if code != 0 else 0)
            skipped += count(r"skipped=(\d+)", output)
    print(f"Ran {ran} tests in {time.monotonic() - begun:.0f}s\n")
    print(f"FAILED (failures={bad}, skipped={skipped})" if bad else f"OK (skipped={skipped})")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
