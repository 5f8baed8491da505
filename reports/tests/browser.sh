#!/bin/sh
# Opens a report in headless Chromium and uses it: `make browser-test`, or reports/tests/browser.sh [DIR [SCREENSHOT-PREFIX]].
# Without a folder it makes a report of the synthetic sample. Chromium and node are installed here and only here (as root;
# otherwise the line to run is printed).
# tests: by-hand
set -eu
cd "$(dirname "$0")/../.."
unset MAKEFLAGS MFLAGS MAKELEVEL # of the make that called us
missing=
command -v "${CHROMIUM:-chromium}" > /dev/null || missing="$missing chromium"
command -v node > /dev/null || missing="$missing nodejs"
if [ -n "$missing" ]; then
    if [ "$(id -u)" != 0 ]; then
        echo "browser.sh: missing:$missing; run: sudo apt-get install -y --no-install-recommends$missing" >&2
        exit 77
    fi
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing > /dev/null
fi
made=
dir=${1:-}
if [ -z "$dir" ]; then
    made=$(mktemp -d)
    trap 'rm -rf "$made"' EXIT
    dir=$made
    out=build/rel/reports/tests
    make --no-print-directory build/rel/libnightjar.a "build/rel/obj/reports/tests/driver.o" > /dev/null
    mkdir -p "$out"
    gcc -o "$out/driver" build/rel/obj/reports/tests/driver.o build/rel/libnightjar.a -lelf -ldw -ljansson -lgsl -lgslcblas -lZydis -lm
    "$out/driver" -q -o "$dir" reports/tests/sample-run.json
fi
node reports/tests/browser.mjs "$dir/index.html" ${2:+"$2"}
