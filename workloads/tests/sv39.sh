#!/usr/bin/env bash
# Oracle: the checks of the programs, QEMU's hardware page walk, and the bare programs, whose output is the same text.
# tests: rel
#
# Every workload runs behind page tables: same output on emu, with the interpreter and without any switch; walks and
# timer interrupts happen; on QEMU, too, where it is installed.
set -uo pipefail
cd "$(dirname "$0")/../.."
emu=${EMU:-$PWD/build/rel/emu}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAIL $*" >&2; exit 1; }

n=0
while read -r name; do
    n=$((n + 1))
    elf=build/workloads/rv64-sv39/$name-test.elf
    "$emu" "build/workloads/rv64/$name-test.elf" </dev/null >"$work/bare" || fail "$name: the bare one: exit $?"
    "$emu" --stats="$work/s" "$elf" </dev/null >"$work/out" || fail "$name: exit $?"
    cmp "$work/bare" "$work/out" || fail "$name: other output than without paging"
    "$emu" --features=none --stats="$work/none" "$elf" </dev/null >"$work/out" && cmp "$work/bare" "$work/out" || fail "$name: without switches"
    wrong=$(jq -rs --arg name "$name" '.[0].counters as $all | .[1].counters as $none |
        if $all.guest_instructions != $none.guest_instructions then "other instructions without switches" else empty end,
        if $all.page_walks > 20 and ($all.guest_instructions < 2000000 or $all.interrupts > 1) then empty else "no walks or no timer" end,
        if ($name | test("^(coremark|dhrystone|pressure|strings)$")) and $none.page_walks <= 20 * $all.page_walks
            then "the TLB saves no walks" else empty end' "$work/s" "$work/none") || fail "$name: no statistics"
    [[ -z $wrong ]] || fail "$name: $wrong"
done < <(jq -r 'select((.guests // []) | index("rv64-sv39")) | .name' workloads/*/manifest.json)
((n >= 12)) || fail "only $n workloads"
"$emu" --engine=interp build/workloads/rv64-sv39/dispatch-test.elf >/dev/null || fail "interpreter: exit $?"
if command -v qemu-system-riscv64 >/dev/null; then
    for name in dhrystone stride nbody; do
        timeout 1000 qemu-system-riscv64 -M virt -bios none -m 128M -display none -monitor none -serial stdio -no-reboot \
            -kernel "build/workloads/rv64-sv39/$name-test.elf" </dev/null >"$work/out" || fail "$name on QEMU: exit $?"
        grep -qx VALID "$work/out" || fail "$name on QEMU"
    done
fi
echo "sv39: $n workloads ok"
