#!/usr/bin/env bash
# Lives of a daemon on a simulated disk, clock, network and store, one for each seed, on all cores. The first seed that
# fails is made small and told as a story.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib/say.sh
. scripts/lib/say.sh
# shellcheck source=scripts/lib/build.sh
. scripts/lib/build.sh

usage() {
    cat <<'END'
Usage: scripts/simulate-faults.sh --seeds N [--from S]
       scripts/simulate-faults.sh --seed S

  --seeds N   so many lives, of the seeds S, S + 1, …
  --from S    the first seed; the default is one that has not been there: the time in seconds times a million
  --seed S    this one alone; it is told as a story if it fails
  --help      this text
END
}

seeds=0
from=$(($(date +%s) * 1000000))
while (($# > 0)); do
    case $1 in
        --seeds) seeds=${2:?--seeds needs a number} ;;
        --from) from=${2:?--from needs a number} ;;
        --seed) seeds=1 from=${2:?--seed needs a number} ;;
        --help | -h)
            usage
            exit 0
            ;;
        *)
            usage >&2
            exit 2
            ;;
    esac
    shift 2
done
if ((seeds < 1)); then
    usage >&2
    exit 2
fi

configure build/check -D CMAKE_BUILD_TYPE=RelWithDebInfo -D STREAMSTATS_WERROR=ON
build build/check simulate_seeds
program=build/check/tests/simulation/simulate_seeds

workers=$(nproc)
((workers <= seeds)) || workers=$seeds
results=$(mktemp -d)
pids=()
# shellcheck disable=SC2317  # called by the trap
stop() {
    ((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null || true
    rm -rf "$results"
}
trap stop EXIT

say "$seeds seeds from $from on $workers cores"
for ((worker = 0; worker < workers; ++worker)); do
    count=$(((seeds - worker + workers - 1) / workers))
    "$program" $((from + worker)) "$count" "$workers" >"$results/$worker" 2>&1 &
    pids+=($!)
done

# seeds_done: of all workers, as far as they have said.
seeds_done() {
    awk '/^[0-9]+ done$/ { latest[FILENAME] = $1 } END { for (f in latest) sum += latest[f]; print sum + 0 }' "$results"/*
}

said=0
while running=$(jobs -rp) && [[ -n $running ]]; do
    sleep 1
    finished=$(seeds_done)
    if ((finished >= said + seeds / 20 + 100)); then
        said=$finished
        say "$finished of $seeds, $(duration $SECONDS)"
    fi
done

code=0
for ((worker = 0; worker < workers; ++worker)); do
    wait "${pids[$worker]}" && continue
    code=1
    grep --invert-match --extended-regexp '^[0-9]+ done$' "$results/$worker" || true
done
pids=()
((code != 0)) || say "all $seeds seeds end as they must, $(duration $SECONDS)"
exit "$code"
