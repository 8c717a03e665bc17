"""The dashboards of the audience, from the MySQL tables."""

from . import sql
from .panels import (BLUE, GREEN, GREY, ORANGE, PURPLE, RED, bars, custom_variable, dashboard, fixed, graph, override,
                     query_variable, row, rows, series, stat, table, thresholds)

# Where a value of a dimension is looked at more closely.
HOMES = {sql.CHANNEL: "streamstats-channels", sql.SERVER: "streamstats-servers", sql.COUNTRY: "streamstats-audience",
         sql.PROTOCOL: "streamstats-audience", sql.DEVICE: "streamstats-audience"}

# Few enough buckets that long ranges can leave out minutes in each.
POINTS = 200

ESTIMATE = (" While not every minute is read (see “Read”), sums are estimates from those that are, and peaks between"
            " them may be missed.")


def link_to(dimension, value):
    return [{"title": "Show ${" + value + "}",
             "url": f"/d/{HOMES[dimension]}?var-{dimension.variable}=${{{value}:percentencode}}&${{__url_time_range}}"}]


def every_variable(dimension):
    return custom_variable("every", "Minutes read", [("automatic", sql.every(dimension)), ("every one", "1")])


def values_variable(dimension):
    return query_variable(dimension.variable, dimension.title, sql.values_of(dimension), multi=True,
                          all_value=dimension.column)


# -- columns of tables: (SQL, its field's override)

def name_column(dimension):
    return override(dimension.title, links=link_to(dimension, "__value.raw"), custom_minWidth=90)


SHARE = ('SUM(c.watch_time_seconds) / NULLIF(SUM(SUM(c.watch_time_seconds)) OVER (), 0) AS "Share"',
         override("Share", unit="percentunit", decimals=1, min=0, max=1, color=fixed(BLUE), custom_width=125,
                  custom_cellOptions={"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}))
HOURS = ('SUM(c.watch_time_seconds) * $every / 3600 AS "Watched hours"',
         override("Watched hours", unit="locale", decimals=1, custom_width=120))
AVERAGE = (f'SUM(c.watch_time_seconds) / 60 / {sql.KNOWN_MINUTES} AS "Average viewers"',
           override("Average viewers", unit="locale", decimals=1, custom_width=130))
PEAK = ('MAX(c.peak_concurrent) AS "Peak viewers"', override("Peak viewers", unit="locale", custom_width=110))
USERS = ('MAX(c.unique_users) AS "Peak users"', override("Peak users", unit="locale", custom_width=100))
STARTED = ('SUM(c.sessions_started) * $every AS "Sessions"', override("Sessions", unit="locale", custom_width=100))
TRAFFIC = ('SUM(c.total_bytes) * $every AS "Traffic"', override("Traffic", unit="decbytes", custom_width=100))
BITRATE = ('SUM(c.total_bytes) * 8 / NULLIF(SUM(c.watch_time_seconds), 0) AS "Bitrate"',
           override("Bitrate", unit="bps", custom_width=100))

ABOUT_COLUMNS = ("Share: part of the watch time of all chosen values. Watched hours: sum of watch_time_seconds. Average"
                 " viewers: watch time by time. Peak viewers: most sessions open at one instant (peak_concurrent). Peak"
                 " users: most distinct viewers within one minute (unique_users), which cannot be added up."
                 " Sessions (started), traffic (total_bytes): sums. Bitrate: bits sent by second watched.")


def ranking(dimension, columns, width, height, title=None, chosen=True, limit=sql.RANKED_MAX):
    return table(title or f"{dimension.plural.capitalize()}, most watched first",
                 f"The {limit} {dimension.plural} with most watch time in the range. {ABOUT_COLUMNS}{ESTIMATE}",
                 rows(sql.ranked(dimension, [column for column, _ in columns], limit, chosen)), width, height,
                 overrides=[name_column(dimension)] + [field for _, field in columns])


def now(dimension, width, height):
    return bars(f"{dimension.plural.capitalize()} now",
                f"Viewers (peak_concurrent) in the newest minute of the range, the {sql.SERIES_MAX} with most of them.",
                rows(sql.newest_by_value(dimension, "peak_concurrent", "Viewers", sql.SERIES_MAX)), width, height,
                unit="locale")


def viewers_by_value(dimension, width, height):
    return graph(f"Viewers by {dimension.title.lower()}",
                 f"Most sessions open at one instant of each bucket (peak_concurrent), of the {sql.SERIES_MAX} with"
                 f" most watch time. Peaks of different {dimension.plural} come at different instants: their sum means"
                 f" nothing.{ESTIMATE}",
                 [series(sql.over_time_by_value(dimension, "MAX(COALESCE(c.peak_concurrent, 0))"))], width, height,
                 unit="short", beside=True, points=POINTS)


def bandwidth_by_value(dimension, width, height):
    return graph(f"Bandwidth by {dimension.title.lower()}",
                 f"Mean bandwidth_mbps of each bucket, of the {sql.SERIES_MAX} with most watch time.{ESTIMATE}",
                 [series(sql.over_time_by_value(dimension, "SUM(COALESCE(c.bandwidth_mbps, 0)) / COUNT(*)"))],
                 width, height, unit="Mbits", beside=True, points=POINTS)


def users_by_value(dimension, width, height):
    return graph(f"Unique users by {dimension.title.lower()}",
                 f"Distinct viewers within one minute (unique_users), the highest minute of each bucket, of the"
                 f" {sql.SERIES_MAX} with most watch time. They cannot be added up, neither over minutes nor over"
                 f" {dimension.plural}.{ESTIMATE}",
                 [series(sql.over_time_by_value(dimension, "MAX(COALESCE(c.unique_users, 0))"))], width, height,
                 unit="short", beside=True, points=POINTS)


def bitrate_by_value(dimension, width, height):
    return graph(f"Bitrate per viewer by {dimension.title.lower()}",
                 f"Bits sent by second watched, of the {sql.SERIES_MAX} with most watch time: falls when players switch"
                 f" to a lower quality. A gap: nobody watched.{ESTIMATE}",
                 [series(sql.over_time_by_value(
                     dimension, "SUM(c.total_bytes) * 8 / NULLIF(SUM(c.watch_time_seconds), 0)"))], width, height,
                 unit="bps", legend=("mean", "lastNotNull"), beside=True, fill=0, points=POINTS)


def share_over_time(dimension, width, height):
    return graph(f"Share by {dimension.title.lower()}",
                 f"Part of the watch time of all viewers, of the {sql.SERIES_MAX} with most of it. What is missing to"
                 f" 100 % are the others.{ESTIMATE}",
                 [series(sql.over_time_by_value(
                     dimension,
                     "SUM(COALESCE(c.watch_time_seconds, 0)) / NULLIF(SUM(g.watch_time_seconds), 0)"))], width, height,
                 unit="percentunit", decimals=1, legend=("mean", "lastNotNull"), beside=True, stacked=True, fill=60,
                 maximum=1,
                 points=POINTS)


def chosen_together(dimension, width, height):
    columns = [f'SUM(c.watch_time_seconds) / 60 / {sql.KNOWN_MINUTES} AS "Average viewers"', HOURS[0], STARTED[0],
               TRAFFIC[0], BITRATE[0]]
    return stat(f"Chosen {dimension.plural} together", "Watch time by time, watched hours, sessions started, traffic"
                f" (total_bytes), bits sent by second watched.{ESTIMATE}",
                [rows(sql.together(dimension, columns))], width, height, unit="locale", decimals=0, no_value="none",
                overrides=[override("Traffic", unit="decbytes", decimals=1),
                           override("Bitrate", unit="bps", decimals=1),
                           override("Average viewers", decimals=1)])


def minutes_read(dimension, width, height):
    return stat("Read", "Minutes that the numbers by value come from. “Automatic” reads every minute, until a range"
                f" holds more than {sql.ROWS_MAX // 10**6} million rows; then one in 7, 13, 61 or 601, and sums are"
                " estimates. Choose “every one” for exact numbers, which take their time.",
                [rows(f'SELECT $every AS "Read" FROM {dimension.table} WHERE minute <= $__timeTo() LIMIT 1')], width,
                height, unit="prefix:1 minute in ", no_value="nothing",
                mappings=[{"type": "value", "options": {"1": {"text": "every minute", "index": 0}}}])


def together(dimension, width, height):
    return graph(f"Chosen {dimension.plural} together: average viewers",
                 f"Watch time by time, added up over the chosen {dimension.plural}: averages can be added, peaks"
                 f" cannot.{ESTIMATE}",
                 [series(sql.together_over_time(dimension, {"Viewers": "SUM(c.watch_time_seconds) / 60"}))],
                 width, height, unit="short", color=fixed(BLUE), legend=("min", "max", "lastNotNull"), points=POINTS)


def started_and_closed(dimension, width, height):
    return graph(f"Chosen {dimension.plural} together: sessions started and closed",
                 f"sessions_started and sessions_closed per minute, added up over the chosen {dimension.plural}; closes"
                 f" that were inferred are among them.{ESTIMATE}",
                 [series(sql.together_over_time(dimension, {"Started": "SUM(c.sessions_started)",
                                                            "Closed": "SUM(c.sessions_closed)"}))],
                 width, height, unit="cpm", overrides=START_AND_CLOSE, legend=("max", "lastNotNull"), points=POINTS)


START_AND_CLOSE = [override("Started", color=fixed(GREEN)), override("Closed", color=fixed(ORANGE))]


def against_week_before(dimension, width, height):
    steps = thresholds((RED,), (-0.1, "text"), (0.1, GREEN))
    return table(f"{dimension.plural.capitalize()} against the week before",
                 "Watched hours of the range, and of the same range seven days earlier; the greatest differences first."
                 f" No change is shown where there was nothing before.{ESTIMATE}",
                 rows(sql.ranked_against_week_before(dimension)), width, height,
                 overrides=[name_column(dimension),
                            override("Watched hours", unit="locale", decimals=1, custom_width=115),
                            override("A week before", unit="locale", decimals=1, custom_width=115),
                            override("Difference", unit="locale", decimals=1, custom_width=90),
                            override("Change", unit="percentunit", decimals=1, thresholds=steps, custom_width=90,
                                     custom_cellOptions={"type": "color-text"})])


# -- dashboards

def headline():
    return [
        stat("Viewers now", "peak_concurrent of the newest minute: most sessions open at one instant of it.",
             [rows(sql.newest("peak_concurrent", "Viewers"))], 3, 4, unit="locale"),
        stat("Average viewers", "Watch time of the range by its known minutes, and the change against the same range"
             " seven days earlier.", [rows(sql.compared_with_week_before("Viewers"))], 4, 4, unit="locale", decimals=0,
             no_value="–",
             overrides=[override("vs. a week before", unit="percentunit", decimals=1,
                                 thresholds=thresholds((RED,), (-0.1, "text"), (0.1, GREEN)))]),
        stat("Peak viewers", "Highest peak_concurrent of the range.",
             [series(sql.over_time('MAX(peak_concurrent) AS "Viewers"'))], 3, 4, unit="locale", calc="max",
             graph="area", steps=thresholds((BLUE,))),
        stat("Peak users", "Most distinct viewers within one minute of the range (unique_users). They"
             " cannot be added up over minutes.",
             [series(sql.over_time('MAX(unique_users) AS "Users"'))], 3, 4, unit="locale", calc="max", graph="area",
             steps=thresholds((GREEN,))),
        stat("Bandwidth now", "bandwidth_mbps of the newest minute.",
             [rows(sql.newest("bandwidth_mbps", "Bandwidth"))], 3, 4, unit="Mbits"),
        stat("Traffic", "Sum of total_bytes over the range.",
             [rows(sql.in_all('COALESCE(SUM(total_bytes), 0) AS "Traffic"'))], 3, 4, unit="decbytes"),
        stat("Watched hours", "Sum of watch_time_seconds over the range, in hours.",
             [rows(sql.in_all('COALESCE(SUM(watch_time_seconds), 0) / 3600 AS "Hours"'))], 3, 4, unit="locale",
             decimals=0),
        stat("Lag", "Time since the newest minute that is in the database has ended. Above five minutes, what"
             " this page shows is old: the daemon or the database is away.",
             [rows(sql.age_of_newest("Age"))], 2, 4, unit="dthms",
             steps=thresholds((GREEN,), (180, ORANGE), (300, RED))),
    ]


def graphs_of_all():
    return [
        graph("Viewers", "Most at once: peak_concurrent, the highest minute of each bucket. Average: watch time by"
              " time. A week before: the peaks of seven days earlier. A gap: minutes that the daemon did not write.",
              [series(sql.over_time('MAX(peak_concurrent) AS "Most at once"',
                                    'SUM(watch_time_seconds) / 60 / COUNT(*) AS "Average"')),
               series(sql.week_before("MAX(peak_concurrent)", "A week before"))], 16, 9, unit="short",
              overrides=[override("Most at once", color=fixed(BLUE)),
                         override("Average", color=fixed(GREEN), custom_fillOpacity=0),
                         override("A week before", color=fixed(GREY), custom_fillOpacity=0,
                                  custom_lineStyle={"fill": "dash", "dash": [6, 6]})]),
        graph("Bandwidth", "Mean bandwidth_mbps of each bucket.",
              [series(sql.over_time('SUM(bandwidth_mbps) / COUNT(*) AS "Bandwidth"'))], 8, 9, unit="Mbits",
              color=fixed(PURPLE)),
        graph("Sessions started and closed", "sessions_started and sessions_closed per minute, mean of each bucket."
              " Closes that were inferred are among them.",
              [series(sql.over_time('SUM(sessions_started) / COUNT(*) AS "Started"',
                                    'SUM(sessions_closed) / COUNT(*) AS "Closed"'))], 8, 8, unit="cpm",
              overrides=START_AND_CLOSE),
        graph("Unique users", "Distinct viewers within one minute (unique_users), the highest minute of each bucket.",
              [series(sql.over_time('MAX(unique_users) AS "Users in a minute"'))], 8, 8, unit="short",
              color=fixed(GREEN)),
        graph("Bitrate per viewer", "Bits sent by second watched: falls when players switch to a lower quality. A gap:"
              " nobody watched.",
              [series(sql.over_time('SUM(total_bytes) * 8 / NULLIF(SUM(watch_time_seconds), 0) AS "Bitrate"'))], 8, 8,
              unit="bps", color=fixed(ORANGE), legend=("mean", "lastNotNull"), fill=0),
    ]


def overview():
    def top(dimension, columns, width, height, limit):
        return ranking(dimension, columns, width, height, f"Top {dimension.plural}", chosen=False, limit=limit)

    panels = headline() + graphs_of_all() + [
        row("Who watches what"),
        top(sql.CHANNEL, [SHARE, AVERAGE, PEAK, HOURS], 12, 11, 50),
        top(sql.COUNTRY, [SHARE, AVERAGE, PEAK, HOURS], 12, 11, 50),
        top(sql.SERVER, [SHARE, AVERAGE, TRAFFIC], 8, 9, 20),
        top(sql.PROTOCOL, [SHARE, AVERAGE, BITRATE], 8, 9, 20),
        top(sql.DEVICE, [SHARE, AVERAGE, BITRATE], 8, 9, 20),
        minutes_read(sql.CHANNEL, 8, 3),
    ]
    return dashboard("streamstats-overview", "Overview", "All viewers together, and who they are.", panels,
                     [every_variable(sql.CHANNEL)])


def drill_down(dimension, title):
    panels = [
        minutes_read(dimension, 4, 4), chosen_together(dimension, 20, 4),
        now(dimension, 6, 10),
        ranking(dimension, [SHARE, HOURS, AVERAGE, PEAK, USERS, STARTED, TRAFFIC, BITRATE], 18, 10),
        viewers_by_value(dimension, 12, 9), bandwidth_by_value(dimension, 12, 9),
        users_by_value(dimension, 12, 9), bitrate_by_value(dimension, 12, 9),
        together(dimension, 12, 8), started_and_closed(dimension, 12, 8),
        row("Against the week before", collapsed=[against_week_before(dimension, 24, 12)]),
    ]
    return dashboard(HOMES[dimension], title, f"{title}, ranked and compared. Dimensions are counted apart from each"
                     f" other: choosing {dimension.plural} here filters {dimension.plural}, and nothing else.", panels,
                     [values_variable(dimension), every_variable(dimension)])


def audience():
    panels = [minutes_read(sql.COUNTRY, 4, 4), chosen_together(sql.COUNTRY, 20, 4)]
    for dimension in (sql.COUNTRY, sql.PROTOCOL, sql.DEVICE):
        panels += [
            row(dimension.plural.capitalize()),
            ranking(dimension, [SHARE, AVERAGE, PEAK, HOURS, TRAFFIC], 12, 9),
            viewers_by_value(dimension, 12, 9), share_over_time(dimension, 8, 9), bandwidth_by_value(dimension, 8, 9),
            users_by_value(dimension, 8, 9),
        ]
    panels.append(row("Against the week before", collapsed=[
        against_week_before(dimension, 8, 12) for dimension in (sql.COUNTRY, sql.PROTOCOL, sql.DEVICE)]))
    return dashboard("streamstats-audience", "Audience", "Countries, protocols and device classes. Each filter applies"
                     " to its own section: dimensions are counted apart from each other.", panels,
                     [values_variable(sql.COUNTRY), values_variable(sql.PROTOCOL), values_variable(sql.DEVICE),
                      every_variable(sql.COUNTRY)])


def dashboards():
    return {"overview": overview(), "channels": drill_down(sql.CHANNEL, "Channels"),
            "servers": drill_down(sql.SERVER, "Servers"), "audience": audience()}
