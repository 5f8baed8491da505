#!/usr/bin/env bash
# Oracle: each program checks itself; that its expectations are right is shown by real QEMU, when it is installed.
# tests: rel asan hostile
#
# Every engine, with all switches on, all off, and each one alone off.
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
dir=emulator/tests/guest quoted=$(printf %q "$emu") # for the shell of run.sh
$dir/build.sh || exit 1
status=0
each() { # each TITLE COMMAND: prints only what failed
    local out
    out=$($dir/run.sh "$2" 2>&1) || status=1
    echo "$1: $(tail -n 1 <<<"$out")"
    grep -v '^pass' <<<"$out" | sed '$d'
}
each "interp" "$quoted --engine=interp {elf}"
each "all" "$quoted --features=all {elf}"
each "none" "$quoted --features=none {elf}"
for feature in chain ibtc regcache tlb flags fold cse dce; do
    each "without $feature" "$quoted --features=-$feature {elf}"
done

# What cannot go on ends the emulator with 123: a handler that is not there, a handler that traps, a wait for nothing.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ends_stuck() { # ends_stuck TITLE ASSEMBLY
    local engine code
    printf '.globl _start\n_start:\n%b\n1: j 1b\n' "$2" >"$work/stuck.S"
    riscv64-unknown-elf-gcc -march=rv64imac_zicsr -mabi=lp64 -nostdlib -static -T $dir/link.ld -Wl,--no-warn-rwx-segments \
        -o "$work/stuck.elf" "$work/stuck.S" || exit 1
    for engine in jit interp; do
        timeout 1000 "$emu" --engine=$engine "$work/stuck.elf" 2>/dev/null
        code=$?
        [[ $code -eq 123 ]] || { echo "$1 ($engine): exit code $code instead of 123"; status=1; }
    done
}
ends_stuck "no handler" 'csrw mtvec, x0\necall'
ends_stuck "handler that traps" 'la t0, 2f\ncsrw mtvec, t0\necall\n.balign 4\n2: .word 0'
ends_stuck "wait for nothing" 'csrw mie, x0\nwfi'

if command -v qemu-system-riscv64 >/dev/null; then each "QEMU" "$($dir/run.sh --qemu)"; else echo "QEMU: not installed"; fi
exit $status
