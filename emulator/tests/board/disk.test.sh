#!/usr/bin/env bash
# Oracle: qemu-system-riscv64 -M virt with the same disk, running the same ELF (disk.c): output, exit code and what is on the
# disk afterwards must be the same.
# tests: rel asan
set -euo pipefail
. "$(dirname "$0")/lib.sh"
build disk
head -c 8192 <(seq 1 9999) >"$out/start"
for sector in 7 8; do # li a0, 1 or 2; ret
    printf "\\x13\\x05\\x$((sector - 6))0\\x00\\x67\\x80\\x00\\x00" | dd of="$out/start" bs=512 seek=$sector conv=notrunc status=none
done
cp "$out/start" "$out/disk.img"
drive=(-global virtio-mmio.force-legacy=false -drive "file=$out/disk.img,if=none,format=raw,id=d")
run_qemu disk "${drive[@]}" -device virtio-blk-device,drive=d,serial=disk.img,discard=off,write-zeroes=off
mv "$out/disk.img" "$out/disk.qemu"
for engine in interp jit; do
    cp "$out/start" "$out/disk.img"
    run "$engine" "$emu" --engine="$engine" --drive="$out/disk.img" "$out/disk.elf"
    compare "$engine"
    cmp "$out/disk.img" "$out/disk.qemu"
done
cp "$out/start" "$out/disk.img"
run_qemu disk "${drive[@]}",readonly=on -device virtio-blk-device,drive=d,serial=disk.img
run readonly "$emu" --drive="$out/disk.img,readonly" "$out/disk.elf"
compare readonly
cmp "$out/disk.img" "$out/start"
# Two who write: one is refused.
flock "$out/disk.img" "$emu" --drive="$out/disk.img" "$out/disk.elf" >"$out/second" 2>&1 && { echo "a disk in use was taken"; exit 1; }
grep -q 'is in use by another process' "$out/second" || { cat "$out/second"; exit 1; }
