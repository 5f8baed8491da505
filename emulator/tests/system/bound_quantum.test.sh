#!/usr/bin/env bash
# Oracle: the guest program, which checks its own sums, and the interpreter's number of instructions.
# tests: rel
#
# The BOUND at the entry of a region fails just where a quantum ends: nothing is left of the budget, and the region has taken nothing
# yet. The program waits for as many rounds as bring that about; the log of a first run says how many these are.
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
command -v riscv64-unknown-elf-gcc >/dev/null || { echo "skipped: no riscv64-unknown-elf-gcc"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0 met=0
fail() { echo "FAIL $*"; status=1; }

cat >"$work/bound.S" <<'END'
    .include "test.inc"
    .option norelax
test_start:
    CHECK 1
    lui     s10, %hi(HEAT)
    addi    s10, s10, %lo(HEAT)
1:  li      a0, 0
    li      a1, 50
    li      a2, 0
    jal     s11, loop
    EQ      a2, 1225
    addi    s10, s10, -1
    bnez    s10, 1b
    CHECK 2
    li      s9, 2
    li      s8, 0
    li      s7, 1
2:  li      a0, 0                   # in the second pass: most of a quantum, then a sum that is no number of 32 bits
    mv      a1, s7
    li      a2, 0
    jal     s11, loop
    .rept PAD
    nop
    .endr
    li      a0, 5
    li      a1, 45
    mv      a2, s8
    jal     s11, loop
    EQ      a2, 980
    lui     s7, %hi(WAIT)
    addi    s7, s7, %lo(WAIT)
    li      s8, 0x700000000
    addi    s9, s9, -1
    bnez    s9, 2b
    j       pass
loop:
    addw    a2, a2, a0
    addiw   a0, a0, 1
    blt     a0, a1, loop
    jr      s11
END

# run WAIT: into $work/log and $work/stats
run() {
    riscv64-unknown-elf-ld --no-warn-rwx-segments -T emulator/tests/guest/link.ld --defsym=HEAT=4000 --defsym=WAIT="$1" \
        -o "$work/bound.elf" "$work/bound.o" || exit 1
    "$emu" --stats="$work/stats" --log=exec --log-file="$work/log" "$work/bound.elf" || { fail "$1 rounds, $pad nops: code $?"; return 1; }
}

for pad in 20 21 22; do # what is left when the loop has no more for a round
    riscv64-unknown-elf-gcc -march=rv64imac_zicsr -mabi=lp64 -Wa,--defsym,PAD=$pad -I emulator/tests/guest -c -o "$work/bound.o" "$work/bound.S" || exit 1
    run 1000000 || continue
    loop=$(riscv64-unknown-elf-nm "$work/bound.elf" | awk '$3 == "loop" { sub(/^0*/, "0x", $1); print $1 }')
    # Runs of the loop that begin at its second instruction: the run loop goes on there, and behind the first one when the BOUND has failed.
    # A quantum is a power of two, and a loop leaves a few instructions before its end.
    read -r rounds end < <(awk -v behind_first="$(printf '0x%x,' $((loop + 4)))" '
        / retired$/ { if ($5 == behind_first) enters = $6 - 1; n++; at[n] = $6; from[n] = $5 }
        END {
            for (i = 1; i < n; i++) {
                for (quantum = 8192; quantum < at[i + 1] - at[i]; quantum *= 2) ;
                end = at[i] + quantum
                if (from[i] == from[i + 1] && at[i + 1] > at[i] + 8000 && end < enters && (enters - end) % 3 == 0) { rounds = 1000000 - (enters - end) / 3; last = end }
            }
            print rounds, last
        }' "$work/log")
    [[ -n ${end:-} ]] || continue
    run "$rounds" || continue
    grep -q " at $loop, $end retired" "$work/log" && met=$((met + 1))
    want=$("$emu" --engine=interp --stats=/dev/stdout "$work/bound.elf" | jq .counters.guest_instructions)
    got=$(jq .counters.guest_instructions "$work/stats")
    [[ $got == "$want" ]] || fail "$rounds rounds, $pad nops: $got instructions, not $want"
done
((met || status)) || fail "no BOUND failed where a quantum ended"
exit $status
