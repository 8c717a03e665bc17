-- `minute` as whole seconds since 1970, for whoever groups or shifts time: unlike UNIX_TIMESTAMP(minute), it does not
-- depend on the time zone of the session that asks. Computed when it is read, so it takes no room and is added at once
-- however long the table is. Conditions belong on `minute`, which has the index.
--
-- A column that is there already is not added again (MySQL knows no ADD COLUMN IF NOT EXISTS; the program looks).

ALTER TABLE stats_global ADD COLUMN minute_epoch BIGINT
    GENERATED ALWAYS AS (TO_SECONDS(minute) - 62167219200) VIRTUAL;
ALTER TABLE stats_by_server ADD COLUMN minute_epoch BIGINT
    GENERATED ALWAYS AS (TO_SECONDS(minute) - 62167219200) VIRTUAL;
ALTER TABLE stats_by_channel ADD COLUMN minute_epoch BIGINT
    GENERATED ALWAYS AS (TO_SECONDS(minute) - 62167219200) VIRTUAL;
ALTER TABLE stats_by_country ADD COLUMN minute_epoch BIGINT
    GENERATED ALWAYS AS (TO_SECONDS(minute) - 62167219200) VIRTUAL;
ALTER TABLE stats_by_protocol ADD COLUMN minute_epoch BIGINT
    GENERATED ALWAYS AS (TO_SECONDS(minute) - 62167219200) VIRTUAL;
ALTER TABLE stats_by_user_agent ADD COLUMN minute_epoch BIGINT
    GENERATED ALWAYS AS (TO_SECONDS(minute) - 62167219200) VIRTUAL;
