"""What Grafana does with a query before MySQL sees it, and what it demands of the answer.

Only the macros and variables that our dashboards use; anything else is an error.
"""

import re

from dashboards import variables_of

POINTS = 200  # of a graph, where a dashboard does not say it

NICE_SECONDS = [60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 604800]
NUMBERS = re.compile(r"^(tinyint|smallint|mediumint|int|bigint|decimal|float|double)", re.IGNORECASE)
TIMES = re.compile(r"^(datetime|timestamp|date)", re.IGNORECASE)


def interval_seconds(begin, end, points=1000):
    """Of a range in milliseconds, for a panel this many pixels wide."""
    wanted = (end - begin) / 1000 / points
    return next((nice for nice in NICE_SECONDS if nice >= wanted), NICE_SECONDS[-1])


def interval_text(seconds):
    for letter, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{letter}"
    raise ValueError(seconds)


def quoted(value):
    """As the MySQL data source does it: only the quote is escaped."""
    return "'" + value.replace("'", "''") + "'"


def with_variables(sql, values):
    """`values`: text to put in, for each variable."""
    for name, text in values.items():
        sql = re.sub(rf"\$\{{{name}\}}|\${name}\b", lambda _: text, sql)
    return sql


class UnknownMacro(ValueError):
    pass


def expanded(sql, begin, end, seconds):
    """The macros of plugin 13 for a range in milliseconds; an interval in seconds."""
    since, until = begin // 1000, end // 1000
    text = interval_text(seconds)
    sql = sql.replace("$__interval_ms", str(seconds * 1000)).replace("$__interval", text)
    sizes = {"m": 60, "h": 3600, "d": 86400}

    def one(match):
        name, arguments = match.group(1), [each.strip() for each in match.group(2).split(",")]
        if name == "__timeFilter":
            return f"{arguments[0]} BETWEEN FROM_UNIXTIME({since}) AND FROM_UNIXTIME({until})"
        if name == "__timeFrom":
            return f"FROM_UNIXTIME({since})"
        if name == "__timeTo":
            return f"FROM_UNIXTIME({until})"
        if name == "__unixEpochGroupAlias":
            column, width, fill = arguments
            assert fill == "NULL", match.group(0)
            step = int(width[:-1]) * sizes[width[-1]]
            return f'{column} DIV {step} * {step} AS "time"'
        raise UnknownMacro(match.group(0))

    sql = re.sub(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)", one, sql)
    left = re.search(r"\$\w*", sql)
    if left:
        raise UnknownMacro(left.group(0) + " in " + sql)
    return sql


def ready(dashboard, sql, begin, end, points=POINTS, every=None, **chosen):
    """A query as the database gets it; variables that are not chosen are as the dashboard begins."""
    texts = {}
    for name, variable in variables_of(dashboard).items():
        if variable["type"] == "custom":
            texts[name] = every or variable["current"]["value"]
        else:
            texts[name] = ",".join(map(quoted, chosen[name])) if name in chosen else variable["allValue"]
    return expanded(with_variables(sql, texts), begin, end, interval_seconds(begin, end, points))


def complaints(columns, rows, format):
    """What the data source, or a panel, would object to. `columns`: (name, SQL type) each; `rows`: lists of text."""
    kinds = ["number" if NUMBERS.match(kind) else "time" if TIMES.match(kind) else "text" for _, kind in columns]
    names = [name for name, _ in columns]
    found = []
    if "number" not in kinds and "time" not in kinds:
        found.append("no column of numbers")
    if len(set(names)) != len(names):
        found.append("two columns of one name")
    if format != "time_series":
        return found
    if "time" not in names:
        return found + ["no column named time"]
    at = names.index("time")
    if kinds[at] == "text":
        found.append("time is text")
    if kinds.count("number") - (kinds[at] == "number") == 0:
        found.append("nothing to draw")
    if kinds.count("text") > 1 or ("text" in kinds and names[kinds.index("text")] != "metric"):
        found.append("text columns other than metric")
    times = [int(row[at]) for row in rows]
    if times != sorted(times):
        found.append("not in ascending order of time")
    if "text" not in kinds and len(set(times)) != len(times):
        found.append("an instant twice")
    if "text" in kinds and len({(row[at], row[kinds.index("text")]) for row in rows}) != len(rows):
        found.append("an instant twice in one series")
    if any(not 10**8 < each < 10**10 for each in times):
        found.append("time is not in seconds since 1970")
    return found
