# shellcheck shell=bash
# A run of several stages: each says what it does, how far the run is and how long it took; one that fails does not stop
# the next. Sourced, not run; needs say.sh.

results_dir=build/results
stage_lines=()
stage_number=0
stages_failed=0
tests_passed=0
tests_failed=0

begin_stages() {
    stage_count=$1
    rm -rf "$results_dir"
    mkdir -p "$results_dir"
}

# stage TITLE COMMAND…: the command runs in a subshell of its own that ends at the first error.
stage() {
    local title=$1 began=$SECONDS code
    shift
    stage_number=$((stage_number + 1))
    echo
    say "[$stage_number/$stage_count] $title"
    set +e
    (
        set -e
        "$@"
    )
    code=$?
    set -e
    local outcome=ok
    if ((code != 0)); then
        outcome=FAILED
        stages_failed=$((stages_failed + 1))
    fi
    stage_lines+=("$(printf '%-8s %-12s %s' "$outcome" "$(duration $((SECONDS - began)))" "$title")")
    say "[$stage_number/$stage_count] $outcome after $(duration $((SECONDS - began)))"
}

# The numbers of what a stage has run, kept in files because a stage is a subshell: keep_counts NAME PASSED FAILED.
keep_counts() {
    echo "$2 $3" >"$results_dir/$1.counts"
}

# keep_failed NAME LINE…: what failed in a stage, told again at the end of the run.
keep_failed() {
    local name=$1
    shift
    (($# == 0)) || printf '         %s\n' "$@" >"$results_dir/$name.failed"
}

# failed_ctests DIRECTORY: the tests that failed in the last run of ctest there.
failed_ctests() {
    local log=$1/Testing/Temporary/LastTestsFailed.log
    [[ ! -e $log ]] || sed 's/^[0-9]*://' "$log"
}

# why_failed DIRECTORY: what was found there, in the words of Catch2 and of the sanitizers; the logs around it are long.
why_failed() {
    local log=$1/Testing/Temporary/LastTest.log
    [[ ! -e $log ]] ||
        grep --extended-regexp --after-context=4 '^SUMMARY: |runtime error: |: FAILED:$|^terminate called' "$log" |
        grep --extended-regexp --invert-match '^[0-9T:.-]+Z (info|warning|error) ' | head -n 40 || true
}

# failed_unittests LOG: likewise of the run of Python's unittest in a log.
failed_unittests() {
    sed -n -E 's/^(FAIL|ERROR): //p' "$1"
}

# count_catch LOG: "PASSED FAILED" of all Catch2 programs whose output is in a log of ctest.
count_catch() {
    awk '/^All tests passed \(/ { match($0, /in [0-9]+ test case/); passed += substr($0, RSTART + 3) + 0 }
         /^test cases: / {
             for (i = 1; i < NF; ++i) {
                 if ($(i + 1) == "passed") passed += $i
                 if ($(i + 1) ~ /^failed/) failed += $i
             }
         }
         END { print passed + 0, failed + 0 }' "$1"
}

# count_unittest LOG: "PASSED FAILED" of the run of Python's unittest in a log. What was skipped is neither.
count_unittest() {
    awk '/^Ran [0-9]+ tests? in/ { ran = $2 }
         /^(OK|FAILED)/ {
             for (i = 1; i <= NF; ++i) {
                 number = $i
                 gsub(/[^0-9]/, "", number)
                 if ($i ~ /(failures|errors|successes)=/) failed += number
                 if ($i ~ /skipped=/) skipped += number
             }
         }
         END { print ran - failed - skipped, failed + 0 }' "$1"
}

sum_up() {
    local file passed failed line
    for file in "$results_dir"/*.counts; do
        [[ -e $file ]] || continue
        read -r passed failed <"$file"
        tests_passed=$((tests_passed + passed))
        tests_failed=$((tests_failed + failed))
    done
    # A stage that failed without a failed test (it did not build, a check complained) is a failure, too.
    ((tests_failed >= stages_failed)) || tests_failed=$stages_failed
    printf '\n'
    for line in "${stage_lines[@]}"; do printf '%s\n' "$line"; done
    for file in "$results_dir"/*.failed; do
        [[ ! -e $file ]] || printf '\nFailed, in %s:\n%s\n' "$(basename "$file" .failed)" "$(<"$file")"
    done
}
