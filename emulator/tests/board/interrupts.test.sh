#!/usr/bin/env bash
# Oracle: qemu-system-riscv64 -M virt, running the same ELF (interrupts.c): output and exit code must be the same, on
# each engine, with all switches and none, and by both clocks.
# tests: rel asan
set -euo pipefail
. "$(dirname "$0")/lib.sh"
build interrupts
run_qemu interrupts
for options in --engine=interp --engine=jit --features=none --clock=host; do
    run "run$options" "$emu" "$options" "$out/interrupts.elf"
    compare "run$options"
done
