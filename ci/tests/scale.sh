#!/usr/bin/env bash
# A history of 64 series and 1,000 nights: how long the index, the site and a browser take. It prints figures; the machine decides what
# they are, so nothing is asserted but that all is there.
# tests: by-hand
#
# scale.sh [NIGHTS]; KEEP=DIR keeps the site, SHOTS=PREFIX takes pictures of it.
set -euo pipefail
cd "$(dirname "$0")/../.."
nightjar=${NIGHTJAR:-build/rel/nightjar} nights=${1:-1000}
T=$(mktemp -d)
trap '[[ -n ${KEEP:-} ]] && cp -r "$T/site" "$KEEP"; rm -rf "$T"' EXIT
timed() {
    local what=$1 out
    shift
    out=$({ TIMEFORMAT='%R s, %U s of CPU'; time "$@" >"$T/out"; } 2>&1)
    echo "$what: $out"
}
make -s build/rel/ci/tests/test_scale
build/rel/ci/tests/test_scale "$T/history" "$nights"
du -sb "$T/history/runs" | awk -v n="$nights" '{ print "a night: " int($1 / n) " bytes" }'
timed "$nights runs indexed" "$nightjar" history list --store "$T/history"
[[ $(wc -l <"$T/out") == "$nights" ]] || { echo "not all runs are listed"; exit 1; }
one=$(find "$T/history/runs" -name '*.gz' | sort | sed -n "$((nights / 2))p")
mv "$one" "$T/one" && "$nightjar" history list --store "$T/history" >"$T/out" && mv "$T/one" "$one"
timed "one more, and the list" "$nightjar" history list --store "$T/history"
timed "the list alone" "$nightjar" history list --store "$T/history"
timed "trend" "$nightjar" trend --store "$T/history" --dry-run --max-age 0
timed "site" "$nightjar" site --store "$T/history" -o "$T/site"
find "$T/site" -type f -printf '%s bytes  %P\n' | sort -rn | head -n 4
chromium=$(command -v "${CHROMIUM:-chromium}" || true)
[[ -n $chromium ]] && command -v node >/dev/null || { echo "no Chromium or no node: nothing was drawn"; exit 0; }
node ci/tests/scale.mjs "$T/site/index.html" "${SHOTS:-}"
