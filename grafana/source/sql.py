"""The shapes of the queries, for Grafana's MySQL data source.

Rules that every shape keeps:

* A condition on time is a range of `minute`, which every index begins or ends with. Grouping uses `minute_epoch`, which
  does not depend on the session's time zone.
* A minute that `stats_global` has is known: a value without a row is 0 in it. A minute that it has not is unknown: NULL
  fills it, and the graph has a gap there.
* Sums and rates come from additive columns. Peaks and unique users are only compared (MAX), never added or averaged.
* Rates divide by the minutes that are known, so neither the zoom nor a half-filled last bucket changes their height.
* Tables of values may be long. `$every` thins out the minutes that are read: 1 is all of them, otherwise sums are
  estimates (times `$every`) and a peak between two minutes may be missed. The dashboard says so and lets people choose.
"""

from dataclasses import dataclass

WEEK_SECONDS = 7 * 86400
SERIES_MAX = 10
RANKED_MAX = 200
VALUES_MAX = 5000

# Rows that one query may read before it takes one minute in 7 (13, …) only. Primes, so that no hour or quarter of an
# hour is always, or never, among them. A minute that is read alone costs a page, however few rows are in it.
ROWS_MAX = 2_000_000
ROWS_OF_A_PAGE = 160
STEPS = [7, 13, 61, 601]

TIME = "$__unixEpochGroupAlias(minute_epoch,$__interval,NULL)"
IN_RANGE = "$__timeFilter(minute)"
WEEK_BEFORE = "minute BETWEEN $__timeFrom() - INTERVAL 7 DAY AND $__timeTo() - INTERVAL 7 DAY"


@dataclass(frozen=True)
class Dimension:
    table: str
    column: str
    variable: str
    title: str  # of one value
    plural: str

    @property
    def chosen(self):
        return f"c.{self.column} IN (${self.variable})"


SERVER = Dimension("stats_by_server", "server", "server", "Server", "servers")
CHANNEL = Dimension("stats_by_channel", "channel", "channel", "Channel", "channels")
COUNTRY = Dimension("stats_by_country", "country", "country", "Country", "countries")
PROTOCOL = Dimension("stats_by_protocol", "protocol", "protocol", "Protocol", "protocols")
DEVICE = Dimension("stats_by_user_agent", "user_agent_class", "device", "Device class", "device classes")


def lines(*parts):
    return "\n".join(part for part in parts if part)


# -- all viewers together: stats_global

def over_time(*columns):
    return lines(f"SELECT {TIME},",
                 "  " + ",\n  ".join(columns),
                 "FROM stats_global",
                 f"WHERE {IN_RANGE}",
                 "GROUP BY 1 ORDER BY 1")


def week_before(column, name):
    return lines(f"SELECT {TIME},",
                 f'  {column} AS "{name}"',
                 f"FROM (SELECT minute_epoch + {WEEK_SECONDS} AS minute_epoch, peak_concurrent, watch_time_seconds",
                 f"  FROM stats_global WHERE {WEEK_BEFORE}) AS earlier",
                 "GROUP BY 1 ORDER BY 1")


def in_all(*columns):
    return lines("SELECT " + ",\n  ".join(columns), "FROM stats_global", f"WHERE {IN_RANGE}")


def newest(column, name):
    """Of the newest minute; NULL if that ended more than five minutes before the end of the range."""
    return lines(f'SELECT (SELECT {column} FROM stats_global',
                 f'  WHERE minute BETWEEN {RECENTLY}',
                 f'  ORDER BY minute DESC LIMIT 1) AS "{name}"')


RECENTLY = "LEAST($__timeTo(), NOW()) - INTERVAL 6 MINUTE AND $__timeTo()"


def compared_with_week_before(name):
    return lines(f'SELECT today.viewers AS "{name}",',
                 '  today.viewers / NULLIF(earlier.viewers, 0) - 1 AS "vs. a week before"',
                 "FROM (SELECT SUM(watch_time_seconds) / 60 / COUNT(*) AS viewers",
                 f"  FROM stats_global WHERE {IN_RANGE}) AS today",
                 "CROSS JOIN (SELECT SUM(watch_time_seconds) / 60 / COUNT(*) AS viewers",
                 f"  FROM stats_global WHERE {WEEK_BEFORE}) AS earlier")


def age_of_newest(name):
    return lines("SELECT GREATEST(0, TIMESTAMPDIFF(SECOND, MAX(minute), LEAST($__timeTo(), NOW())) - 60)",
                 f'  AS "{name}"',
                 "FROM stats_global",
                 f"WHERE {IN_RANGE}")


# -- by value of a dimension

READ = "$__timeFilter(g.minute) AND MOD(g.minute_epoch DIV 60, $every) = 0"

# For a graph: every bucket has to hold a minute that is read.
EVERY_IN_BUCKET = "IF($every * 60000 <= $__interval_ms, $every, 1)"
READ_IN_BUCKETS = f"$__timeFilter(g.minute) AND MOD(g.minute_epoch DIV 60, {EVERY_IN_BUCKET}) = 0"


def rows_of(dimension, condition=READ, chosen=True):
    """Known minutes first, then their rows: the order that lets `$every` skip what is not read."""
    return lines("FROM stats_global g",
                 f"STRAIGHT_JOIN {dimension.table} c ON c.minute = g.minute",
                 f"WHERE {condition}" + (f" AND {dimension.chosen}" if chosen else ""))


def ranked(dimension, columns, limit=RANKED_MAX, chosen=True):
    return lines(f'SELECT c.{dimension.column} AS "{dimension.title}",',
                 "  " + ",\n  ".join(columns),
                 rows_of(dimension, chosen=chosen),
                 f"GROUP BY 1 ORDER BY SUM(c.watch_time_seconds) DESC, 1 LIMIT {limit}")


KNOWN_MINUTES = "(SELECT COUNT(*) FROM stats_global g WHERE " + READ + ")"


def over_time_by_value(dimension, value):
    """A line for each of the values that were watched most; 0 in known minutes without a row."""
    most_watched = indented(lines(f"SELECT c.{dimension.column} AS name",
                                  rows_of(dimension),
                                  f"GROUP BY 1 ORDER BY SUM(c.watch_time_seconds) DESC, 1 LIMIT {SERIES_MAX}"))
    return lines("SELECT $__unixEpochGroupAlias(g.minute_epoch,$__interval,NULL),",
                 "  top.name AS metric,",
                 f"  {value} AS value",
                 "FROM stats_global g",
                 f"CROSS JOIN (\n{most_watched}\n) AS top",
                 f"LEFT JOIN {dimension.table} c ON c.minute = g.minute AND c.{dimension.column} = top.name",
                 f"WHERE {READ_IN_BUCKETS}",
                 "GROUP BY 1, 2 ORDER BY 1, 2")


def together(dimension, columns):
    return lines("SELECT " + ",\n  ".join(columns), rows_of(dimension))


def together_over_time(dimension, columns):
    """The chosen values as one: sums in each minute, then the mean of the known minutes. `columns`: {name: SQL}."""
    of_minute = indented(lines("SELECT MAX(g.minute_epoch) AS minute_epoch,",
                               "  " + ",\n  ".join(f"COALESCE({sql}, 0) AS n{i}"
                                                   for i, sql in enumerate(columns.values())),
                               "FROM stats_global g",
                               f"LEFT JOIN {dimension.table} c ON c.minute = g.minute AND {dimension.chosen}",
                               f"WHERE {READ_IN_BUCKETS}",
                               "GROUP BY g.minute"))
    return lines(f"SELECT {TIME},",
                 "  " + ",\n  ".join(f'AVG(n{i}) AS "{name}"' for i, name in enumerate(columns)),
                 f"FROM (\n{of_minute}\n) AS minutes",
                 "GROUP BY 1 ORDER BY 1")


def newest_by_value(dimension, column, name, limit, chosen=True):
    return lines(f'SELECT c.{dimension.column} AS "{dimension.title}", c.{column} AS "{name}"',
                 f"FROM {dimension.table} c",
                 "WHERE c.minute = (SELECT MAX(minute) FROM stats_global",
                 f"    WHERE minute BETWEEN {RECENTLY})",
                 f"  AND {dimension.chosen}" if chosen else "",
                 f"ORDER BY 2 DESC, 1 LIMIT {limit}")


def ranked_against_week_before(dimension):
    now = rows_of(dimension)
    before = rows_of(dimension, "g.minute BETWEEN $__timeFrom() - INTERVAL 7 DAY AND $__timeTo() - INTERVAL 7 DAY"
                                " AND MOD(g.minute_epoch DIV 60, $every) = 0")
    def half(hours, earlier, rows):
        return indented(lines(f"SELECT c.{dimension.column} AS name, {hours} AS hours, {earlier} AS hours_before",
                              rows, "GROUP BY 1"))
    hours = "SUM(c.watch_time_seconds) * $every / 3600"
    return lines(f'SELECT name AS "{dimension.title}",',
                 '  SUM(hours) AS "Watched hours",',
                 '  SUM(hours_before) AS "A week before",',
                 '  SUM(hours) - SUM(hours_before) AS "Difference",',
                 '  SUM(hours) / NULLIF(SUM(hours_before), 0) - 1 AS "Change"',
                 "FROM (",
                 half(hours, "0", now),
                 "  UNION ALL",
                 half("0", hours, before),
                 ") AS both_weeks",
                 f"GROUP BY 1 ORDER BY ABS(SUM(hours) - SUM(hours_before)) DESC, 1 LIMIT {RANKED_MAX}")


# -- variables

def values_of(dimension):
    """Those with a row at or after the range's start, from the two ends of each value's part of its index.

    Grafana does not escape backslashes, so the value that it puts into queries has them twice.
    """
    return lines(f"SELECT {dimension.column} AS __text,",
                 f"  REPLACE({dimension.column}, '\\\\', '\\\\\\\\') AS __value",
                 f"FROM {dimension.table}",
                 f"GROUP BY {dimension.column}",
                 "HAVING MAX(minute) >= $__timeFrom() AND MIN(minute) <= $__timeTo()",
                 f"ORDER BY {dimension.column} LIMIT {VALUES_MAX}")


def every(dimension):
    """One minute in how many to read: from the rows of the newest minute and the length of the range. One line without
    quotes, as the value of a variable has to be.
    """
    newest = f"SELECT MAX(minute) FROM {dimension.table} WHERE minute <= $__timeTo()"
    size = (f"SELECT COUNT(*) AS found, TIMESTAMPDIFF(MINUTE, $__timeFrom(), $__timeTo()) AS minutes"
            f" FROM {dimension.table} WHERE minute = ({newest})")
    wanted = (f"SELECT minutes * found AS many, minutes * GREATEST(found, {ROWS_OF_A_PAGE}) / {ROWS_MAX} AS step"
              f" FROM ({size}) AS size")
    cases = " ".join(f"WHEN step <= {step} THEN {step}" for step in STEPS[:-1])
    return f"(SELECT CASE WHEN many <= {ROWS_MAX} THEN 1 {cases} ELSE {STEPS[-1]} END FROM ({wanted}) AS wanted)"


def indented(text):
    return "\n".join("  " + line for line in text.split("\n"))
