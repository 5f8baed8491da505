#!/usr/bin/env bash
# Oracle: qemu-system-riscv64. Random streams in one image print hashes of registers, memory and trap log; emu prints the same.
# tests: rel slow
#
# qemu.test.sh [STREAMS [SEED]]. Not compared, because it may differ: counters, time, interrupts, what breaks a reservation, which
# part of a split access faults; and where QEMU 7.2 is not as the manual says: faults of AMOs (cause), bit 0 of mepc, ctzw of 0;
# Zicond, which it does not have.
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
maker=build/${MODE:-rel}/emulator/tests/diff/test_streams
streams=${1:-1000} seed=${2:-1}
command -v qemu-system-riscv64 >/dev/null || { echo "skipped: qemu-system-riscv64 is not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
"$maker" --image="$work/image.elf" --runs="$streams" --seed="$seed" || exit 1
timeout 1000 qemu-system-riscv64 -M virt -bios none -display none -monitor none -serial stdio -kernel "$work/image.elf" \
    </dev/null >"$work/want" || { echo "FAIL QEMU: code $?"; exit 1; }
[[ $(wc -l <"$work/want") == "$streams" ]] || { echo "FAIL QEMU printed $(wc -l <"$work/want") lines"; exit 1; }
for options in --features=all --features=none "--engine=interp --features=none" "--features=all --code-cache=64K"; do
    # shellcheck disable=SC2086
    timeout 1000 "$emu" $options "$work/image.elf" >"$work/got" </dev/null || { echo "FAIL $options: code $?"; status=1; }
    cmp -s "$work/want" "$work/got" && continue
    first=$(diff "$work/want" "$work/got" | grep -om1 '^[0-9]*')
    echo "FAIL $options: $(diff "$work/want" "$work/got" | grep -c '^<') of $streams differ, the first is seed $((seed + first - 1)):" \
        "$0 1 $((seed + first - 1))"
    diff "$work/want" "$work/got" | head -n 4
    status=1
done
echo "$streams streams from seed $seed"
exit $status
