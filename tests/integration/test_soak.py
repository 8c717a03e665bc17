"""Kills under load, some of them; scripts/soak.sh does it for hours. STREAMSTATS_SOAK_KILLS says how many."""

import os
import unittest

from soak import Soak


class UnderLoad(unittest.TestCase):
    def soak(self, kills, store):
        wanted = int(os.environ.get("STREAMSTATS_SOAK_KILLS", kills))
        Soak(wanted, seconds_between=1.2, store=store, say=lambda line: print("   ", line, flush=True)).run()

    def test_killed_with_and_without_its_database_the_daemon_holds_the_truth_in_the_end(self):
        self.soak(20, "mysql")

    def test_killed_with_the_embedded_store_it_holds_the_truth_in_the_end(self):
        self.soak(6, "sqlite")


if __name__ == "__main__":
    unittest.main()
