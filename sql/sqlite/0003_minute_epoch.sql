-- `minute` as whole seconds since 1970, as in the other databases. Computed when it is read. Conditions belong on `minute`,
-- which has the index.
--
-- A column that is there already is not added again (SQLite knows no ADD COLUMN IF NOT EXISTS; the program looks).

ALTER TABLE stats_global ADD COLUMN minute_epoch INTEGER
    GENERATED ALWAYS AS (CAST(strftime('%s', minute) AS INTEGER)) VIRTUAL;
ALTER TABLE stats_by_server ADD COLUMN minute_epoch INTEGER
    GENERATED ALWAYS AS (CAST(strftime('%s', minute) AS INTEGER)) VIRTUAL;
ALTER TABLE stats_by_channel ADD COLUMN minute_epoch INTEGER
    GENERATED ALWAYS AS (CAST(strftime('%s', minute) AS INTEGER)) VIRTUAL;
ALTER TABLE stats_by_country ADD COLUMN minute_epoch INTEGER
    GENERATED ALWAYS AS (CAST(strftime('%s', minute) AS INTEGER)) VIRTUAL;
ALTER TABLE stats_by_protocol ADD COLUMN minute_epoch INTEGER
    GENERATED ALWAYS AS (CAST(strftime('%s', minute) AS INTEGER)) VIRTUAL;
ALTER TABLE stats_by_user_agent ADD COLUMN minute_epoch INTEGER
    GENERATED ALWAYS AS (CAST(strftime('%s', minute) AS INTEGER)) VIRTUAL;
