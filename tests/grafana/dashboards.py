"""The dashboards and provisioning files as the tests read them."""

import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
GRAFANA = ROOT / "grafana"
sys.path.insert(0, str(ROOT / "tests" / "integration"))


def all_dashboards():
    return {path.stem: json.loads(path.read_text(encoding="utf-8"))
            for path in sorted((GRAFANA / "dashboards").glob("*/*.json"))}


def panels_of(dashboard):
    """Also those in closed rows; not the rows themselves."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel["panels"]
        else:
            yield panel


def variables_of(dashboard):
    return {variable["name"]: variable for variable in dashboard["templating"]["list"]}


def is_mysql(thing):
    return thing.get("datasource", {}).get("type") == "mysql"


def queries_of(dashboard):
    """(panel, target) of MySQL."""
    return [(panel, target) for panel in panels_of(dashboard) for target in panel["targets"] if is_mysql(target)]


def expressions_of(dashboard):
    """PromQL."""
    return [target["expr"] for panel in panels_of(dashboard) for target in panel["targets"] if "expr" in target]
