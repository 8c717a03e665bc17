# shellcheck shell=bash
# How the scripts talk. Sourced, not run.

say() {
    printf '==> %s\n' "$*"
}

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# duration SECONDS: "3 min 05 s", "12 s".
duration() {
    if (($1 >= 60)); then
        printf '%d min %02d s' $(($1 / 60)) $(($1 % 60))
    else
        printf '%d s' "$1"
    fi
}
