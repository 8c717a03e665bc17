"""The rows that must result, held against those that are stored. The comparison is that of scripts/compare-truth.py."""

import datetime
import importlib.util
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]


def load_script(name):
    spec = importlib.util.spec_from_file_location(name.replace("-", "_"), ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


compare_truth = load_script("compare-truth")

differences = compare_truth.differences
query_for_mysql = compare_truth.mysql_query
rows_of_sqlite = compare_truth.rows_of_sqlite


def read_truth(path):
    """{(table, minute, value): numbers}"""
    return compare_truth.rows_of_text(compare_truth.read_text(str(path)), str(path), escaped=False)


def rows_of_batch_output(text):
    """Of the client's answer to query_for_mysql()."""
    return compare_truth.rows_of_text(text, "the client's answer", escaped=True)


def with_rows_of_zeros(truth):
    """Of truths that were put together: stats_global also has the minutes in between."""
    minute, last = compare_truth.minutes_covered(truth)
    complete = dict(truth)
    while minute <= last:
        complete.setdefault(("stats_global", minute, ""), (0,) * len(compare_truth.NUMBERS))
        minute = str(datetime.datetime.fromisoformat(minute) + datetime.timedelta(minutes=1))
    return complete
