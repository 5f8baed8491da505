#!/usr/bin/env bash
# Oracle: the text itself: written twice it is the same; code without a pass differs, and the difference is shown; another
# program is not compared; jq picks the same blocks and lines from the emulator's profile.
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
only() { golden --only rv64-dhrystone "$@"; }
expect 65 only
expect 0 golden --update
[[ $(ls "$T/golden") == "$(ls ci/golden)" ]] || fail "four programs"
expect 0 only
[[ $(grep -c 'the same' "$T/log") == 1 ]] || fail "--only"
"$emu" --host-isa=v2 --features=all --profile="$T/b.json" --profile-code build/workloads/rv64/dhrystone-test.elf >/dev/null
read -r blocks lines < <(jq -r '[.units[].host | map(select(.why != "count" and .hits > 0)) | group_by(.block)[] | map(.hits) |
    {n: add, lines: (max as $most | map(select(. >= 0.01 * $most)) | length)}] | sort_by(-.n) | (map(.n) | add) as $all |
    reduce .[] as $b ({sum: 0, blocks: 0, lines: 0}; if .sum < 0.9 * $all then {sum: (.sum + $b.n), blocks: (.blocks + 1), lines: (.lines + $b.lines)} else . end) |
    "\(.blocks) \(.lines)"' "$T/b.json")
one=$T/golden/rv64-dhrystone.txt
[[ $blocks -gt 5 && $(grep -c '^## ' "$one") == "$blocks" && $(grep -vc '^#\|^$' "$one") == "$lines" ]] || fail "not $blocks blocks of $lines lines"
grep -q '^## strcmp+0x[0-9a-f]* (0x[0-9a-f]*), region of .*: [0-9]* %, [0-9.]*k times$' "$one" || fail "no strcmp: $(grep '^## ' "$one")"
! grep -nE '0x0000[0-9A-F]{9}|[ ,]\.[0-9]' "$one" || fail "something in it is of this run alone"
# A share moves with every other block; how often a block runs does not.
cp "$one" "$T/kept"
sed -i '0,/: [0-9]* %, /s//: 99 %, /' "$one"
expect 0 only
grep -q 'shares have moved' "$T/log" || fail "a share"
sed -i '0,/%, [0-9.]*k times/s//%, 9k times/' "$one"
expect 1 only
grep -q 'of [0-9]* blocks 1 differ, 0 are new, 0 are gone' "$T/log" && grep -q 'make golden' "$T/log" || fail "how often"
cp "$T/kept" "$one"
printf '#!/bin/sh\nfor a; do case $a in --features=all) a=--features=all,-cse ;; esac; set -- "$@" "$a"; shift; done\nexec "%s" "$@"\n' "$emu" >"$T/emu" && chmod +x "$T/emu"
expect 1 "$nightjar" golden --emu "$T/emu" --dir "$T/golden" --only rv64-dhrystone
grep -q 'hot code has changed: of [0-9]* blocks [0-9]* differ' "$T/log" && grep -q '^+' "$T/log" || fail "the difference"
sed -i '1s/ELF ............/ELF 000000000000/' "$T/golden/rx-coremark.txt"
expect 3 golden --only rx-coremark
grep -q 'rx-coremark.txt: of another program' "$T/log" || fail "another program"
expect 65 golden --elf-dir "$T"
expect 64 golden left-over
expect 64 golden --only rv64-quicksort
"$nightjar" golden --help | grep -q -- --update || fail "--help"
echo "golden: ok"
