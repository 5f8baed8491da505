#!/usr/bin/env bash
# Oracle: the text itself: written twice it is the same; code without a pass differs, and the difference is shown; another
# program is not compared; the instructions that are listed make 90 % of what the emulator says of its units.
set -euo pipefail
cd "$(dirname "$0")/../.."
nightjar=$(realpath "${NIGHTJAR:-build/rel/nightjar}") emu=$(realpath "${EMU:-build/rel/emu}")
[[ -e build/workloads/rv64/dhrystone-test.elf && -e build/workloads/rx/coremark-test.elf ]] || { echo "no build/workloads: run make workloads"; exit 1; }
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
fail() { echo "FAILED: $*" >&2; cat "$T/log" >&2; exit 1; }
expect() {
    local want=$1 got=0
    shift
    "$@" >"$T/log" 2>&1 || got=$?
    [[ $got == "$want" ]] || fail "exit $got, expected $want: $*"
}
golden() { "$nightjar" golden --emu "$emu" --dir "$T/golden" "$@"; }
expect 65 golden
expect 0 golden --update
expect 0 golden
[[ $(grep -c 'the same' "$T/log") == 4 ]] || fail "four programs"
"$emu" --host-isa=v2 --features=all --profile="$T/b.json" --profile-code build/workloads/rv64/dhrystone-test.elf >/dev/null
all=$(jq '[.units[].host[] | select(.why != "count") | .hits] | add' "$T/b.json")
awk -v all="$all" '!/^#/ && NF { n += $1 } END { exit !(n >= 0.9 * all && n < 0.97 * all) }' "$T/golden/rv64-dhrystone.txt" ||
    fail "the lines of rv64-dhrystone.txt do not make 90 % of $all"
printf '#!/bin/sh\nfor a; do case $a in --features=all) a=--features=all,-cse ;; esac; set -- "$@" "$a"; shift; done\nexec "%s" "$@"\n' "$emu" >"$T/emu" && chmod +x "$T/emu"
expect 1 "$nightjar" golden --emu "$T/emu" --dir "$T/golden"
grep -q 'hot code has changed' "$T/log" && grep -q '^+' "$T/log" || fail "the difference"
sed -i '1s/ELF ............/ELF 000000000000/' "$T/golden/rx-coremark.txt"
expect 3 golden
grep -q 'rx-coremark.txt: of another program' "$T/log" || fail "another program"
expect 65 golden --elf-dir "$T"
expect 64 golden left-over
"$nightjar" golden --help | grep -q -- --update || fail "--help"
echo "golden: ok"
