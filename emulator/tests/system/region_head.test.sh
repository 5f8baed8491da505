#!/usr/bin/env bash
# Oracle: the loops themselves, in which the label `join` is the only place that both a way from outside and a way round lead to.
# tests: rel
#
# A loop is sampled where most of its instructions are, which is not where it is entered: the region begins at `join` all the same.
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
long=$(printf 'addi a3, a3, 1\\n%.0s' {1..30})

# begins TITLE ASSEMBLY: every region that has the block at `hit` begins at `join`.
begins() {
    local join hit got
    printf '.option norvc\n.globl _start\n_start: li a0, 0\n%b\n' "$2" >"$work/loop.S"
    riscv64-unknown-elf-gcc -march=rv64imac -mabi=lp64 -nostdlib -static -T emulator/tests/guest/link.ld \
        -Wl,--no-warn-rwx-segments -o "$work/loop.elf" "$work/loop.S" || exit 1
    read -r hit join < <(riscv64-unknown-elf-nm "$work/loop.elf" | sed 's/^0*/0x/' | awk '{ at[$3] = $1 } END { print at["hit"], at["join"] }')
    "$emu" --max-insns=400000 --profile="$work/profile" "$work/loop.elf" 2>"$work/err"
    got=$(jq -r --arg hit "$hit" '.blocks | group_by(.unit)[] | select(length > 1 and any(.[]; .gpc == $hit)) | .[0].gpc' "$work/profile")
    [[ $got == "$join" ]] || { echo "FAIL $1: the region of $hit begins at ${got:-no region}, not at $join"; status=1; }
}
begins "entered at its test" "0: li a4, 50\nj join\nhit: $long\nbltz a4, 0b\njoin: addi a4, a4, -1\nbnez a4, hit\nj 0b"
begins "two blocks to the test" \
    "0: li a4, 50\nj join\nhit: $long\nbltz a4, 0b\naddi a2, a2, 1\nbltz a4, 0b\njoin: addi a4, a4, -1\nbnez a4, hit\nj 0b"
begins "entered at its first instruction" "0: li a4, 50\njoin:\nhit: $long\naddi a4, a4, -1\nbnez a4, hit\nj 0b"
exit $status
