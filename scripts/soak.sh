#!/usr/bin/env bash
# Kills a daemon and its database under load, again and again; the rows must be those of the acknowledged events.
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
Usage: scripts/soak.sh [--kills N] [--seconds-between S] [--store mysql|sqlite] [--seed NUMBER]

  --kills N             kill -9 of the daemon so often (100), at work, in its start and in its drain; besides it is
                        stopped with SIGTERM now and then, and the database is killed
  --seconds-between S   between two of them on average (2)
  --store mysql         a MariaDB of its own, from Debian's packages (default); or sqlite
  --seed NUMBER         of the audience and of the moments; those of the machine remain random

The exit status is 0 if every row is true in the end. STREAMSTATSD names a binary to use instead of building one.
END
}

if [[ ${1:-} == --help || ${1:-} == -h ]]; then
    usage
    exit 0
fi

if [[ -z ${STREAMSTATSD:-} ]]; then
    install_packages "${build_packages[@]}" python3 mariadb-server-core mariadb-client-core
    configure build/release -D CMAKE_BUILD_TYPE=Release -D STREAMSTATS_TESTS=OFF
    build build/release streamstatsd
    STREAMSTATSD=$PWD/build/release/streamstatsd
fi
export STREAMSTATSD PYTHONDONTWRITEBYTECODE=1
exec python3 tests/integration/soak.py "$@"
