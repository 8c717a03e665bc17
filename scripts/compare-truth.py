#!/usr/bin/env python3
"""Compare a truth file of `streamstatsd simulate --truth` with the tables that a daemon wrote.

    compare-truth.py TRUTH --sqlite stream_stats.db
    compare-truth.py TRUTH --client 'mariadb -h 127.0.0.1 -u stream_api stream_stats'
    mariadb -B -N -e "$(compare-truth.py --query)" stream_stats > rows.tsv
    compare-truth.py TRUTH --rows rows.tsv

Minutes before the first of the truth must have no rows; minutes after its last one are not looked at.
With --final-before 'YYYY-MM-DD HH:MM:SS' rows of earlier minutes, which were final when some of their events came, are
compared in the columns that late events still add to: all but peak_concurrent and unique_users.
Exit status: 0 every row is equal, 1 some are not, 2 nothing could be compared.
"""

import argparse
import shlex
import sqlite3
import subprocess
import sys
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

VALUE_COLUMNS = {
    "stats_global": None,
    "stats_by_server": "server",
    "stats_by_channel": "channel",
    "stats_by_country": "country",
    "stats_by_protocol": "protocol",
    "stats_by_user_agent": "user_agent_class",
}
NUMBERS = (
    "sessions_started",
    "sessions_closed",
    "watch_time_seconds",
    "peak_concurrent",
    "unique_users",
    "total_bytes",
    "bandwidth_bps",
)
ADDITIVE = [name not in ("peak_concurrent", "unique_users") for name in NUMBERS]
ESCAPES = {"n": "\n", "t": "\t", "0": "\0", "\\": "\\"}


class Unusable(Exception):
    """What was given cannot be compared; the message says why."""


def query(minute_text):
    """All rows of all tables in the columns of the truth file. `minute_text` makes a text of the column `minute`."""
    selects = []
    for table, column in VALUE_COLUMNS.items():
        value = column or "''"
        selects.append(f"SELECT '{table}', {minute_text}, {value}, {', '.join(NUMBERS)} FROM {table}")
    return " UNION ALL ".join(selects)


def mysql_query():
    return query("DATE_FORMAT(minute, '%Y-%m-%d %H:%i:%s')")


def row_of(fields, where):
    """(table, minute, value) and the numbers, watch time in milliseconds."""
    if len(fields) != 3 + len(NUMBERS):
        raise Unusable(f"{where}: {len(fields)} fields instead of {3 + len(NUMBERS)}")
    if fields[0] not in VALUE_COLUMNS:
        raise Unusable(f"{where}: unknown table {fields[0]!r}")
    numbers = []
    for name, text in zip(NUMBERS, fields[3:]):
        try:
            number = Decimal(str(text))
        except InvalidOperation:
            raise Unusable(f"{where}: {name} is {text!r}, not a number") from None
        if name == "watch_time_seconds":
            number = (number * 1000).quantize(Decimal(1), ROUND_HALF_EVEN)
        numbers.append(int(number))
    return (fields[0], fields[1], fields[2]), tuple(numbers)


def unescaped(field):
    """Undoes what the client's batch mode does to tabs, line breaks and backslashes."""
    if "\\" not in field:
        return field
    characters = iter(field)
    return "".join(ESCAPES.get(next(characters, ""), "") if c == "\\" else c for c in characters)


def rows_of_text(text, name, escaped):
    rows = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line or line.startswith("table\t"):
            continue
        fields = line.split("\t")
        if escaped:
            fields = [unescaped(field) for field in fields]
        key, numbers = row_of(fields, f"{name}, line {number}")
        if key in rows:
            raise Unusable(f"{name}, line {number}: a second row of {' '.join(key)}")
        rows[key] = numbers
    return rows


def read_text(path):
    if path == "-":
        return sys.stdin.buffer.read().decode("utf-8")
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def rows_of_sqlite(path):
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
    try:
        found = database.execute(query("minute")).fetchall()
    finally:
        database.close()
    return dict(row_of(list(fields), f"{path}, {fields[0]}") for fields in found)


def rows_of_client(command):
    words = shlex.split(command) + ["--batch", "--skip-column-names", "--default-character-set=utf8mb4"]
    done = subprocess.run(words, input=mysql_query(), capture_output=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise Unusable(f"{words[0]} ended with status {done.returncode}: {done.stderr.strip()}")
    return rows_of_text(done.stdout, words[0], escaped=True)


def actual_rows(arguments):
    if arguments.sqlite:
        return rows_of_sqlite(arguments.sqlite)
    if arguments.client:
        return rows_of_client(arguments.client)
    return rows_of_text(read_text(arguments.rows), arguments.rows, escaped=True)


def described(key, expected, actual):
    title = " ".join(part for part in key if part)
    if actual is None:
        return f"missing  {title}"
    if expected is None:
        return f"surplus  {title}: " + ", ".join(f"{name} {a}" for name, a in zip(NUMBERS, actual) if a)
    parts = (f"{name} {e} -> {a}" for name, e, a in zip(NUMBERS, expected, actual) if e != a)
    return f"differs  {title}: " + ", ".join(parts)


def minutes_covered(truth):
    covered = [minute for table, minute, _ in truth if table == "stats_global"]
    if not covered:
        raise Unusable("the truth has no row of stats_global: there is nothing to compare")
    return min(covered), max(covered)


def differences(truth, actual, final_before=""):
    """A line for each row that is not what the truth says, oldest first."""
    _, last = minutes_covered(truth)

    def comparable(rows, key):
        numbers = rows.get(key)
        if numbers is None or key[1] >= final_before:
            return numbers
        left = tuple(number for number, adds in zip(numbers, ADDITIVE) if adds)
        return left if any(left) else None  # a row that is there for its peak and its users alone

    keys = truth.keys() | {key for key in actual if key[1] <= last}
    different = [key for key in keys if comparable(truth, key) != comparable(actual, key)]
    different.sort(key=lambda k: (k[1], k[0], k[2]))
    return [described(key, truth.get(key), actual.get(key)) for key in different]


def compare(truth, actual, final_before, shown_max):
    """Prints what differs; how many rows that are."""
    first, last = minutes_covered(truth)
    different = differences(truth, actual, final_before)
    for line in different[:shown_max]:
        print(line)
    if len(different) > shown_max:
        print(f"… and {len(different) - shown_max} more")
    print(
        f"{len(truth)} rows from {first} to {last}: "
        + (f"{len(different)} differ (truth -> actual; watch time in ms)" if different else "all equal")
    )
    return len(different)


def parsed_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("truth", nargs="?", help="file written by `streamstatsd simulate --truth`")
    parser.add_argument("--sqlite", metavar="FILE", help="database file of the embedded store")
    parser.add_argument("--client", metavar="COMMAND", help="mariadb or mysql with its options and the database")
    parser.add_argument("--rows", metavar="FILE", help="output of that client for --query; - is stdin")
    parser.add_argument("--query", action="store_true", help="print the query for --rows and end")
    parser.add_argument("--final-before", metavar="MINUTE", default="", help="first minute that was never final")
    parser.add_argument("--show", type=int, default=40, metavar="N", help="print at most N differing rows (40)")
    arguments = parser.parse_args()
    if not arguments.query:
        sources = [arguments.sqlite, arguments.client, arguments.rows]
        if arguments.truth is None or sum(source is not None for source in sources) != 1:
            parser.error("needs the truth file and one of --sqlite, --client, --rows")
    return arguments


def main():
    arguments = parsed_arguments()
    if arguments.query:
        print(mysql_query())
        return 0
    try:
        truth = rows_of_text(read_text(arguments.truth), arguments.truth, escaped=False)
        return 1 if compare(truth, actual_rows(arguments), arguments.final_before, arguments.show) else 0
    except (Unusable, OSError, sqlite3.Error, UnicodeDecodeError) as error:
        print(f"compare-truth: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
