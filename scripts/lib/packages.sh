# shellcheck shell=bash
# What Debian 12 and 13 have to provide, under the same names, and how to get it. Sourced, not run.

# To build and run the daemon.
build_packages=(
    g++ cmake ninja-build pkg-config git ca-certificates curl
    libboost-dev libmysqlcppconn-dev libsqlite3-dev libssl-dev libsystemd-dev zlib1g-dev
    libsimdjson-dev nlohmann-json3-dev libspdlog-dev libcli11-dev prometheus-cpp-dev libxxhash-dev
    libjs-dygraphs
)

# To see the page as a browser shows it.
browser_packages=(chromium chromium-driver python3)

# To run every test and check.
# shellcheck disable=SC2034  # used by test.sh
test_packages=(
    "${build_packages[@]}" "${browser_packages[@]}"
    catch2 ccache clang libclang-rt-dev clang-format clang-tidy shellcheck python3 python3-yaml python3-jsonschema
    sqlite3 systemd mariadb-server-core mariadb-client-core debootstrap
)

# To build and run the benchmarks (STREAMSTATS_BENCH).
# shellcheck disable=SC2034  # for bench.sh
bench_packages=("${build_packages[@]}" libbenchmark-dev python3 wrk)

# missing_packages NAME…: those that are not installed, one a line.
missing_packages() {
    local installed name
    # The exit status only says that some are not there.
    installed=$(dpkg-query --show --showformat '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
    for name in "$@"; do
        grep -qxF "$name installed" <<<"$installed" || echo "$name"
    done
}

as_root() {
    if [[ $(id -u) == 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "this needs root and there is no sudo; run as root: $*"
    fi
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"
}

# install_packages NAME…: does nothing when all are there. The lists of apt are fetched only if what they say no longer
# works out.
install_packages() {
    local missing=()
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]} > 0)) || return 0
    command -v apt-get >/dev/null || fail "these packages are missing and there is no apt-get: ${missing[*]}"
    say "Installing ${#missing[@]} missing packages: ${missing[*]}"
    if ! apt_install "${missing[@]}"; then
        say "Fetching the lists of packages and trying again"
        as_root apt-get update
        apt_install "${missing[@]}"
    fi
}
