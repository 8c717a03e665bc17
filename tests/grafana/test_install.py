"""scripts/install-grafana.sh, into folders of the test's own."""

import os
import pathlib
import stat
import subprocess
import tempfile
import unittest

import yaml

from dashboards import GRAFANA, ROOT

SCRIPT = ROOT / "scripts/install-grafana.sh"
PASSWORD = "a\"b\\c$d`e'%f"


class Install(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="streamstats-grafana-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_script(self, *options, password=PASSWORD):
        return subprocess.run(
            [SCRIPT, "--provisioning", self.folder / "provisioning", "--dashboards", self.folder / "dashboards",
             "--service", "grafana-of-a-test", *options], capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL, env={**os.environ, "STREAMSTATS_SYSTEMD_DIR": str(self.folder / "units"),
                                           "STREAMSTATS_GRAFANA_DB_PASSWORD": password})

    def install(self, *options):
        done = self.run_script(*options)
        self.assertEqual(done.returncode, 0, done.stderr)

    def provisioned(self, name):
        return yaml.safe_load((self.folder / "provisioning" / name / "streamstats.yaml").read_text(encoding="utf-8"))

    def test_everything_arrives(self):
        self.install()
        for kind in ("datasources", "alerting"):
            ours = yaml.safe_load((GRAFANA / "provisioning" / kind / "streamstats.yaml").read_text(encoding="utf-8"))
            self.assertEqual(self.provisioned(kind), ours)
        (provider,) = self.provisioned("dashboards")["providers"]
        self.assertEqual(provider["options"]["path"], str(self.folder / "dashboards"))
        for file in (GRAFANA / "dashboards").glob("*/*.json"):
            copy = self.folder / "dashboards" / file.relative_to(GRAFANA / "dashboards")
            self.assertEqual(copy.read_bytes(), file.read_bytes())

    def test_addresses_and_names_are_those_that_were_asked_for(self):
        self.install("--database", "db.example:3307", "--name", "stats", "--user", "me",
                     "--prometheus", "https://p.example/x", "--no-alerts")
        mysql, prometheus = self.provisioned("datasources")["datasources"]
        self.assertEqual((mysql["url"], mysql["jsonData"]["database"], mysql["user"]),
                         ("db.example:3307", "stats", "me"))
        self.assertEqual(mysql["jsonData"]["timezone"], "+00:00")
        self.assertEqual(prometheus["url"], "https://p.example/x")
        self.assertFalse((self.folder / "provisioning/alerting").exists())

    def test_the_password_is_for_the_service_alone(self):
        self.install()
        secret = self.folder / "units/grafana-of-a-test.service.d/streamstats.env"
        self.assertEqual(secret.read_text(encoding="utf-8"),
                         "STREAMSTATS_GRAFANA_DB_PASSWORD=\"a\\\"b\\\\c\\$d\\`e'%f\"\n")
        self.assertEqual(stat.S_IMODE(secret.stat().st_mode), 0o600)
        self.assertIn(f"EnvironmentFile={secret}\n", secret.with_suffix(".conf").read_text(encoding="utf-8"))

    def test_what_would_break_the_files_is_refused(self):
        for options in (["--name", "a: b"], ["--user", "$HOME"], ["--database"], ["--nonsense"]):
            with self.subTest(options):
                self.assertNotEqual(self.run_script(*options).returncode, 0)
                self.assertEqual(list(self.folder.rglob("*")), [])
        self.assertNotEqual(self.run_script(password="").returncode, 0)

    def test_it_is_all_taken_away_again(self):
        self.install()
        self.install()
        self.install("--remove")
        self.assertEqual([path for path in self.folder.rglob("*") if path.is_file()], [])


if __name__ == "__main__":
    unittest.main()
