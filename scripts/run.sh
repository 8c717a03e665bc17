#!/usr/bin/env bash
# From a clone to a running daemon: installs what is missing, builds, starts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib/say.sh
. scripts/lib/say.sh
# shellcheck source=scripts/lib/packages.sh
. scripts/lib/packages.sh
# shellcheck source=scripts/lib/build.sh
. scripts/lib/build.sh

usage() {
    cat <<'END'
Usage: scripts/run.sh [--simulate] [ARGUMENT…]

Installs what is missing (apt), builds an optimised streamstatsd in build/release and starts it on port 5000 with the
embedded store in ./data. Ctrl-C stops it. STREAM_* variables and further arguments go to the daemon.

  --simulate   also start a simulated audience that posts to it
  --help       this text
END
}

daemon=
audience=
binary=build/release/streamstatsd
address=http://localhost:${STREAM_HTTP_PORT:-5000}

# In sessions of their own: Ctrl-C reaches this script alone, which then asks each of them once.
start_daemon() {
    setsid "$binary" serve "$@" &
    daemon=$!
}

start_audience() {
    # Its last ten minutes are told at once, so that the first flush has whole minutes to write.
    setsid "$binary" simulate --url "$address/api/webhook" --backdate 600 &
    audience=$!
}

# shellcheck disable=SC2317  # called by the trap
stop_all() {
    trap - INT TERM
    [[ -z $audience ]] || kill -TERM "$audience" 2>/dev/null || true
    [[ -z $daemon ]] || kill -TERM "$daemon" 2>/dev/null || true
    [[ -z $audience ]] || wait "$audience" || true
    local code=0
    [[ -z $daemon ]] || wait "$daemon" || code=$?
    exit "$code"
}

wait_until_ready() {
    local tries
    for ((tries = 0; tries < 300; ++tries)); do
        ! curl --silent --fail --output /dev/null --max-time 1 "$address/health" || return 0
        kill -0 "$daemon" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}

next_things() {
    cat <<END

==> streamstatsd listens on $address. Try:

  curl $address/api/webhook --json '{"event":"play_started","id":"1","server":"edge1","media":"news","ip":"192.0.2.1","proto":"hls"}'
  curl $address/stats/active
END
    if [[ -n $audience ]]; then
        cat <<END

A simulated audience is posting to it. See the numbers move, now and from the next full minute on:

  $address/  (in a browser)
  sqlite3 -header -column ${STREAM_DATA_DIR:-data}/stream_stats.db 'SELECT * FROM stats_global ORDER BY minute DESC LIMIT 5'
END
    fi
    printf '\nCtrl-C stops it.\n\n'
}

simulate=no
daemon_arguments=()
for argument in "$@"; do
    case $argument in
        --simulate) simulate=yes ;;
        --help | -h)
            usage
            exit 0
            ;;
        *) daemon_arguments+=("$argument") ;;
    esac
done

install_packages "${build_packages[@]}"
say "Building in build/release"
configure build/release -D CMAKE_BUILD_TYPE=Release -D STREAMSTATS_TESTS=OFF
build build/release streamstatsd

say "Starting $binary"
trap stop_all INT TERM
start_daemon "${daemon_arguments[@]}"
if ! wait_until_ready; then
    code=0
    wait "$daemon" || code=$?
    fail "the daemon did not get ready (exit code $code); its log is above"
fi
[[ $simulate == no ]] || start_audience
next_things
code=0
wait "$daemon" || code=$?
daemon=
[[ -z $audience ]] || kill -TERM "$audience" 2>/dev/null || true
exit "$code"
