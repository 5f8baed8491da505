#!/usr/bin/env bash
# Oracle: each program checks itself by the hardware manual's rules; QEMU's gdbsim-r5f562n8 agrees, when it is installed.
# tests: rel asan hostile
#
# The programs are committed (rx/prebuilt; rx/build.sh makes them). Every engine, all switches on, all off, each one off.
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit 1
emu=${EMU:-build/rel/emu}
status=0

runs() { # runs TITLE NAME COMMAND...: the program says `exit 0` and the command ends with 0
    local title=$1 name=$2 out code=0
    shift 2
    out=$(timeout 1000 "$@" 2>&1 < /dev/null) || code=$?
    [[ $code -eq 0 && $out == *"exit 0"* ]] && return
    echo "FAIL $name, $title: exit code $code, output: $out"
    status=1
}

for elf in emulator/tests/guest/rx/prebuilt/board_*.elf; do
    name=$(basename "$elf" .elf)
    runs interp "$name" "$emu" --engine=interp "$elf"
    for switches in all none -chain -ibtc -flags -regcache -tlb -region -fold -cse -bounds -dce; do
        runs "features $switches" "$name" "$emu" --features="$switches" "$elf"
    done
    # QEMU has no access exceptions and interrupts no string instruction. Its clock counts instructions, or a timer could match
    # twice while its handler begins.
    [[ $name != board_access && $name != board_string ]] && command -v qemu-system-rx > /dev/null &&
        runs QEMU "$name" workloads/lib/rx/qemu.sh "$elf" -icount shift=0,sleep=off
done
exit $status
