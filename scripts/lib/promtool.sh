# shellcheck shell=bash
# promtool, which tests the alert rules. Debian's package prometheus would start a server, so only its program is unpacked.
# Sourced, not run; needs say.sh.

promtool_root=build/prometheus

# Exports PROMTOOL, or says why there is none.
get_promtool() {
    PROMTOOL=$(command -v promtool || echo "$PWD/$promtool_root/usr/bin/promtool")
    export PROMTOOL
    [[ ! -x $PROMTOOL ]] || return 0
    mkdir -p "$promtool_root"
    unpack_promtool >"$promtool_root.log" 2>&1 ||
        say "SKIPPED: tests of the alert rules, as promtool could not be got; $promtool_root.log tells why"
}

unpack_promtool() {
    (cd "$promtool_root" && apt-get download prometheus && dpkg-deb --extract prometheus_*.deb . && rm prometheus_*.deb)
}
