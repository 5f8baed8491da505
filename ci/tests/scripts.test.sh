#!/usr/bin/env bash
# Oracle: scripts planted here, each with one thing that only some machines' tools can do, and beside it what all can.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
failed=0
mkdir -p "$root/ci" "$root/x/tests"
cp "$here/check.sh" "$root/ci/"
git -C "$root" init -q

# finds KIND LINE: a script with this line is refused, with file and line; finds "" LINE: it is not
finds() {
    local status=0 want=1
    printf '#!/bin/sh\n%s\n' "$2" >"$root/x/tests/planted.sh"
    [ -n "$1" ] || want=0
    "$root/ci/check.sh" scripts >"$root/out" 2>&1 || status=$?
    [ "$status" -eq "$want" ] && { [ -z "$1" ] || grep -qF "$1: x/tests/planted.sh:2:" "$root/out"; } && return
    echo "FAIL $2: exit status $status, $(cat "$root/out")"
    failed=1
}
interval='an interval in a regular expression of awk' gawk='a function or variable of gawk'
python='python3 of no path, /usr/bin/python3 has Debian'"'"'s modules'
finds "$interval" "awk '\$1 ~ /^[0-9]{4}\$/ { print }'"
finds "$interval" "awk '{ gsub(/[0-9A-F]{12}/, \"x\"); print }'"
finds "$gawk" "awk '{ print gensub(/a/, \"b\", 1) }'"
finds "$gawk" "awk '{ n = asort(a) }'"
finds "$gawk" "awk 'BEGIN { PROCINFO[\"sorted_in\"] = 1 }'"
finds "$python" 'python3 - <<END'
finds "$python" 'x=1; if python3 -c "import jsonschema"; then :; fi'
finds "a timeout below 1000 s" 'timeout 20 ./emu'
finds "" 'timeout 1000 ./emu'
finds "" "awk '{ gsub(/[0-9]+/, \"x\"); if (\$1 ~ /^a\$/) { print 1 } }'"
finds "" 'grep -qE "^[0-9]{4}$" file; [[ $x =~ ^[0-9]{4}$ ]]'
finds "" '/usr/bin/python3 -c "import jsonschema"'

mkdir -p "$root/emulator/tests/user"
echo 'long fd = CALL(NR_memfd_create, "x", 0);' >"$root/emulator/tests/user/planted.c"
"$root/ci/check.sh" scripts >"$root/out" 2>&1 && { echo "FAIL memfd_create in a guest program is not found"; failed=1; }
grep -qF 'memfd_create, use nameless_file(): emulator/tests/user/planted.c:1:' "$root/out" || { cat "$root/out"; failed=1; }
exit $failed
