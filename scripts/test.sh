#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test and check. The last line says how many passed and failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib/say.sh
. scripts/lib/say.sh
# shellcheck source=scripts/lib/packages.sh
. scripts/lib/packages.sh
# shellcheck source=scripts/lib/build.sh
. scripts/lib/build.sh
# shellcheck source=scripts/lib/stages.sh
. scripts/lib/stages.sh
# shellcheck source=scripts/lib/mysql.sh
. scripts/lib/mysql.sh
# shellcheck source=scripts/lib/promtool.sh
. scripts/lib/promtool.sh

usage() {
    cat <<'END'
Usage: scripts/test.sh [--quick]

  --quick   only the tests of one build and the runs of the real binary; no MySQL, sanitizers, clang or style checks
  --help    this text
END
}

quick=no
for argument in "$@"; do
    case $argument in
        --quick) quick=yes ;;
        --help | -h)
            usage
            exit 0
            ;;
        *)
            usage >&2
            exit 2
            ;;
    esac
done

# The parts that have threads; TSan has nothing to find in the others.
threaded_tests=(telemetry journal pipeline http app)

# run_ctest NAME DIRECTORY OPTION…
run_ctest() {
    local name=$1 directory=$2 code=0 passed failed names=()
    shift 2
    rm -f "$directory/Testing/Temporary/LastTestsFailed.log"
    ctest --test-dir "$directory" --output-on-failure --no-tests=error --parallel "$(nproc)" "$@" || code=$?
    mapfile -t names < <(failed_ctests "$directory")
    ((code == 0)) || mapfile -t -O "${#names[@]}" names < <(why_failed "$directory")
    keep_failed "$name" "${names[@]}"
    read -r passed failed < <(count_catch "$directory/Testing/Temporary/LastTest.log")
    ((code == 0 || failed > 0)) || failed=1 # a program that crashed counted nothing
    keep_counts "$name" "$passed" "$failed"
    return "$code"
}

with_gcc() {
    configure build/check -D CMAKE_BUILD_TYPE=RelWithDebInfo -D STREAMSTATS_WERROR=ON
    build build/check
    run_ctest check build/check
}

# sanitized NAME SANITIZERS OPTIONS TESTS…: without tests, all of them. OPTIONS are words for CMake.
sanitized() {
    local name=$1 sanitizers=$2 options=() prefix=() targets=() only=() names=() code=0
    read -ra options <<<"$3"
    shift 3
    configure "build/$name" -D CMAKE_BUILD_TYPE=Debug -D CMAKE_CXX_FLAGS_DEBUG='-O1 -g1' \
        -D STREAMSTATS_SANITIZE="$sanitizers" "${options[@]}"
    if (($# > 0)); then
        targets=("${@/#/test_}")
        only=(--tests-regex "^($(IFS='|' && echo "$*"))\$")
    fi
    build "build/$name" "${targets[@]}"
    # The thread sanitizer of older compilers does not cope with the address layout of newer kernels.
    if setarch --addr-no-randomize true 2>/dev/null; then prefix=(setarch --addr-no-randomize); fi
    rm -f "build/$name/Testing/Temporary/LastTestsFailed.log"
    env ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1 \
        "${prefix[@]}" ctest --test-dir "build/$name" --output-on-failure --no-tests=error \
        --parallel "$(nproc)" "${only[@]}" || code=$?
    mapfile -t names < <(failed_ctests "build/$name")
    ((code == 0)) || mapfile -t -O "${#names[@]}" names < <(why_failed "build/$name")
    keep_failed "$name" "${names[@]}"
    return "$code"
}

fuzzed() {
    local targets=()
    configure build/fuzz -D CMAKE_CXX_COMPILER=clang++ -D CMAKE_BUILD_TYPE=Debug -D CMAKE_CXX_FLAGS_DEBUG='-O1 -g1' \
        -D STREAMSTATS_SANITIZE=address,undefined -D STREAMSTATS_FUZZ=ON
    mapfile -t targets < <(sed -n 's/^streamstats_fuzzer(\([a-z_]*\).*/fuzz_\1/p' tests/fuzz/CMakeLists.txt)
    build build/fuzz "${targets[@]}"
    run_ctest fuzz build/fuzz --tests-regex '^fuzz\.'
}

check_format() {
    local version files=()
    version=$(clang-format --version | grep --only-matching --extended-regexp 'version [0-9]+' || true)
    if [[ $version != 'version 14' ]]; then
        say "SKIPPED: the format is that of clang-format 14 (Debian 12), and here is $version"
        return
    fi
    mapfile -t files < <(git ls-files '*.cpp' '*.hpp')
    clang-format --dry-run -Werror "${files[@]}"
    say "${#files[@]} files are formatted"
}

check_scripts() {
    local files=()
    mapfile -t files < <(git ls-files '*.sh' .ci/run)
    shellcheck --external-sources "${files[@]}"
    say "${#files[@]} scripts are fine"
}

# run_unittest FOLDER: the Python tests in tests/FOLDER, by its run.py if it has one.
run_unittest() {
    local log=$results_dir/$1.log code=0 passed failed names=()
    local runner=(-m unittest discover --verbose --start-directory "tests/$1" --pattern 'test_*.py')
    [[ ! -e tests/$1/run.py ]] || runner=("tests/$1/run.py")
    STREAMSTATSD=$PWD/build/check/streamstatsd PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
        python3 "${runner[@]}" 2>&1 |
        tee "$log" || code=$?
    read -r passed failed < <(count_unittest "$log")
    ((code == 0 || failed > 0)) || failed=1
    keep_counts "$1" "$passed" "$failed"
    mapfile -t names < <(failed_unittests "$log")
    keep_failed "$1" "${names[@]}"
    grep --extended-regexp ' skipped ' "$log" | sed 's/^/SKIPPED: /' || true
    return "$code"
}

with_grafana() {
    [[ $quick == yes ]] || get_promtool
    run_unittest grafana
}

have_black_box_tests() {
    compgen -G 'tests/integration/test_*.py' >/dev/null
}

install_packages "${test_packages[@]}"

stage_total=3
! have_black_box_tests || stage_total=$((stage_total + 1))
[[ $quick == yes ]] || stage_total=$((stage_total + 5))
begin_stages "$stage_total"

trap stop_mysql EXIT
if [[ $quick == no ]]; then
    say 'Getting a MySQL server to test with; the first time it is unpacked, which takes some minutes'
    mkdir -p build
    start_mysql
fi

stage 'g++, warnings are errors: build and test' with_gcc
! have_black_box_tests || stage 'the real binary over HTTP, with SQLite, MariaDB and MySQL' run_unittest integration
stage 'the live page in headless Chromium' run_unittest web
stage 'Grafana: dashboards, alert rules and every query, on MariaDB and MySQL' with_grafana
if [[ $quick == no ]]; then
    stage 'scripts: shellcheck' check_scripts
    stage 'format: clang-format' check_format
    # One build for the three, so that clang-tidy looks only at what has changed since it was last content.
    stage 'clang++ and clang-tidy, warnings are errors, address and undefined behaviour sanitizers: build and test' \
        sanitized asan address,undefined '-D CMAKE_CXX_COMPILER=clang++ -D STREAMSTATS_WERROR=ON -D STREAMSTATS_TIDY=ON'
    stage 'fuzzers: build and run for some seconds' fuzzed
    stage 'thread sanitizer: build and test what has threads' sanitized tsan thread '' "${threaded_tests[@]}"
fi

sum_up
printf '\nNext: scripts/run.sh --simulate starts the daemon with an audience to watch. All took %s.\n\n' \
    "$(duration $SECONDS)"
echo "$tests_passed passed, $tests_failed failed"
((tests_failed == 0))
