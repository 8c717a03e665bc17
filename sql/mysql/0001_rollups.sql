-- Rollups: one row for each minute and value (SEMANTICS, sections 3 and 6).
--
-- Every migration is safe to run twice (MySQL commits each CREATE by itself, so a migration may be cut off half way),
-- and ends each statement with a semicolon at the end of a line.
--
-- Key columns compare byte by byte and without padding, so that 'a', 'A' and 'a ' stay three channels. The collation
-- that does so has one name in MySQL and another in MariaDB; each server reads its own from the versioned comments:
--     /*!80017 ... */   MySQL 8.0.17 and later (MariaDB skips version numbers from 50700 to 99999)
--     /*M!100600 ... */ MariaDB 10.6 and later (a plain comment to MySQL)
-- Counters are signed, because corrections add negative differences. `minute` is UTC.
-- The second key serves one value over a long time: a channel over a year.

CREATE TABLE IF NOT EXISTS schema_migrations (
    number     INT         NOT NULL,
    name       VARCHAR(64) NOT NULL,
    checksum   CHAR(16)    NOT NULL,
    applied_at DATETIME    NOT NULL,
    PRIMARY KEY (number)
) ENGINE=InnoDB CHARACTER SET utf8mb4
    /*!80017 COLLATE utf8mb4_0900_bin */ /*M!100600 COLLATE utf8mb4_nopad_bin */;

CREATE TABLE IF NOT EXISTS stats_global (
    minute             DATETIME      NOT NULL,
    sessions_started   BIGINT        NOT NULL DEFAULT 0,
    sessions_closed    BIGINT        NOT NULL DEFAULT 0,
    watch_time_seconds DECIMAL(20,3) NOT NULL DEFAULT 0,
    peak_concurrent    BIGINT        NOT NULL DEFAULT 0,
    unique_users       BIGINT        NOT NULL DEFAULT 0,
    total_bytes        BIGINT        NOT NULL DEFAULT 0,
    bandwidth_bps      BIGINT        NOT NULL DEFAULT 0,
    bandwidth_mbps     DOUBLE        GENERATED ALWAYS AS (total_bytes * 8e0 / 60 / 1e6) VIRTUAL,
    PRIMARY KEY (minute)
) ENGINE=InnoDB CHARACTER SET utf8mb4
    /*!80017 COLLATE utf8mb4_0900_bin */ /*M!100600 COLLATE utf8mb4_nopad_bin */;

CREATE TABLE IF NOT EXISTS stats_by_server (
    minute             DATETIME      NOT NULL,
    server             VARCHAR(255)  NOT NULL,
    sessions_started   BIGINT        NOT NULL DEFAULT 0,
    sessions_closed    BIGINT        NOT NULL DEFAULT 0,
    watch_time_seconds DECIMAL(20,3) NOT NULL DEFAULT 0,
    peak_concurrent    BIGINT        NOT NULL DEFAULT 0,
    unique_users       BIGINT        NOT NULL DEFAULT 0,
    total_bytes        BIGINT        NOT NULL DEFAULT 0,
    bandwidth_bps      BIGINT        NOT NULL DEFAULT 0,
    bandwidth_mbps     DOUBLE        GENERATED ALWAYS AS (total_bytes * 8e0 / 60 / 1e6) VIRTUAL,
    PRIMARY KEY (minute, server),
    KEY by_server (server, minute)
) ENGINE=InnoDB CHARACTER SET utf8mb4
    /*!80017 COLLATE utf8mb4_0900_bin */ /*M!100600 COLLATE utf8mb4_nopad_bin */;

CREATE TABLE IF NOT EXISTS stats_by_channel (
    minute             DATETIME      NOT NULL,
    channel            VARCHAR(255)  NOT NULL,
    sessions_started   BIGINT        NOT NULL DEFAULT 0,
    sessions_closed    BIGINT        NOT NULL DEFAULT 0,
    watch_time_seconds DECIMAL(20,3) NOT NULL DEFAULT 0,
    peak_concurrent    BIGINT        NOT NULL DEFAULT 0,
    unique_users       BIGINT        NOT NULL DEFAULT 0,
    total_bytes        BIGINT        NOT NULL DEFAULT 0,
    bandwidth_bps      BIGINT        NOT NULL DEFAULT 0,
    bandwidth_mbps     DOUBLE        GENERATED ALWAYS AS (total_bytes * 8e0 / 60 / 1e6) VIRTUAL,
    PRIMARY KEY (minute, channel),
    KEY by_channel (channel, minute)
) ENGINE=InnoDB CHARACTER SET utf8mb4
    /*!80017 COLLATE utf8mb4_0900_bin */ /*M!100600 COLLATE utf8mb4_nopad_bin */;

CREATE TABLE IF NOT EXISTS stats_by_country (
    minute             DATETIME      NOT NULL,
    country            VARCHAR(255)  NOT NULL,
    sessions_started   BIGINT        NOT NULL DEFAULT 0,
    sessions_closed    BIGINT        NOT NULL DEFAULT 0,
    watch_time_seconds DECIMAL(20,3) NOT NULL DEFAULT 0,
    peak_concurrent    BIGINT        NOT NULL DEFAULT 0,
    unique_users       BIGINT        NOT NULL DEFAULT 0,
    total_bytes        BIGINT        NOT NULL DEFAULT 0,
    bandwidth_bps      BIGINT        NOT NULL DEFAULT 0,
    bandwidth_mbps     DOUBLE        GENERATED ALWAYS AS (total_bytes * 8e0 / 60 / 1e6) VIRTUAL,
    PRIMARY KEY (minute, country),
    KEY by_country (country, minute)
) ENGINE=InnoDB CHARACTER SET utf8mb4
    /*!80017 COLLATE utf8mb4_0900_bin */ /*M!100600 COLLATE utf8mb4_nopad_bin */;

CREATE TABLE IF NOT EXISTS stats_by_protocol (
    minute             DATETIME      NOT NULL,
    protocol           VARCHAR(255)  NOT NULL,
    sessions_started   BIGINT        NOT NULL DEFAULT 0,
    sessions_closed    BIGINT        NOT NULL DEFAULT 0,
    watch_time_seconds DECIMAL(20,3) NOT NULL DEFAULT 0,
    peak_concurrent    BIGINT        NOT NULL DEFAULT 0,
    unique_users       BIGINT        NOT NULL DEFAULT 0,
    total_bytes        BIGINT        NOT NULL DEFAULT 0,
    bandwidth_bps      BIGINT        NOT NULL DEFAULT 0,
    bandwidth_mbps     DOUBLE        GENERATED ALWAYS AS (total_bytes * 8e0 / 60 / 1e6) VIRTUAL,
    PRIMARY KEY (minute, protocol),
    KEY by_protocol (protocol, minute)
) ENGINE=InnoDB CHARACTER SET utf8mb4
    /*!80017 COLLATE utf8mb4_0900_bin */ /*M!100600 COLLATE utf8mb4_nopad_bin */;

CREATE TABLE IF NOT EXISTS stats_by_user_agent (
    minute             DATETIME      NOT NULL,
    user_agent_class   VARCHAR(255)  NOT NULL,
    sessions_started   BIGINT        NOT NULL DEFAULT 0,
    sessions_closed    BIGINT        NOT NULL DEFAULT 0,
    watch_time_seconds DECIMAL(20,3) NOT NULL DEFAULT 0,
    peak_concurrent    BIGINT        NOT NULL DEFAULT 0,
    unique_users       BIGINT        NOT NULL DEFAULT 0,
    total_bytes        BIGINT        NOT NULL DEFAULT 0,
    bandwidth_bps      BIGINT        NOT NULL DEFAULT 0,
    bandwidth_mbps     DOUBLE        GENERATED ALWAYS AS (total_bytes * 8e0 / 60 / 1e6) VIRTUAL,
    PRIMARY KEY (minute, user_agent_class),
    KEY by_user_agent_class (user_agent_class, minute)
) ENGINE=InnoDB CHARACTER SET utf8mb4
    /*!80017 COLLATE utf8mb4_0900_bin */ /*M!100600 COLLATE utf8mb4_nopad_bin */;
