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
for manifest in workloads/*/manifest.json; do
    jq -e '(.guests // []) | index("rv64-sv39")' "$manifest" >/dev/null || continue
    name=$(jq -r .name "$manifest") n=$((n + 1))
    elf=build/workloads/rv64-sv39/$name-test.elf
    "$emu" "build/workloads/rv64/$name-test.elf" >"$work/bare" || fail "$name: the bare one: exit $?"
    "$emu" --stats="$work/s" "$elf" >"$work/out" || fail "$name: exit $?"
    cmp "$work/bare" "$work/out" || fail "$name: other output than without paging"
    "$emu" --features=none --stats="$work/none" "$elf" >"$work/out" && cmp "$work/bare" "$work/out" || fail "$name: without switches"
    [[ $(jq .counters.guest_instructions "$work/s") == "$(jq .counters.guest_instructions "$work/none")" ]] || fail "$name: other instructions without switches"
    jq -e '.counters.page_walks > 20 and (.counters.guest_instructions < 2000000 or .counters.interrupts > 1)' "$work/s" >/dev/null || fail "$name: no walks or no timer"
    [[ ! $name =~ ^(coremark|dhrystone|pressure|strings)$ || $(jq .counters.page_walks "$work/none") -gt $((20 * $(jq .counters.page_walks "$work/s"))) ]] || fail "$name: the TLB saves no walks"
done
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
