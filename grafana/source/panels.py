"""Panels and dashboards as Grafana's JSON has them (classic schema, version 39)."""

MYSQL = {"type": "mysql", "uid": "streamstats-mysql"}
PROMETHEUS = {"type": "prometheus", "uid": "streamstats-prometheus"}
TAG = "streamstats"

GREEN, ORANGE, RED, BLUE, PURPLE, GREY = "green", "orange", "red", "blue", "purple", "#8e8e8e"


def sql(text, format):
    return {"datasource": MYSQL, "editorMode": "code", "format": format, "rawQuery": True, "rawSql": text}


def series(text):
    return sql(text, "time_series")


def rows(text):
    return sql(text, "table")


def promql(expression, legend="__auto", instant=False):
    return {"datasource": PROMETHEUS, "editorMode": "code", "expr": expression, "legendFormat": legend,
            "instant": instant, "range": not instant}


def lettered(targets):
    return [{"refId": chr(ord("A") + i), **target} for i, target in enumerate(targets)]


def thresholds(*steps):
    """(color,) first, then (from, color) in ascending order."""
    (first,), *rest = steps
    return {"mode": "absolute",
            "steps": [{"color": first, "value": None}] + [{"color": color, "value": at} for at, color in rest]}


PLAIN = thresholds(("text",))


def override(name, **properties):
    """What differs for the field of this name; `custom_x=…` is custom.x."""
    return {"matcher": {"id": "byName", "options": name},
            "properties": [{"id": key.replace("custom_", "custom.", 1), "value": value}
                           for key, value in properties.items()]}


def fixed(color):
    return {"mode": "fixed", "fixedColor": color}


def panel(kind, title, description, targets, width, height, *, unit, options, defaults=None, overrides=None,
          interval=None, points=None):
    made = {"type": kind, "title": title, "description": description,
            "datasource": targets[0]["datasource"], "targets": lettered(targets),
            "gridPos": {"w": width, "h": height},
            "fieldConfig": {"defaults": {"unit": unit, **(defaults or {})}, "overrides": overrides or []},
            "options": options}
    if interval:
        made["interval"] = interval
    if points:
        made["maxDataPoints"] = points
    return made


def stat(title, description, targets, width, height, *, unit, calc="lastNotNull", graph="none", steps=PLAIN,
         no_value="unknown", decimals=None, overrides=None, mappings=None, color="value", text="auto"):
    defaults = {"color": {"mode": "thresholds"}, "thresholds": steps, "noValue": no_value}
    if decimals is not None:
        defaults["decimals"] = decimals
    if mappings:
        defaults["mappings"] = mappings
    return panel("stat", title, description, targets, width, height, unit=unit, defaults=defaults, overrides=overrides,
                 interval="1m" if graph != "none" else None,
                 options={"colorMode": color, "graphMode": graph, "justifyMode": "auto", "orientation": "auto",
                          "reduceOptions": {"calcs": [calc], "fields": "", "values": False},
                          "textMode": text, "wideLayout": False})


def graph(title, description, targets, width, height, *, unit, legend=("max", "lastNotNull"), beside=False, fill=None,
          color=None, overrides=None, decimals=None, interval="1m", points=None, stacked=False, minimum=0,
          maximum=None, steps=None):
    """Lines from 0; gaps stay gaps. `beside`: up to ten names, as a table to the right if there is room."""
    if fill is None:
        fill = 0 if beside else 10
    if beside and width < 12:
        beside, legend = False, ()
    custom = {"drawStyle": "line", "lineInterpolation": "linear", "lineWidth": 1, "fillOpacity": fill,
              "gradientMode": "none", "showPoints": "auto", "pointSize": 4, "spanNulls": False,
              "insertNulls": False, "axisPlacement": "auto", "axisLabel": "",
              "stacking": {"mode": "normal" if stacked else "none", "group": "A"}}
    if steps:
        custom["thresholdsStyle"] = {"mode": "dashed"}
    defaults = {"color": color or {"mode": "palette-classic"}, "custom": custom}
    for key, value in [("min", minimum), ("max", maximum), ("decimals", decimals), ("thresholds", steps)]:
        if value is not None:
            defaults[key] = value
    return panel("timeseries", title, description, targets, width, height, unit=unit, defaults=defaults,
                 overrides=overrides, interval=interval, points=points,
                 options={"legend": {"showLegend": True, "displayMode": "table" if beside else "list",
                                     "placement": "right" if beside else "bottom", "calcs": list(legend),
                                     **({"sortBy": "Max", "sortDesc": True} if beside and "max" in legend else {})},
                          "tooltip": {"mode": "multi", "sort": "desc", "maxHeight": 400}})


def table(title, description, target, width, height, *, overrides, sort=None):
    return panel("table", title, description, [target], width, height, unit="short",
                 defaults={"color": {"mode": "thresholds"}, "thresholds": PLAIN,
                           "custom": {"align": "auto", "cellOptions": {"type": "auto"}, "filterable": False}},
                 overrides=overrides,
                 options={"showHeader": True, "cellHeight": "sm",
                          **({"sortBy": [{"displayName": sort, "desc": True}]} if sort else {})})


def bars(title, description, target, width, height, *, unit, color=BLUE, links=None):
    """One bar for each row of a table: names in the first column, numbers in the second."""
    return panel("bargauge", title, description, [target], width, height, unit=unit,
                 defaults={"color": fixed(color), "min": 0, "thresholds": PLAIN, "noValue": "unknown",
                           **({"links": links} if links else {})},
                 options={"displayMode": "basic", "orientation": "horizontal", "showUnfilled": True,
                          "valueMode": "color", "namePlacement": "left", "sizing": "auto", "minVizHeight": 16,
                          "minVizWidth": 8, "maxVizHeight": 28,
                          "reduceOptions": {"calcs": [], "fields": "", "values": True, "limit": 25}})


def row(title, collapsed=None):
    """Panels that follow belong to it. `collapsed`: panels that are not asked for until somebody opens it."""
    return {"type": "row", "title": title, "collapsed": collapsed is not None, "panels": collapsed or [],
            "gridPos": {"w": 24, "h": 1}}


def placed(panels):
    """Numbers the panels and places them from left to right, each line as high as its highest panel."""
    x = y = line_height = number = 0
    for each in panels:
        box = each["gridPos"]
        if each["type"] == "row" or x + box["w"] > 24:
            x, y, line_height = 0, y + line_height, 0
        number += 1
        each["id"] = number
        each["gridPos"] = {"x": x, "y": y, **box}
        x, line_height = x + box["w"], max(line_height, box["h"])
        if each["type"] == "row":
            for inner in placed(each["panels"]):
                number += 1
                inner["id"] = number
                inner["gridPos"]["y"] += y + 1
    return panels


def query_variable(name, label, query, *, datasource=MYSQL, multi=False, all_value=None):
    made = {"name": name, "label": label, "type": "query", "datasource": datasource, "query": query,
            "refresh": 2, "regex": "", "sort": 0, "hide": 0, "multi": multi, "includeAll": all_value is not None,
            "options": []}
    if all_value is not None:
        made["allValue"] = all_value
        made["current"] = {"text": ["All"], "value": ["$__all"]} if multi else {"text": "All", "value": "$__all"}
    return made


def custom_variable(name, label, choices):
    """`choices`: (text, value) each, the first one to begin with."""
    text, value = choices[0]
    return {"name": name, "label": label, "type": "custom", "hide": 0, "multi": False, "includeAll": False,
            "options": [], "query": ", ".join(f"{each} : {escaped(what)}" for each, what in choices),
            "skipUrlSync": True, "current": {"text": text, "value": value}}


def escaped(value):
    return value.replace(",", "\\,")


def dashboard(uid, title, description, panels, variables, *, hours=6):
    return {"uid": uid, "id": None, "title": title, "description": description, "tags": [TAG],
            "schemaVersion": 39, "version": 1, "editable": False, "graphTooltip": 1, "fiscalYearStartMonth": 0,
            "timezone": "browser", "weekStart": "", "refresh": "1m", "time": {"from": f"now-{hours}h", "to": "now"},
            "timepicker": {"refresh_intervals": ["1m", "5m", "15m", "1h"]},
            "annotations": {"list": [{"builtIn": 1, "datasource": {"type": "grafana", "uid": "-- Grafana --"},
                                      "enable": True, "hide": True, "iconColor": "rgba(0, 211, 255, 1)",
                                      "name": "Annotations & Alerts", "type": "dashboard"}]},
            "links": [{"type": "dashboards", "title": "", "tags": [TAG], "icon": "external link", "asDropdown": False,
                       "includeVars": True, "keepTime": True, "targetBlank": False, "tooltip": "", "url": ""}],
            "templating": {"list": variables}, "panels": placed(panels)}
