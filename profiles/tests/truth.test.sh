#!/usr/bin/env bash
# Oracle: the emulator's own count of retired guest instructions, which it keeps by the budget and not by the profile, and the interpreter.
# tests: rel
#
# `nightjar profile` exits with 3 unless hits times instructions are exactly the retired instructions and the parts exactly the whole.
set -euo pipefail
cd "$(dirname "$0")/../.."
nightjar=${NIGHTJAR:-build/rel/nightjar} emu=${EMU:-build/rel/emu}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

profile() { # GUEST WORKLOAD FEATURES ENGINE OUT
    "$nightjar" profile "$2" --guest "$1" --emu "$emu" --features="$3" --engine "$4" --rank guest --pairs 0 -q --export csv -o "$5" ||
        fail "profile $1 $2 features $3 engine $4: exit code $?"
}

has_guest() { "$emu" --version=json | grep -q "\"$1\"" && [ -r "build/workloads/$1/$2-test.elf" ]; }

for w in "rv64 dhrystone all" "rv64 dhrystone none" "rv64 dispatch all,-chain" "rv64 patch all" "rx dhrystone none" "rx strings all"; do
    read -r guest name features <<<"$w"
    has_guest "$guest" "$name" || { echo "skipped: $w"; continue; }
    profile "$guest" "$name" "$features" jit "$dir/x"
done
echo "exact: jit"

# Blocks are the same in both engines while every unit is one block: the same guest pcs, the same hits, to the last one.
for w in "rv64 dhrystone" "rv64 coremark" "rx dhrystone"; do
    read -r guest name <<<"$w"
    has_guest "$guest" "$name" || continue
    profile "$guest" "$name" all,-region jit "$dir/jit"
    profile "$guest" "$name" all,-region interp "$dir/interp"
    for side in jit interp; do cut -d, -f2,3,8,9 "$dir/$side/blocks.csv" >"$dir/$side.csv"; done
    [ "$(wc -l <"$dir/jit.csv")" -gt 50 ] || fail "$w: too few blocks"
    # Ties may stand in another order: the sets are compared, and the hottest ten by count alone.
    diff <(sort "$dir/jit.csv") <(sort "$dir/interp.csv") || fail "$w: jit and interp differ"
    diff <(head -n 11 "$dir/jit.csv" | cut -d, -f4) <(head -n 11 "$dir/interp.csv" | cut -d, -f4) || fail "$w: another ranking"
done
echo "jit and interpreter: the same blocks, the same hits"
