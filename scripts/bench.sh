#!/usr/bin/env bash
# Measures the daemon side by side with a server that does nothing, under the same load, and checks what it stored.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib/say.sh
. scripts/lib/say.sh
# shellcheck source=scripts/lib/packages.sh
. scripts/lib/packages.sh
# shellcheck source=scripts/lib/build.sh
. scripts/lib/build.sh

export PYTHONDONTWRITEBYTECODE=1
for argument in "$@"; do
    if [[ $argument == --help || $argument == -h ]]; then
        exec python3 bench/side_by_side.py --help
    fi
done

install_packages "${bench_packages[@]}"
configure build/release -D CMAKE_BUILD_TYPE=Release -D STREAMSTATS_TESTS=OFF -D STREAMSTATS_BENCH=ON
build build/release streamstatsd bench_null_server
export STREAMSTATSD=${STREAMSTATSD:-$PWD/build/release/streamstatsd}
exec python3 bench/side_by_side.py --null-server build/release/bench/bench_null_server "$@"
