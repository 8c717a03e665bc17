#!/usr/bin/env bash
# Installs the data sources, dashboards and alert rules of streamstats into a Grafana on this machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib/say.sh
. scripts/lib/say.sh

usage() {
    cat <<'END'
Usage: sudo scripts/install-grafana.sh [OPTION…]

The password of the database user is taken from STREAMSTATS_GRAFANA_DB_PASSWORD, or asked for. Run it again to change
something, or after an upgrade.

  --database HOST:PORT   MySQL or MariaDB, default localhost:3306
  --name NAME            the database, default stream_stats
  --user NAME            who reads it (sql/grafana_reader.sql), default grafana_reader
  --prometheus URL       for the dashboard Operations and most alerts, default http://localhost:9090
  --no-alerts            leave the alert rules out (where Prometheus evaluates grafana/prometheus.rules.yml)
  --provisioning DIR     default /etc/grafana/provisioning
  --dashboards DIR       default /var/lib/grafana/dashboards/streamstats
  --service NAME         the systemd service that gets the password and is restarted, default grafana-server; none: print
                         what to do instead
  --remove               take everything away again
  --help                 this text
END
}

database=localhost:3306
name=stream_stats
user=grafana_reader
prometheus=http://localhost:9090
alerts=yes
provisioning=/etc/grafana/provisioning
dashboards=/var/lib/grafana/dashboards/streamstats
service=grafana-server
remove=no

# With STREAMSTATS_SYSTEMD_DIR the unit files of a test are somewhere else.
units=${STREAMSTATS_SYSTEMD_DIR:-/etc/systemd/system}

while (($# > 0)); do
    case $1 in
        --database | --name | --user | --prometheus | --provisioning | --dashboards | --service)
            (($# > 1)) || fail "$1 needs a value"
            declare "${1#--}=$2"
            shift 2
            ;;
        --no-alerts) alerts=no && shift ;;
        --remove) remove=yes && shift ;;
        --help | -h) usage && exit 0 ;;
        *) usage >&2 && exit 2 ;;
    esac
done

for value in "$database" "$name" "$user" "$prometheus" "$dashboards"; do
    # They are written into YAML, where Grafana replaces $NAME.
    [[ $value =~ ^[A-Za-z0-9_./:@%+~-]+$ ]] || fail "'$value' holds a character that does not belong there"
done

drop_in=$units/$service.service.d/streamstats.conf
secret=$units/$service.service.d/streamstats.env

# written FILE < TEXT: writes a file that everybody may read.
written() {
    install -D -m 644 /dev/stdin "$1"
    say "wrote $1"
}

remove_all() {
    rm -f "$provisioning"/{datasources,dashboards,alerting}/streamstats.yaml "$dashboards"/*/*.json \
        "$drop_in" "$secret"
    rmdir --ignore-fail-on-non-empty "$dashboards"/* "$dashboards" "${drop_in%/*}" 2>/dev/null || true
    say 'removed; Grafana forgets the dashboards when it starts, data sources and rules are deleted in its pages'
}

write_provisioning() {
    sed -e "s|^\( *url: \)localhost:3306\$|\1$database|" -e "s|^\( *user: \).*|\1$user|" \
        -e "s|^\( *database: \).*|\1$name|" -e "s|^\( *url: \)http://localhost:9090\$|\1$prometheus|" \
        grafana/provisioning/datasources/streamstats.yaml | written "$provisioning/datasources/streamstats.yaml"
    sed -e "s|^\( *path: \).*|\1$dashboards|" \
        grafana/provisioning/dashboards/streamstats.yaml | written "$provisioning/dashboards/streamstats.yaml"
    if [[ $alerts == yes ]]; then
        written "$provisioning/alerting/streamstats.yaml" <grafana/provisioning/alerting/streamstats.yaml
    fi
}

write_dashboards() {
    local file
    for file in grafana/dashboards/*/*.json; do
        written "$dashboards/${file#grafana/dashboards/}" <"$file"
    done
}

# Inside double quotes of an environment file, systemd unescapes these four.
quoted_for_systemd() {
    printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"$`]/\\&/g')"
}

write_password() {
    if [[ $service == none ]]; then
        say 'Set STREAMSTATS_GRAFANA_DB_PASSWORD in the environment of Grafana and restart it'
        return
    fi
    local password=${STREAMSTATS_GRAFANA_DB_PASSWORD:-}
    [[ -n $password ]] || read -r -s -p "Password of $user: " password
    [[ -n $password && $password != *$'\n'* ]] || fail 'a password of one line is needed'
    # A file of its own: systemctl shows everybody what a unit sets itself.
    (umask 077 && mkdir -p "${secret%/*}" && printf 'STREAMSTATS_GRAFANA_DB_PASSWORD=%s\n' \
        "$(quoted_for_systemd "$password")" >"$secret")
    chmod 755 "${secret%/*}"
    printf '[Service]\nEnvironmentFile=%s\n' "$secret" | written "$drop_in"
}

restart() {
    [[ $service != none ]] || return 0
    if systemctl cat "$service" >/dev/null 2>&1; then
        systemctl daemon-reload
        systemctl restart "$service"
        say "restarted $service"
    else
        say "there is no service $service here: start Grafana again by yourself"
    fi
}

if [[ $remove == yes ]]; then
    remove_all
else
    write_password
    write_provisioning
    write_dashboards
fi
restart
[[ $remove == yes ]] || say 'Next: open the folder Streamstats in Grafana'
