#!/usr/bin/env bash
# Oracle: known values, of the manual pages. What a program sees of waiting, signals, processes and shared memory, by either clock: the
# programs check themselves. (QEMU shares no memory with the child of a vfork, and loses signals.)
# tests: rel asan
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
command -v riscv64-unknown-elf-gcc >/dev/null || { echo "skipped: no riscv64-unknown-elf-gcc"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 # it cannot stop threads of a forked process, nor do without files
status=0
for name in ${*:-waiting signalling vforking sharing disturbed}; do
    emulator/tests/user/build.sh "$work/$name" "emulator/tests/user/$name.c" -O2 -Wall -Wextra || exit 1
    for options in --features=all --clock=insn --engine=interp "--features=none --clock=insn"; do
        # shellcheck disable=SC2086
        (rm -rf "$work/d" && mkdir "$work/d" && cd "$work/d" && timeout 1000 "$emu" $options --user "../$name") \
            </dev/null >"$work/out" 2>"$work/err"
        code=$?
        [[ $code == 0 && $(cat "$work/out") == done ]] && continue
        echo "FAIL $name $options: code $code: $(head -n 5 "$work/out" "$work/err")"
        status=1
    done
done
exit $status
