#!/usr/bin/env bash
# Makes the pictures of the live page in docs/images: light, dark and of a phone's width, with a simulated audience.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib/say.sh
. scripts/lib/say.sh
# shellcheck source=scripts/lib/packages.sh
. scripts/lib/packages.sh
# shellcheck source=scripts/lib/build.sh
. scripts/lib/build.sh

case ${1:-} in
    '' | [!-]*) ;;
    *)
        echo "Usage: scripts/screenshots.sh [FOLDER]      (docs/images unless told otherwise; it takes a minute)"
        [[ $1 == --help || $1 == -h ]] || exit 2
        exit 0
        ;;
esac

folder=${1:-docs/images}
install_packages "${build_packages[@]}" "${browser_packages[@]}"
configure build/release -D CMAKE_BUILD_TYPE=Release -D STREAMSTATS_TESTS=OFF
build build/release streamstatsd
STREAMSTATSD=$PWD/build/release/streamstatsd PYTHONDONTWRITEBYTECODE=1 python3 tests/web/pictures.py "$folder"
say "Pictures are in $folder:"
du -b "$folder"/page-*.png
