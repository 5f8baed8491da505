#!/usr/bin/env bash
# Oracle: faults that are planted: each is found, made small and becomes a case, and the case is right without the fault. And logs
# that are none are refused.
set -uo pipefail
cd "$(dirname "$0")/../.."
out=build/rel/emulator/tests work=$(mktemp -d) status=0
trap 'rm -rf "$work"' EXIT
for b in diff/test_streams guest/test_rx_streams opt/test_opt_random emit/test_units fuzz/test_corpus; do
    make --no-print-directory -s "build/rel/emulator/tests/$b" || exit 1
done
fail() {
    echo "FAIL $*"
    status=1
}
# small NAME MOST WORD COMMAND...: COMMAND with a seed for {} prints a case of at most MOST items or instructions, with WORD in it
small() {
    local name=$1 most=$2 word=$3 left seed
    shift 3
    for ((seed = 1; seed < 300; seed++)); do "${@//\{\}/$seed}" >"$work/$name.txt" 2>"$work/err" && break; done
    ((seed < 300)) || { fail "$name: the fault was not found: $*"; return; }
    left=$(sed -nE 's/.*: ([0-9]+) of [0-9]+ (items|instructions) are left$/\1/p' "$work/$name.txt")
    ((${left:-999} <= most)) || fail "$name: ${left:-no} items are left: $*"
    grep -q "$word" "$work/$name.txt" || fail "$name: there is no $word in the case"
    sed -n 's/^[#;] \(.* are left\)$/\1/p' "$work/$name.txt"
}
small streams 5 ': [c.]*sub' $out/diff/test_streams --plant --seed={} --shrink
small rx 4 ': xor' $out/guest/test_rx_streams --shrink {} plant
small passes 12 'xor' env NJ_PLANT=1 $out/opt/test_opt_random --shrink {}
small units 8 'xor' env NJ_PLANT=1 $out/emit/test_units --shrink {}

# An input: libFuzzer is not in `make test`, so that the line of a corpus alone is tried.
printf 'ab\n' >"$work/input"
[[ $($out/fuzz/test_corpus --lines "$work/input") == 61620a ]] || fail "an input as a line"
$out/fuzz/test_corpus --file elf "$work/input" || fail "an input of a file"
ci/fuzz.sh --shrink "$work/input" >/dev/null 2>&1
[[ $? == 64 ]] || fail "a file that is no log was not refused"
ci/fuzz.sh -t nothing >/dev/null 2>&1
[[ $? == 64 ]] || fail "a target that is not there was not refused"
exit $status
