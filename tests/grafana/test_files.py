"""The files as such: made from their source, well-formed, consistent, and without shapes that give wrong numbers."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import yaml

from dashboards import (GRAFANA, ROOT, all_dashboards, expressions_of, is_mysql, panels_of, queries_of, variables_of)
from rules_of_shape import objections

PANEL_TYPES = {"timeseries", "stat", "table", "bargauge"}
UNITS = {"none", "short", "locale", "percentunit", "decbytes", "bytes", "Bps", "bps", "Mbits", "s", "dthms",
         "dtdurations", "cpm", "cps", "reqps", "dateTimeAsLocal", "prefix:1 minute in "}
BUILT_IN = {"__interval", "__interval_ms", "__timeFilter", "__timeFrom", "__timeTo", "__unixEpochGroupAlias",
            "__rate_interval"}


def provisioned(name):
    return yaml.safe_load((GRAFANA / "provisioning" / name / "streamstats.yaml").read_text(encoding="utf-8"))


def datasources():
    return {each["uid"]: each for each in provisioned("datasources")["datasources"]}


def rules():
    return [rule for group in provisioned("alerting")["groups"] for rule in group["rules"]]


def prometheus_rules():
    file = yaml.safe_load((GRAFANA / "prometheus.rules.yml").read_text(encoding="utf-8"))
    return [rule for group in file["groups"] for rule in group["rules"]]


def exported_metrics():
    return set(re.findall(r'"(streamstats_\w+)"', (ROOT / "src/telemetry/metrics.cpp").read_text(encoding="utf-8")))


class Dashboards(unittest.TestCase):
    @staticmethod
    def each():
        return list(all_dashboards().values())

    def each_panel(self):
        return [(dashboard, panel) for dashboard in self.each() for panel in panels_of(dashboard)]

    def test_they_are_what_the_source_makes(self):
        done = subprocess.run([sys.executable, "-B", GRAFANA / "generate.py", "--check"], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_there_are_five_with_fixed_uids_and_their_own_titles(self):
        found = {dashboard["uid"]: dashboard["title"] for dashboard in all_dashboards().values()}
        self.assertEqual(found, {"streamstats-overview": "Overview", "streamstats-channels": "Channels",
                                 "streamstats-servers": "Servers", "streamstats-audience": "Audience",
                                 "streamstats-operations": "Operations"})

    def test_provisioning_takes_them(self):
        for dashboard in self.each():
            with self.subTest(dashboard["title"]):
                self.assertIsNone(dashboard["id"])
                self.assertEqual(dashboard["schemaVersion"], 39)
                self.assertEqual(dashboard["timezone"], "browser")
                self.assertFalse({"__inputs", "__requires", "__elements"} & dashboard.keys())
                self.assertRegex(dashboard["uid"], r"^[A-Za-z0-9_-]{1,40}$")

    def test_panels_have_numbers_places_and_descriptions_of_their_own(self):
        for dashboard in self.each():
            with self.subTest(dashboard["title"]):
                boxes = dashboard["panels"]
                numbers = [panel["id"] for panel in [*boxes, *(p for row in boxes for p in row.get("panels", []))]]
                self.assertEqual(len(set(numbers)), len(numbers))
                for i, panel in enumerate(boxes):
                    self.assertLessEqual(panel["gridPos"]["x"] + panel["gridPos"]["w"], 24)
                    for other in boxes[i + 1:]:
                        self.assertFalse(overlap(panel["gridPos"], other["gridPos"]), (panel["title"], other["title"]))
        for _, panel in self.each_panel():
            with self.subTest(panel["title"]):
                self.assertIn(panel["type"], PANEL_TYPES)
                self.assertGreater(len(panel["description"]), 10)
                self.assertEqual(len({target["refId"] for target in panel["targets"]}), len(panel["targets"]))

    def test_every_field_has_a_unit_that_exists(self):
        for _, panel in self.each_panel():
            with self.subTest(panel["title"]):
                units = [panel["fieldConfig"]["defaults"]["unit"]]
                units += [each["value"] for override in panel["fieldConfig"]["overrides"]
                          for each in override["properties"] if each["id"] == "unit"]
                self.assertLessEqual(set(units), UNITS)

    def test_data_sources_are_named_by_a_uid_that_is_provisioned(self):
        uids = {uid: each["type"] for uid, each in datasources().items()}
        for dashboard in self.each():
            with self.subTest(dashboard["title"]):
                named = [panel["datasource"] for panel in panels_of(dashboard)]
                named += [target["datasource"] for panel in panels_of(dashboard) for target in panel["targets"]]
                named += [variable["datasource"] for variable in variables_of(dashboard).values()
                          if variable["type"] == "query"]
                for one in named:
                    self.assertEqual(uids.get(one["uid"]), one["type"])

    def test_variables_are_defined_and_used(self):
        for dashboard in self.each():
            with self.subTest(dashboard["title"]):
                defined = variables_of(dashboard)
                text = " ".join([target.get("rawSql") or target["expr"]
                                 for panel in panels_of(dashboard) for target in panel["targets"]])
                used = set(re.findall(r"\$\{?(\w+)", text)) - BUILT_IN
                self.assertEqual(used, set(defined))
                for variable in defined.values():
                    if variable["type"] == "custom":
                        # Grafana doubles quotes in it, and takes it apart at commas and ends of lines.
                        self.assertNotRegex(variable["current"]["value"], "['\\n]")
                        self.assertIn(variable["current"]["value"].replace(",", "\\,"), variable["query"])
                        continue
                    self.assertEqual(variable["refresh"], 2)
                    if variable["multi"] and is_mysql(variable):
                        self.assertEqual(variable["allValue"], re.match(r"SELECT (\w+)", variable["query"]).group(1))

    def test_links_lead_to_dashboards_and_variables_that_exist(self):
        known = {dashboard["uid"]: variables_of(dashboard) for dashboard in all_dashboards().values()}
        links = 0
        for _, panel in self.each_panel():
            with self.subTest(panel["title"]):
                for override in panel["fieldConfig"]["overrides"]:
                    for each in override["properties"]:
                        for link in each["value"] if each["id"] == "links" else []:
                            links += 1
                            uid, name, value = re.match(r"^/d/([\w-]+)\?var-(\w+)=(\S+?)&\$\{__url_time_range\}$",
                                                        link["url"]).groups()
                            self.assertIn(name, known[uid])
                            self.assertEqual(value, "${__value.raw:percentencode}")
        self.assertGreater(links, 5)
        for dashboard in self.each():
            with self.subTest(dashboard["title"]):
                self.assertEqual([(link["tags"], link["keepTime"], link["includeVars"]) for link in dashboard["links"]],
                                 [(dashboard["tags"], True, True)])

    def test_queries_have_no_shape_that_gives_wrong_numbers(self):
        for dashboard in self.each():
            with self.subTest(dashboard["title"]):
                for _, target in queries_of(dashboard):
                    self.assertEqual(objections(target["rawSql"]), [], target["rawSql"])
                    self.assertTrue(target["rawQuery"])
                    self.assertEqual(target["editorMode"], "code")

    def test_queries_keep_to_the_range_that_is_looked_at(self):
        for dashboard in self.each():
            with self.subTest(dashboard["title"]):
                for _, target in queries_of(dashboard):
                    self.assertRegex(target["rawSql"], r"\$__(timeFilter|timeTo)\(")

    def test_only_what_can_be_added_is_stacked(self):
        stacked = 0
        for _, panel in self.each_panel():
            with self.subTest(panel["title"]):
                if panel["fieldConfig"]["defaults"].get("custom", {}).get("stacking", {}).get("mode", "none") == "none":
                    continue
                stacked += 1
                self.assertEqual(panel["fieldConfig"]["defaults"]["min"], 0)
                for target in panel["targets"]:
                    self.assertNotRegex(target.get("rawSql", ""), "peak_concurrent|unique_users")
        self.assertGreater(stacked, 0)

    def test_gaps_stay_gaps(self):
        for _, panel in self.each_panel():
            with self.subTest(panel["title"]):
                if panel["type"] != "timeseries":
                    continue
                self.assertFalse(panel["fieldConfig"]["defaults"]["custom"]["spanNulls"])
                for target in panel["targets"]:
                    if is_mysql(target):
                        self.assertIn("$__interval,NULL)", target["rawSql"])

    def test_wrong_shapes_are_recognized(self):
        for wrong in ["SELECT SUM(peak_concurrent) FROM stats_by_channel", "SELECT AVG(unique_users) FROM stats_global",
                      "SELECT SUM(COALESCE(c.unique_users, 0)) FROM stats_by_server c", "SELECT peak_concurrent / 2",
                      "SELECT AVG(c.bandwidth_mbps) FROM stats_by_server c", "SELECT bandwidth_bps FROM stats_global",
                      "SELECT $__timeGroupAlias(minute,1m,NULL)",
                      "SELECT 1 FROM stats_global WHERE DATE(minute) = '2026'",
                      "SELECT 1 FROM stats_global WHERE minute_epoch > 5", 'SELECT minute GROUP BY "time"',
                      "SELECT $__unixEpochGroupAlias(minute_epoch,1m,0)", "SELECT $__timeFilter(MAX(minute))",
                      "SELECT 1 WHERE server = $server", "SELECT 1 WHERE server IN ('$server')"]:
            with self.subTest(wrong):
                self.assertNotEqual(objections(wrong), [])


def overlap(a, b):
    return (a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"]
            and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"])


class Provisioning(unittest.TestCase):
    def test_the_database_is_read_in_utc_with_a_password_from_the_environment(self):
        mysql = datasources()["streamstats-mysql"]
        self.assertEqual(mysql["jsonData"]["timezone"], "+00:00")
        self.assertEqual(mysql["jsonData"]["timeInterval"], "1m")
        self.assertEqual(mysql["jsonData"]["database"], "stream_stats")
        self.assertEqual(mysql["secureJsonData"], {"password": "$STREAMSTATS_GRAFANA_DB_PASSWORD"})
        self.assertLessEqual(mysql["jsonData"]["maxOpenConns"], 20)

    def test_dashboards_come_from_one_folder_and_are_not_edited_in_place(self):
        (provider,) = provisioned("dashboards")["providers"]
        self.assertEqual((provider["type"], provider["folderUid"], provider["allowUiUpdates"]),
                         ("file", "streamstats", False))

    def test_alert_rules_name_what_exists(self):
        uids = datasources().keys() | {"__expr__"}
        self.assertEqual(len({rule["uid"] for rule in rules()}), len(rules()))
        for rule in rules():
            with self.subTest(rule["title"]):
                self.assertRegex(rule["uid"], r"^[A-Za-z0-9_-]{1,40}$")
                self.assertEqual([query["refId"] for query in rule["data"]], ["A", rule["condition"]])
                for query in rule["data"]:
                    self.assertIn(query["datasourceUid"], uids)
                    self.assertEqual(query["model"]["refId"], query["refId"])
                    self.assertEqual(query["model"]["datasource"]["uid"], query["datasourceUid"])
                self.assertIn(rule["labels"]["severity"], {"critical", "warning"})
                self.assertGreater(len(rule["annotations"]["description"]), 20)

    def test_nothing_in_the_alert_rules_is_taken_for_a_variable(self):
        self.assertNotIn("$", (GRAFANA / "provisioning/alerting/streamstats.yaml").read_text(encoding="utf-8"))

    def test_both_kinds_of_rules_are_the_same_rules(self):
        ours = {rule["title"]: (rule["for"], rule["labels"]) for rule in rules()}
        theirs = {rule["alert"]: (rule["for"], rule["labels"]) for rule in prometheus_rules()}
        self.assertEqual(ours.keys() - theirs.keys(), {"StreamstatsNoNewMinute"})
        self.assertEqual({name: ours[name] for name in theirs}, theirs)


class Prometheus(unittest.TestCase):
    def expressions(self):
        found = [expression for dashboard in all_dashboards().values() for expression in expressions_of(dashboard)]
        return found + [rule["expr"] for rule in prometheus_rules()]

    def test_every_metric_is_one_that_the_daemon_has(self):
        exported = exported_metrics()
        asked = set(re.findall(r"\bstreamstats_\w+", " ".join(self.expressions())))
        self.assertGreater(len(asked), 25)
        self.assertEqual(asked - exported, set())

    def test_every_metric_of_the_daemon_is_on_the_dashboard(self):
        exported = exported_metrics()
        asked = set(re.findall(r"\bstreamstats_\w+", str(all_dashboards()["operations"])))
        self.assertEqual(exported - asked, set())

    def test_counters_are_only_looked_at_as_rates(self):
        for expression in self.expressions():
            for before, name in re.findall(r"(\w*\(?)(streamstats_\w+_total)", expression):
                self.assertIn(before, {"rate(", "increase("}, (name, expression))


class Promtool(unittest.TestCase):
    def setUp(self):
        self.promtool = shutil.which(os.environ.get("PROMTOOL", "promtool"))
        if not self.promtool:
            self.skipTest("there is no promtool (package prometheus)")

    def run_promtool(self, *arguments):
        done = subprocess.run([self.promtool, *arguments], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_rules_are_well_formed(self):
        self.run_promtool("check", "rules", str(GRAFANA / "prometheus.rules.yml"))

    def test_each_rule_fires_when_it_should_and_is_quiet_when_all_is_well(self):
        self.run_promtool("test", "rules", str(pathlib.Path(__file__).parent / "rules_test.yml"))

    def test_each_rule_has_such_a_test(self):
        tested = (pathlib.Path(__file__).parent / "rules_test.yml").read_text(encoding="utf-8")
        for rule in prometheus_rules():
            self.assertIn(rule["alert"], tested)

    def test_the_expressions_of_the_dashboards_are_well_formed(self):
        expressions = [each.replace("$__rate_interval", "5m").replace("$instance", ".+")
                       for dashboard in all_dashboards().values() for each in expressions_of(dashboard)]
        file = {"groups": [{"name": "all", "rules": [{"record": f"r{i}", "expr": each}
                                                     for i, each in enumerate(expressions)]}]}
        with tempfile.NamedTemporaryFile("w", suffix=".yml", encoding="utf-8") as rules_file:
            yaml.safe_dump(file, rules_file)
            rules_file.flush()
            self.run_promtool("check", "rules", rules_file.name)


if __name__ == "__main__":
    unittest.main()
