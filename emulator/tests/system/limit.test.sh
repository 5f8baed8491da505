#!/usr/bin/env bash
# Oracle: arithmetic. A run that is to stop after N instructions has retired N, for every N in a row, in loops of several shapes.
# tests: rel
#
# Regions settle the budget for several blocks at a time; an event in the middle of any of them must not come late.
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# stops TITLE ASSEMBLY: a loop that is hot after a few thousand instructions.
stops() {
    local n got last regions
    printf '.option norvc\n.globl _start\n_start: li a0, 0\n%b\n' "$2" >"$work/loop.S"
    riscv64-unknown-elf-gcc -march=rv64imac -mabi=lp64 -nostdlib -static -T emulator/tests/guest/link.ld \
        -Wl,--no-warn-rwx-segments -o "$work/loop.elf" "$work/loop.S" || exit 1
    rm -f "$work"/stats.*
    for ((n = 200000; n < 200040; n++)); do
        "$emu" --features=all --max-insns=$n --stats="$work/stats.$n" "$work/loop.elf" 2>"$work/err"
    done
    n=200000
    while read -r got last; do
        regions=$last
        [[ $got == "$n" ]] || { echo "FAIL $1: $got instructions instead of $n"; status=1; }
        n=$((n + 1))
    done < <(jq -r '.counters | "\(.guest_instructions) \(.regions_translated)"' "$work"/stats.*)
    ((n == 200040)) || { echo "FAIL $1: statistics of $((n - 200000)) runs instead of 40"; status=1; }
    ((${regions:-0} > 0)) || { echo "FAIL $1: no region was made"; status=1; }
}
stops "one block" '1: addi a0, a0, 1\nj 1b'
stops "two ways that merge" '1: addi a0, a0, 1\nandi a1, a0, 1\nbeqz a1, 2f\naddi a2, a2, 1\naddi a2, a2, 1\n2: addi a3, a3, 1\naddi a3, a3, 1\nj 1b'
# The head jumps into its own middle: the block that merges is behind the head and behind the block before the loop.
stops "a way into the middle" '0: li a4, 40\n1: addi a0, a0, 1\nandi a1, a0, 3\nbeqz a1, 3f\n2: sltu a5, a1, a2\naddi a2, a2, 1\n3: addi a3, a3, 1\naddi a3, a3, 1\naddi a4, a4, -1\nbnez a4, 1b\naddi a3, a3, 1\nj 0b'
stops "loop in a loop" '0: li a4, 5\n1: addi a4, a4, -1\nandi a1, a0, 1\nbeqz a1, 2f\naddi a0, a0, 1\nj 3f\n2: addi a0, a0, 3\naddi a0, a0, 2\n3: bnez a4, 1b\naddi a3, a3, 1\naddi a3, a3, 1\nj 0b'
stops "a call" '1: addi a0, a0, 1\njal ra, 9f\nandi a1, a0, 1\nbeqz a1, 1b\njal ra, 9f\nj 1b\n9: addi a3, a3, 1\nandi a1, a3, 2\nbeqz a1, 8f\naddi a3, a3, 1\n8: ret'
exit $status
