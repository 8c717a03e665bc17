# shellcheck shell=bash
# A MySQL server for the tests, where it can be had. Debian 12 and 13 have none, Debian sid has: it is unpacked into a
# folder of its own and run from there. That needs root, debootstrap and Debian's mirror. Sourced, not run; needs say.sh.

mysql_root=build/mysql
mysql_pid=

# Exports STREAMSTATS_TEST_MYSQL (host:port:user:password), or says why there is none and leaves it unset.
start_mysql() {
    [[ -z ${STREAMSTATS_TEST_MYSQL:-} ]] || return 0
    if [[ $(id -u) != 0 ]] || ! command -v debootstrap >/dev/null; then
        say "SKIPPED: tests with MySQL, which need root and debootstrap (or STREAMSTATS_TEST_MYSQL=host:port:user:password)"
        return 0
    fi
    if ! unpack_mysql >"$mysql_root.log" 2>&1 || ! run_mysql >>"$mysql_root.log" 2>&1; then
        say "SKIPPED: tests with MySQL, which could not be unpacked and started; $mysql_root.log tells why:"
        tail -n 3 "$mysql_root.log" | sed 's/^/    /'
        stop_mysql
        return 0
    fi
    export STREAMSTATS_TEST_MYSQL
    say "MySQL $(chroot "$mysql_root" mysqld --version | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -n 1) runs for the tests"
}

unpack_mysql() {
    [[ ! -e $mysql_root/.complete ]] || return 0
    rm -rf "$mysql_root"
    mkdir -p "$mysql_root"
    timeout 600 debootstrap --variant=minbase --include=mysql-server-core sid "$mysql_root" || return 1
    touch "$mysql_root/.complete"
}

run_mysql() {
    local port
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    rm -rf "$mysql_root/var/lib/tests"
    mkdir -p "$mysql_root/var/lib/tests"
    echo "CREATE USER tester@'127.0.0.1' IDENTIFIED BY 'tester';
          GRANT ALL ON *.* TO tester@'127.0.0.1' WITH GRANT OPTION;" >"$mysql_root/var/lib/tests/init.sql"
    chroot "$mysql_root" mysqld --no-defaults --initialize-insecure --user=root --datadir=/var/lib/tests/data || return 1
    chroot "$mysql_root" mysqld --no-defaults --user=root --datadir=/var/lib/tests/data --socket=/var/lib/tests/socket \
        --pid-file=/var/lib/tests/pid --port="$port" --bind-address=127.0.0.1 --mysqlx=0 --secure-file-priv=NULL \
        --init-file=/var/lib/tests/init.sql --innodb-buffer-pool-size=64M &
    mysql_pid=$!
    local tries
    for ((tries = 0; tries < 600; ++tries)); do
        kill -0 "$mysql_pid" 2>/dev/null || return 1
        if python3 -c "import socket; socket.create_connection(('127.0.0.1', $port), 1)" 2>/dev/null; then
            STREAMSTATS_TEST_MYSQL=127.0.0.1:$port:tester:tester
            return 0
        fi
        sleep 0.1
    done
    return 1
}

stop_mysql() {
    [[ -n $mysql_pid ]] || return 0
    kill "$mysql_pid" 2>/dev/null || true
    wait "$mysql_pid" 2>/dev/null || true
    mysql_pid=
}
