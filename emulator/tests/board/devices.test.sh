#!/usr/bin/env bash
# Oracle: qemu-system-riscv64 -M virt, running the same ELF (devices.c): output and exit code must be the same.
# tests: rel asan
set -euo pipefail
. "$(dirname "$0")/lib.sh"
build devices
run_qemu devices
for engine in interp jit; do
    run "$engine" "$emu" --engine="$engine" "$out/devices.elf"
    compare "$engine"
done
