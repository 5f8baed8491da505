#!/usr/bin/env bash
# Oracle: the manuals. Code that changed by a second mapping is current after fence.i and flush ("Zifencei",
# riscv_flush_icache(2)); a file that became shorter is SIGBUS and EFAULT (mmap(2)); what cannot be mapped leaves all as it was.
# tests: rel asan
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
command -v riscv64-unknown-elf-gcc >/dev/null || { echo "skipped: no riscv64-unknown-elf-gcc"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
emulator/tests/user/build.sh "$work/mappings" emulator/tests/user/mappings.c -O2 -Wall -Wextra || exit 1
for options in --features=all --features=none --features=all,-tlb "--features=all --code-cache=64K" --engine=interp; do
    # shellcheck disable=SC2086
    timeout 1000 "$emu" $options --user "$work/mappings" >"$work/got" 2>&1 </dev/null || { echo "FAIL $options: code $?"; status=1; }
    diff - "$work/got" <<'END' || { echo "FAIL $options"; status=1; }
shared: 1 101, fence.i 2, flush 3, write 4, child 5, other line 101, 0 of 200 stale
private: 1 101, fence.i 2, flush 3, write 4, child 5, other line 101, 0 of 200 stale
before: 6, what ran before 702, load 702, store 702, across 702, atomic 702, reserved 702, run 702
calls: -14 -14 -14 -14 -14 -14 -14
longer again: 0 0
a socket: -19, then 7
in its place: 1
in place: 1 9 0, no room: -12, two mappings: -14
END
done
exit $status
