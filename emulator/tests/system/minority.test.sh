#!/usr/bin/env bash
# Oracle: loops whose branches are counted by hand, and the interpreter without any switch.
# tests: rel hostile
#
# branch_minority is a property of the guest program: the same with every engine and switch, whatever became of the branches.
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0 checked=0
readarray -t features < <("$emu" --version=json | jq -r '.features[].name')

# minority ELF OPTION...: by the counter, and by the sum over the blocks.
minority() {
    "$emu" --profile="$work/profile" --stats="$work/stats" "${@:2}" "$1" >"$work/out" 2>&1
    jq -r '.counters.branch_minority' "$work/stats"
}

# everywhere ELF EXPECTED: under each set of switches.
everywhere() {
    local list got
    checked=$((checked + 1))
    for list in all none "${features[@]/#/all,-}" none,+region none,+region,+regcache,+ifconv none,+region,+regcache,+fold,+ifconv,+unroll; do
        got=$(minority "$1" --features="$list")
        [[ $got == "$2" ]] || { echo "FAIL $1, $list: minority $got instead of $2"; status=1; }
    done
}

# counted TITLE EXPECTED ASSEMBLY: by hand. The first instruction of the epilogue is `out`.
counted() {
    printf '.option norvc\n.globl _start\n_start: %b\nout: li t0, 0x100000\nli t1, 0x5555\nsw t1, 0(t0)\n1: j 1b\n' "$3" >"$work/$1.S"
    riscv64-unknown-elf-gcc -march=rv64imac -mabi=lp64 -nostdlib -static -T emulator/tests/guest/link.ld \
        -Wl,--no-warn-rwx-segments -o "$work/$1.elf" "$work/$1.S" || exit 1
    local got
    got=$(minority "$work/$1.elf" --engine=interp --features=none)
    [[ $got == "$2" ]] || { echo "FAIL $1: the interpreter counts $got, not $2"; status=1; }
    everywhere "$work/$1.elf" "$2"
}
# 40,000 rounds, left once (1).
counted loop 1 "li a0, 40000\n0: addi a0, a0, -1\nbnez a0, 0b"
# Every third round adds: 13,333 of 40,000 (numbers 39,999 down to 0), and the loop's end. The branch becomes a move.
counted half 13335 "li a0, 40000\nli a2, 3\n0: addi a0, a0, -1\nremu a1, a0, a2\nbnez a1, 2f\naddi a3, a3, 1\n2: bnez a0, 0b"
# Both sides: 1 of 4 rounds goes the other way (10,000 of 40,000), and the loop's end.
counted diamond 10001 "li a0, 40000\n0: addi a0, a0, -1\nandi a1, a0, 3\nbeqz a1, 2f\naddi a3, a3, 1\nj 3f\n2: addi a3, a3, 2\n3: bnez a0, 0b"
# An inner loop of 5 rounds, which is written out: left once in each of 8,000; in it, 3 of 5 rounds (bits of 0b01011) add: 2 of 5 jump. And the end.
counted inner 24001 "li a0, 8000\n0: li a1, 5\nli a2, 11\n1: andi a3, a2, 1\nbeqz a3, 2f\naddi a4, a4, 1\n2: srli a2, a2, 1\naddi a1, a1, -1\nbnez a1, 1b\naddi a0, a0, -1\nbnez a0, 0b"
# A branch that leads to itself is never taken here, and one to the next instruction is decided by nothing: the loop's end alone.
counted itself 1 "li a0, 30000\nli a1, 0\n0: addi a0, a0, -1\n1: bnez a1, 1b\nbnez a0, 2f\n2: bnez a0, 0b"

for workload in coremark patch stride; do
    elf=build/workloads/rv64/$workload-test.elf
    [[ -e $elf ]] || { echo "no $elf: run workloads/build.sh rv64"; exit 1; }
    everywhere "$elf" "$(minority "$elf" --engine=interp --features=none)"
    sum=$(minority "$elf" --features=all; jq '[.blocks[].branch_minority] | add' "$work/profile")
    read -r -d '' total blocks <<<"$sum"
    ((total - blocks < 20 && blocks <= total)) || { echo "FAIL $workload: minority $total, of the blocks $blocks"; status=1; }
done
for elf in workloads/prebuilt/rx/{coremark,strings}-test.elf; do
    "$emu" --version=json | jq -e '.guests | index("rx")' >/dev/null || continue
    everywhere "$elf" "$(minority "$elf" --engine=interp --features=none)"
done

# What if-conversion is for: fewer branches of generated code that cannot be foreseen.
host() { minority "$work/half.elf" --features="$1" >"$work/n"; jq -r '.counters.host_branch_minority' "$work/stats"; }
with=$(host all) without=$(host all,-ifconv)
((with < 2000 && without > 12000)) || { echo "FAIL host_branch_minority: $with with ifconv, $without without"; status=1; }
echo "$checked programs under $((${#features[@]} + 5)) sets of switches"
exit $status
