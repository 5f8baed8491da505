#!/usr/bin/env bash
# Oracle: mprotect(2), mmap(2), munmap(2) for what the program prints; and that translations of a page stay as long as no store
# changes it: each round changes one page of two, and only what was made of that one may go.
# tests: rel asan hostile
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
command -v riscv64-unknown-elf-gcc >/dev/null || { echo "skipped: no riscv64-unknown-elf-gcc"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
emulator/tests/user/build.sh "$work/protect" emulator/tests/user/protect.c -O2 -Wall -Wextra || exit 1
for options in --features=all --features=none --features=all,-tlb "--features=all --code-cache=64K" --engine=interp; do
    # shellcheck disable=SC2086
    timeout 1000 "$emu" $options --user "$work/protect" >"$work/got" 2>&1 </dev/null || { echo "FAIL $options: code $?"; status=1; }
    diff - "$work/got" <<'END' || { echo "FAIL $options"; status=1; }
in turns: 0 wrong
beside data: 0 wrong
not executable: 11, by a jump: 11, executable again: 0, 0
another page: 11, by a jump: 11
its code: 7, 7
gone: 11, by a jump: 11
END
done
[[ $emu == */hostile/* ]] && exit $status # it undoes links at random
"$emu" --clock=insn --features=all,-region,-once --stats="$work/stats" --user "$work/protect" >/dev/null
jq -c '.counters | {units_invalidated, chain_unlinks}' "$work/stats"
# Each round drops the function that it changes, and the jump whose page lost its only translated line by that.
jq -e '.counters | .units_invalidated <= 200 and .chain_unlinks <= 110' "$work/stats" >/dev/null || { echo "FAIL: too much is dropped"; status=1; }
exit $status
