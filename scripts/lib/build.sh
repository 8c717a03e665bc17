# shellcheck shell=bash
# Configuring and building with CMake and Ninja. Sourced, not run.

export NINJA_STATUS='[%f/%t, %es] '

# About 1.5 GB a compiler: fewer jobs than cores where memory is short.
build_jobs() {
    local cores memory_jobs
    cores=$(nproc)
    memory_jobs=$(awk '/^MemAvailable:/ { print int($2 / 1500000) }' /proc/meminfo)
    ((memory_jobs >= 1)) || memory_jobs=1
    echo $((cores < memory_jobs ? cores : memory_jobs))
}

# configure DIRECTORY OPTION…: quiet unless it fails.
configure() {
    local directory=$1 output
    shift
    local options=(-S . -B "$directory" -G Ninja "$@")
    if command -v ccache >/dev/null; then
        options+=(-D CMAKE_CXX_COMPILER_LAUNCHER=ccache)
    fi
    if ! output=$(cmake "${options[@]}" 2>&1); then
        printf '%s\n' "$output" >&2
        return 1
    fi
}

# build DIRECTORY [TARGET…]: shows how far it is; silent when there is nothing to do.
build() {
    local directory=$1 plan
    shift
    local targets=()
    (($# == 0)) || targets=(--target "$@")
    plan=$(cmake --build "$directory" "${targets[@]}" -- -n)
    [[ $plan == *'no work to do'* ]] || cmake --build "$directory" "${targets[@]}" -j "$(build_jobs)"
}
