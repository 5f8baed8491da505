#!/usr/bin/env bash
# Oracle: qemu-system-riscv64 -M virt, running the same ELF (devices.c): output and exit code must be the same.
# tests: rel asan
set -euo pipefail
here=$(dirname "$0")
emu=${EMU:-build/rel/emu}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

riscv64-unknown-elf-gcc -std=gnu11 -O1 -Wall -march=rv64imac_zicsr -mabi=lp64 -mcmodel=medany -ffreestanding -nostdlib \
    -static -Wl,-Ttext=0x80000000 -Wl,--nmagic -Wl,--no-warn-rwx-segments -o "$out/devices.elf" "$here/devices.c"

run() { # NAME COMMAND...: output and exit code
    local name=$1 status=0
    shift
    timeout 20 "$@" >"$out/$name" 2>"$out/$name.err" </dev/null || status=$?
    echo "exit $status" >>"$out/$name"
    cat "$out/$name.err"
}
run qemu qemu-system-riscv64 -M virt -bios none -kernel "$out/devices.elf" -display none -monitor none -serial stdio
grep -qx 'exit 42' "$out/qemu" || { echo "QEMU itself did not end as it should:"; cat "$out/qemu"; exit 1; }
for engine in interp jit; do
    run "$engine" "$emu" --engine="$engine" "$out/devices.elf"
    diff "$out/qemu" "$out/$engine" || { echo "--engine=$engine differs from QEMU (left)"; exit 1; }
done
