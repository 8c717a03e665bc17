"""The daemon's tables in a database server, as dashboards read them."""

from dashboards import ROOT

NAME = "stream_stats"


def create(server):
    server.create_database(NAME)
    schema = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "sql/mysql").glob("*.sql")))
    server.query(schema, NAME)


def plan(server, sql):
    """(table, type, rows) of each step that reads a table."""
    found = []
    for line in server.query(f"EXPLAIN FORMAT=TRADITIONAL {sql}", NAME):
        more = len(line) - 10  # MySQL has two columns more: partitions, filtered
        table, kind, rows = line[2], line[4 if more else 3], line[-3 if more else -2]
        if not table.startswith("<") and table != "NULL":
            found.append((table, kind, int(rows) if rows.isdecimal() else 0))
    return found


def read_from_end_to_end(steps):
    return [(table, kind) for table, kind, _ in steps if kind in ("ALL", "index")]
