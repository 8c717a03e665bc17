#!/usr/bin/env bash
# run_mutant.sh RULE PROGRAM…: whether one of these test programs fails when the rule is broken.
set -euo pipefail

rule=$1
shift
export STREAMSTATS_MUTANT=$rule STREAMSTATS_TERSE=1

for program in "$@"; do
    # What hangs has noticed, too.
    output=$(timeout 120 "$program" --abort 2>&1) && continue
    name=$(basename "$program")
    printf 'noticed by %s in: %s\n' "${name#mutants_}" "$(awk '/^-----/ { getline; print; exit }' <<<"$output")"
    exit 0
done
printf 'SURVIVED: no test fails when this rule is broken: %s\n' "$rule"
exit 1
