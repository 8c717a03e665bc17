"""scripts/compare-truth.py on tables that are right, and wrong in one place each."""

import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "compare-truth.py"
SCHEMA = ROOT / "sql" / "sqlite" / "0001_rollups.sql"

HEADER = (
    "table\tminute\tvalue\tsessions_started\tsessions_closed\twatch_time_seconds\tpeak_concurrent\tunique_users\t"
    "total_bytes\tbandwidth_bps\n"
)
ROWS = (
    "stats_global\t2026-11-21 12:00:00\t\t1\t1\t10.005\t1\t1\t600\t10\n"
    "stats_global\t2026-11-21 12:01:00\t\t0\t0\t0.000\t0\t0\t0\t0\n"
    "stats_by_channel\t2026-11-21 12:00:00\tTélé\t1\t1\t10.005\t1\t1\t600\t10\n"
)
GLOBAL_AFTER = "INSERT INTO stats_global VALUES ('2026-11-21 12:02:00', 0, 0, 0, 0, 0, 0, 0)"


class CompareTruth(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.truth = self.folder / "truth.tsv"
        self.truth.write_text(HEADER + ROWS, encoding="utf-8")
        self.database = self.folder / "stats.db"
        with sqlite3.connect(self.database) as database:
            database.executescript(SCHEMA.read_text(encoding="utf-8"))
        self.change("INSERT INTO stats_global VALUES ('2026-11-21 12:00:00', 1, 1, 10.005, 1, 1, 600, 10)")
        self.change("INSERT INTO stats_global VALUES ('2026-11-21 12:01:00', 0, 0, 0, 0, 0, 0, 0)")
        self.change("INSERT INTO stats_by_channel VALUES ('2026-11-21 12:00:00', 'Télé', 1, 1, 10.005, 1, 1, 600, 10)")

    def change(self, statement):
        database = sqlite3.connect(self.database)
        with database:
            database.execute(statement)
        database.close()

    def run_script(self, *arguments, stdin=""):
        command = [sys.executable, str(SCRIPT), *map(str, arguments)]
        return subprocess.run(command, input=stdin, capture_output=True, encoding="utf-8", check=False)

    def compare(self):
        return self.run_script(self.truth, "--sqlite", self.database)

    def assert_differs(self, *words):
        done = self.compare()
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        for word in words:
            self.assertIn(word, done.stdout)

    def test_equal_rows_are_equal(self):
        done = self.compare()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("3 rows from 2026-11-21 12:00:00 to 2026-11-21 12:01:00: all equal", done.stdout)

    def test_minutes_after_the_last_one_are_not_looked_at(self):
        self.change(GLOBAL_AFTER)
        self.assertEqual(self.compare().returncode, 0)

    def test_a_row_before_the_first_minute_is_a_surplus(self):
        self.change("INSERT INTO stats_global VALUES ('2026-11-21 11:59:00', 0, 0, 0, 0, 0, 0, 0)")
        self.assert_differs("surplus  stats_global 2026-11-21 11:59:00")

    def test_a_missing_row_is_named(self):
        self.change("DELETE FROM stats_by_channel")
        self.assert_differs("missing  stats_by_channel 2026-11-21 12:00:00 Télé")

    def test_a_number_that_differs_is_named(self):
        self.change("UPDATE stats_by_channel SET unique_users = 2")
        self.assert_differs("differs  stats_by_channel 2026-11-21 12:00:00 Télé: unique_users 1 -> 2")

    def test_one_millisecond_is_a_difference(self):
        self.change("UPDATE stats_by_channel SET watch_time_seconds = 10.006")
        self.assert_differs("watch_time_seconds 10005 -> 10006")

    def test_a_name_in_other_letters_is_another_value(self):
        self.change("UPDATE stats_by_channel SET channel = 'télé'")
        self.assert_differs("missing", "surplus")

    def test_the_output_of_a_client_is_taken_too(self):
        done = self.run_script(self.truth, "--rows", "-", stdin=ROWS)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = self.run_script(self.truth, "--rows", "-", stdin=ROWS.replace("600\t10", "601\t10"))
        self.assertEqual(done.returncode, 1)

    def test_of_minutes_that_were_final_only_what_late_events_add_to_is_compared(self):
        self.change("UPDATE stats_by_channel SET unique_users = 2, peak_concurrent = 0")
        final_before = ("--final-before", "2026-11-21 12:01:00")
        done = self.run_script(self.truth, "--sqlite", self.database, *final_before)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assert_differs("peak_concurrent 1 -> 0, unique_users 1 -> 2")
        self.change("INSERT INTO stats_by_channel VALUES ('2026-11-21 12:00:00', 'gone', 0, 0, 0, 1, 1, 0, 0)")
        done = self.run_script(self.truth, "--sqlite", self.database, *final_before)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.change("UPDATE stats_by_channel SET total_bytes = 601 WHERE channel = 'Télé'")
        done = self.run_script(self.truth, "--sqlite", self.database, *final_before)
        self.assertEqual(done.returncode, 1)
        self.assertIn("total_bytes 600 -> 601", done.stdout)

    def test_a_truth_without_minutes_compares_nothing(self):
        self.truth.write_text(HEADER, encoding="utf-8")
        done = self.compare()
        self.assertEqual(done.returncode, 2)
        self.assertIn("nothing to compare", done.stderr)

    def test_what_is_no_table_is_refused_with_its_place(self):
        done = self.run_script(self.truth, "--rows", "-", stdin="stats_global\t2026-11-21 12:00:00\n")
        self.assertEqual(done.returncode, 2)
        self.assertIn("line 1: 2 fields instead of 10", done.stderr)

    def test_the_query_asks_for_every_table(self):
        done = self.run_script("--query")
        self.assertEqual(done.stdout.count("SELECT"), 6)


if __name__ == "__main__":
    unittest.main()
