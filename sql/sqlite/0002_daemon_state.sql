-- What the daemon keeps in the database besides rollups.

-- Open sessions, enough to rebuild them on a machine that lost its disk. `session_key` and `user_key` are keyed hashes;
-- the key is `secret` in daemon_state. user_key and bytes are 64-bit patterns: those above 2^63 look negative here.
-- Times are UTC, 'YYYY-MM-DD HH:MM:SS.mmm'.
CREATE TABLE IF NOT EXISTS active_sessions (
    session_key      BLOB    NOT NULL PRIMARY KEY,
    server           TEXT    NOT NULL,
    session_id       TEXT    NOT NULL,
    user_key         INTEGER NOT NULL,
    user             TEXT    NOT NULL,
    channel          TEXT    NOT NULL,
    country          TEXT    NOT NULL,
    protocol         TEXT    NOT NULL,
    user_agent_class TEXT    NOT NULL,
    opened           TEXT    NOT NULL,
    opened_source    TEXT    NOT NULL,
    started_seen     INTEGER NOT NULL,
    bytes            INTEGER NOT NULL,
    sampled          TEXT    NULL,
    updated          TEXT    NULL
) WITHOUT ROWID;

-- Events that were refused, and why; the newest 10 000.
CREATE TABLE IF NOT EXISTS rejected_events (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    received TEXT NOT NULL,
    field    TEXT NOT NULL,
    message  TEXT NOT NULL,
    json     TEXT NOT NULL
);

-- flush_number, written_before, secret.
CREATE TABLE IF NOT EXISTS daemon_state (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
