-- The user that Grafana reads with: rollups, and why events were rejected; nothing about single viewers.
--
-- Run it in the daemon's database as somebody who may create users, once the daemon has made its tables:
--     mariadb stream_stats -e "SET @password = 'a password'; SOURCE sql/grafana_reader.sql"
-- Run it again to change the password. Set @host to let the user in from one machine only (the default is '%').

SET @who = CONCAT('''grafana_reader''@', QUOTE(COALESCE(@host, '%')));

-- MariaDB also ends what runs longer than two minutes; to MySQL that is a comment.
SET @statement = CONCAT('CREATE USER IF NOT EXISTS ', @who, ' IDENTIFIED BY ', QUOTE(@password));
PREPARE prepared FROM @statement;
EXECUTE prepared;
SET @statement = CONCAT('ALTER USER ', @who, ' IDENTIFIED BY ', QUOTE(@password),
                        ' WITH MAX_USER_CONNECTIONS 20 /*M!100600 MAX_STATEMENT_TIME 120 */');
PREPARE prepared FROM @statement;
EXECUTE prepared;

SET @statement = CONCAT('GRANT SELECT ON stats_global TO ', @who);
PREPARE prepared FROM @statement;
EXECUTE prepared;
SET @statement = CONCAT('GRANT SELECT ON stats_by_server TO ', @who);
PREPARE prepared FROM @statement;
EXECUTE prepared;
SET @statement = CONCAT('GRANT SELECT ON stats_by_channel TO ', @who);
PREPARE prepared FROM @statement;
EXECUTE prepared;
SET @statement = CONCAT('GRANT SELECT ON stats_by_country TO ', @who);
PREPARE prepared FROM @statement;
EXECUTE prepared;
SET @statement = CONCAT('GRANT SELECT ON stats_by_protocol TO ', @who);
PREPARE prepared FROM @statement;
EXECUTE prepared;
SET @statement = CONCAT('GRANT SELECT ON stats_by_user_agent TO ', @who);
PREPARE prepared FROM @statement;
EXECUTE prepared;
SET @statement = CONCAT('GRANT SELECT (id, received, field, message) ON rejected_events TO ', @who);
PREPARE prepared FROM @statement;
EXECUTE prepared;
DEALLOCATE PREPARE prepared;
