-- What the daemon keeps in the database besides rollups.

-- Open sessions, enough to rebuild them on a machine that lost its disk. `session_key` and `user_key` are keyed hashes;
-- the key is `secret` in daemon_state. Times are UTC.
CREATE TABLE IF NOT EXISTS active_sessions (
    session_key      BINARY(16)       NOT NULL,
    server           VARCHAR(255)     NOT NULL,
    session_id       VARCHAR(128)     NOT NULL,
    user_key         BIGINT UNSIGNED  NOT NULL,
    user             VARCHAR(255)     NOT NULL,
    channel          VARCHAR(255)     NOT NULL,
    country          VARCHAR(255)     NOT NULL,
    protocol         VARCHAR(255)     NOT NULL,
    user_agent_class VARCHAR(32)      NOT NULL,
    opened           DATETIME(3)      NOT NULL,
    opened_source    VARCHAR(32)      NOT NULL,
    started_seen     TINYINT UNSIGNED NOT NULL,
    bytes            BIGINT UNSIGNED  NOT NULL,
    sampled          DATETIME(3)      NULL,
    updated          DATETIME(3)      NULL,
    PRIMARY KEY (session_key)
) ENGINE=InnoDB CHARACTER SET utf8mb4
    /*!80017 COLLATE utf8mb4_0900_bin */ /*M!100600 COLLATE utf8mb4_nopad_bin */;

-- Events that were refused, and why; the newest 10 000.
CREATE TABLE IF NOT EXISTS rejected_events (
    id       BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    received DATETIME(3)     NOT NULL,
    field    VARCHAR(255)    NOT NULL,
    message  VARCHAR(1024)   NOT NULL,
    json     TEXT            NOT NULL,
    PRIMARY KEY (id)
) ENGINE=InnoDB CHARACTER SET utf8mb4
    /*!80017 COLLATE utf8mb4_0900_bin */ /*M!100600 COLLATE utf8mb4_nopad_bin */;

-- flush_number, written_before, secret.
CREATE TABLE IF NOT EXISTS daemon_state (
    name  VARCHAR(64)  NOT NULL,
    value VARCHAR(255) NOT NULL,
    PRIMARY KEY (name)
) ENGINE=InnoDB CHARACTER SET utf8mb4
    /*!80017 COLLATE utf8mb4_0900_bin */ /*M!100600 COLLATE utf8mb4_nopad_bin */;
