-- Rollups: one row for each minute and value (SEMANTICS, sections 3 and 6).
--
-- Every migration is safe to run twice and ends each statement with a semicolon at the end of a line.
-- Text compares byte by byte (BINARY, the default). Counters are signed, because corrections add negative differences.
-- `minute` is UTC, 'YYYY-MM-DD HH:MM:SS'. The index serves one value over a long time: a channel over a year.

CREATE TABLE IF NOT EXISTS schema_migrations (
    number     INTEGER NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    checksum   TEXT    NOT NULL,
    applied_at TEXT    NOT NULL
);

CREATE TABLE IF NOT EXISTS stats_global (
    minute             TEXT    NOT NULL,
    sessions_started   INTEGER NOT NULL DEFAULT 0,
    sessions_closed    INTEGER NOT NULL DEFAULT 0,
    watch_time_seconds REAL    NOT NULL DEFAULT 0,
    peak_concurrent    INTEGER NOT NULL DEFAULT 0,
    unique_users       INTEGER NOT NULL DEFAULT 0,
    total_bytes        INTEGER NOT NULL DEFAULT 0,
    bandwidth_bps      INTEGER NOT NULL DEFAULT 0,
    bandwidth_mbps     REAL    GENERATED ALWAYS AS (total_bytes * 8e0 / 60 / 1e6) VIRTUAL,
    PRIMARY KEY (minute)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS stats_by_server (
    minute             TEXT    NOT NULL,
    server             TEXT    NOT NULL,
    sessions_started   INTEGER NOT NULL DEFAULT 0,
    sessions_closed    INTEGER NOT NULL DEFAULT 0,
    watch_time_seconds REAL    NOT NULL DEFAULT 0,
    peak_concurrent    INTEGER NOT NULL DEFAULT 0,
    unique_users       INTEGER NOT NULL DEFAULT 0,
    total_bytes        INTEGER NOT NULL DEFAULT 0,
    bandwidth_bps      INTEGER NOT NULL DEFAULT 0,
    bandwidth_mbps     REAL    GENERATED ALWAYS AS (total_bytes * 8e0 / 60 / 1e6) VIRTUAL,
    PRIMARY KEY (minute, server)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS stats_by_server_value ON stats_by_server (server, minute);

CREATE TABLE IF NOT EXISTS stats_by_channel (
    minute             TEXT    NOT NULL,
    channel            TEXT    NOT NULL,
    sessions_started   INTEGER NOT NULL DEFAULT 0,
    sessions_closed    INTEGER NOT NULL DEFAULT 0,
    watch_time_seconds REAL    NOT NULL DEFAULT 0,
    peak_concurrent    INTEGER NOT NULL DEFAULT 0,
    unique_users       INTEGER NOT NULL DEFAULT 0,
    total_bytes        INTEGER NOT NULL DEFAULT 0,
    bandwidth_bps      INTEGER NOT NULL DEFAULT 0,
    bandwidth_mbps     REAL    GENERATED ALWAYS AS (total_bytes * 8e0 / 60 / 1e6) VIRTUAL,
    PRIMARY KEY (minute, channel)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS stats_by_channel_value ON stats_by_channel (channel, minute);

CREATE TABLE IF NOT EXISTS stats_by_country (
    minute             TEXT    NOT NULL,
    country            TEXT    NOT NULL,
    sessions_started   INTEGER NOT NULL DEFAULT 0,
    sessions_closed    INTEGER NOT NULL DEFAULT 0,
    watch_time_seconds REAL    NOT NULL DEFAULT 0,
    peak_concurrent    INTEGER NOT NULL DEFAULT 0,
    unique_users       INTEGER NOT NULL DEFAULT 0,
    total_bytes        INTEGER NOT NULL DEFAULT 0,
    bandwidth_bps      INTEGER NOT NULL DEFAULT 0,
    bandwidth_mbps     REAL    GENERATED ALWAYS AS (total_bytes * 8e0 / 60 / 1e6) VIRTUAL,
    PRIMARY KEY (minute, country)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS stats_by_country_value ON stats_by_country (country, minute);

CREATE TABLE IF NOT EXISTS stats_by_protocol (
    minute             TEXT    NOT NULL,
    protocol           TEXT    NOT NULL,
    sessions_started   INTEGER NOT NULL DEFAULT 0,
    sessions_closed    INTEGER NOT NULL DEFAULT 0,
    watch_time_seconds REAL    NOT NULL DEFAULT 0,
    peak_concurrent    INTEGER NOT NULL DEFAULT 0,
    unique_users       INTEGER NOT NULL DEFAULT 0,
    total_bytes        INTEGER NOT NULL DEFAULT 0,
    bandwidth_bps      INTEGER NOT NULL DEFAULT 0,
    bandwidth_mbps     REAL    GENERATED ALWAYS AS (total_bytes * 8e0 / 60 / 1e6) VIRTUAL,
    PRIMARY KEY (minute, protocol)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS stats_by_protocol_value ON stats_by_protocol (protocol, minute);

CREATE TABLE IF NOT EXISTS stats_by_user_agent (
    minute             TEXT    NOT NULL,
    user_agent_class   TEXT    NOT NULL,
    sessions_started   INTEGER NOT NULL DEFAULT 0,
    sessions_closed    INTEGER NOT NULL DEFAULT 0,
    watch_time_seconds REAL    NOT NULL DEFAULT 0,
    peak_concurrent    INTEGER NOT NULL DEFAULT 0,
    unique_users       INTEGER NOT NULL DEFAULT 0,
    total_bytes        INTEGER NOT NULL DEFAULT 0,
    bandwidth_bps      INTEGER NOT NULL DEFAULT 0,
    bandwidth_mbps     REAL    GENERATED ALWAYS AS (total_bytes * 8e0 / 60 / 1e6) VIRTUAL,
    PRIMARY KEY (minute, user_agent_class)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS stats_by_user_agent_value ON stats_by_user_agent (user_agent_class, minute);
