#!/usr/bin/env bash
# run_mutant.sh RULE PROGRAM…: whether one of these test programs fails when the rule is broken.
set -euo pipefail

rule=$1
shift
export STREAMSTATS_MUTANT=$rule STREAMSTATS_TERSE=1 STREAMSTATS_SEEDS=1000

# What runs in circles, or waits for ever, has noticed, too. A slow machine has not: the first is in seconds of its time.
ulimit -t 120
for program in "$@"; do
    output=$(timeout 900 "$program" --abort 2>&1) && continue
    name=$(basename "$program")
    printf 'noticed by %s in: %s\n' "${name#mutants_}" "$(awk '/^-----/ { getline; print; exit }' <<<"$output")"
    exit 0
done
printf 'SURVIVED: no test fails when this rule is broken: %s\n' "$rule"
exit 1
