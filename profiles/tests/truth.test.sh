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
    "$nightjar" profile "$2" --size test --guest "$1" --emu "$emu" --features="$3" --engine "$4" --rank guest --pairs 0 -q --export csv -o "$5" ||
        fail "profile $1 $2 features $3 engine $4: exit code $?"
}

has_guest() { "$emu" --version=json | grep -q "\"$1\"" && [ -r "build/workloads/$1/$2-test.elf" ]; }

for w in "rv64 dhrystone all" "rv64 dhrystone none" "rv64 dispatch all,-chain" "rv64 patch all" "rx dhrystone none" "rx dhrystone all" "rx strings all"; do
    read -r guest name features <<<"$w"
    has_guest "$guest" "$name" || { echo "skipped: $w"; continue; }
    profile "$guest" "$name" "$features" jit "$dir/x"
done
echo "exact: jit"

# What blocks do beside computing adds up to what the emulator counts when it happens, and to what the program asks for, which no
# switch changes: accesses are the loads and stores that retired, and those that were left for the run loop; all_flags are those that retired
# instructions define, and those of instructions whose access was left.
counts() { # GUEST WORKLOAD FEATURES
    "$emu" --features="$3" --profile="$dir/p" --profile-code --stats="$dir/s" "build/workloads/$1/$2-test.elf" >/dev/null ||
        fail "$1 $2 features $3: exit code $?"
    jq -c -n --slurpfile p "$dir/p" --slurpfile s "$dir/s" '
        def sum(f): reduce f as $x (0; . + $x);
        def flags: if test("^(add|sub|cmp) .*\\[") then 4 elif test("^(and|or|xor|tst) .*\\[") then 2 else 0 end; # of RX
        [$p[0].blocks[].calls[] | select(.op == "load" or .op == "store")] as $left
        | ([$p[0].units[].blocks[].guest[] | {(.gpc): .text}] | add) as $text
        | ($p[0].units | map(.blocks[])) as $b | ($b | map(.counts)) as $c | $s[0].counters as $k
        | {accesses: sum($c[].accesses),
           left: sum($left[].leaves),
           all_flags: (sum($c[].flags_defined) + sum($left[] | .leaves * ($text[.gpc] | flags))),
           flags_defined: sum($c[].flags_defined), flags_computed: sum($c[].flags_computed), flags_fused: sum($c[].flags_fused),
           insns: sum($b[].guest[] | select(.kind | test("^(c\\.)?(l[bhwd]u?|s[bhwd]|lwsp|ldsp|swsp|sdsp)$")) | .retired),
           why: sum($b[].why.spill // 0), spilled: sum($c[] | .spill_stores + .spill_loads),
           exact: ($k.slow_loads + $k.slow_stores == sum($c[] | .tlb_misses + .unprobed)
                   and $k.bounds_failed == sum($c[].strays) + sum($p[0].blocks[].calls[] | select(.op == "bound") | .leaves)
                   and $k.helper_calls == sum($c[].helpers)
                   and sum($c[].tlb_probes) == sum($c[] | .tlb_hits + .tlb_misses)
                   and all($c[]; .accesses >= .tlb_probes + .unprobed))}'
}
for w in "rv64 pressure" "rv64 dhrystone" "rx dhrystone" "rx coremark"; do
    read -r guest name <<<"$w"
    has_guest "$guest" "$name" || continue
    all=$(counts "$guest" "$name" all) none=$(counts "$guest" "$name" none)
    for c in "$all" "$none"; do jq -e .exact >/dev/null <<<"$c" || fail "$w: $c"; done
    [ "$(jq -c '[.accesses, .all_flags]' <<<"$all")" = "$(jq -c '[.accesses, .all_flags]' <<<"$none")" ] ||
        fail "$w: a switch changes what the program does: $all $none"
    case $guest in
    rv64) jq -e '.accesses - .left == .insns and .insns > 100000 and .flags_defined == 0' >/dev/null <<<"$all" ;;
    rx) jq -e -n --argjson a "$all" --argjson n "$none" '$n.flags_computed == $n.flags_defined and $n.flags_fused == 0
            and $a.flags_computed * 50 < $a.flags_defined and $a.flags_fused > 10000' >/dev/null ;;
    esac || fail "$w: all on: $all, all off: $none"
    [ "$name" != pressure ] || jq -e '.spilled > 100000 and .spilled >= .why' >/dev/null <<<"$all" || fail "$w: $all"
done
echo "exact: accesses, probes, helpers, flags"

# Code that lies elsewhere than its addresses say: paging. Every instruction has its text, and the counts are exact.
if "$emu" --version=json | grep -q '"rv64"' && emulator/tests/guest/build.sh; then
    for e in border sv48 walk; do
        "$emu" --profile="$dir/p" --profile-code --stats="$dir/s" "build/tests/rv64_priv/$e.elf" >/dev/null || fail "$e: exit code $?"
        jq -e -n --slurpfile p "$dir/p" --slurpfile s "$dir/s" '
            def sum(f): reduce f as $x (0; . + $x);
            $p[0].totals as $t | $s[0].counters as $k
            | sum($p[0].units[].guest_instructions) + $t.stepped_instructions == $k.guest_instructions
              and sum($p[0].units[].host_instructions) + $t.run_loop_host_instructions == $t.host_instructions
              and sum($p[0].units[].blocks[].counts | .tlb_misses + .unprobed) == $k.slow_loads + $k.slow_stores
              and ([$p[0].units[].blocks[].guest[] | select(.retired > 0 and .kind == "(undefined)")] == [])' >/dev/null || fail "$e: not exact"
    done
    "$emu" --profile="$dir/p" --profile-code build/tests/rv64_priv/border.elf
    jq -e '[.units[].blocks[].guest[] | select(.gpc | startswith("0xc0000")) | .retired] | add > 0' "$dir/p" >/dev/null || fail "border: nothing ran at its mapped address"
    echo "exact: with paging"
fi

# Blocks are the same in both engines while every unit is one block: the same guest pcs, the same hits, to the last one. RX without
# bounds: a block that a stray access leaves goes on as another one.
for w in "rv64 dhrystone all,-region" "rv64 coremark all,-region" "rx dhrystone all,-region,-bounds"; do
    read -r guest name features <<<"$w"
    has_guest "$guest" "$name" || continue
    profile "$guest" "$name" "$features" jit "$dir/jit"
    profile "$guest" "$name" "$features" interp "$dir/interp"
    for side in jit interp; do cut -d, -f2,3,8,9 "$dir/$side/blocks.csv" >"$dir/$side.csv"; done
    [ "$(wc -l <"$dir/jit.csv")" -gt 50 ] || fail "$w: too few blocks"
    # Ties may stand in another order: the sets are compared, and the hottest ten by count alone.
    diff <(sort "$dir/jit.csv") <(sort "$dir/interp.csv") || fail "$w: jit and interp differ"
    diff <(head -n 11 "$dir/jit.csv" | cut -d, -f4) <(head -n 11 "$dir/interp.csv" | cut -d, -f4) || fail "$w: another ranking"
done
echo "jit and interpreter: the same blocks, the same hits"
