#!/usr/bin/env bash
# Oracles: Linux's own drivers of virtio-mmio, disk and entropy, and the host's view of the disks before and after.
# Skipped where `make linux` has not fetched the kernel and its modules.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
linux=$PWD/build/linux
modules=(virtio_mmio virtio_blk virtio-rng)
for file in vmlinux busybox fw_dynamic.bin "${modules[@]/%/.ko.xz}"; do
    [ -e "$linux/$file" ] || { echo "no build/linux/$file: run make linux"; exit 77; }
done
cat >"$out/disk" <<'END'
#!/bin/busybox sh
for module in virtio_mmio virtio_blk virtio-rng; do
    unxz <"/bin/$module.ko.xz" >"$module.ko" && insmod "$module.ko" || echo "disk: no $module"
done
echo "disk: $(md5sum </dev/vda)"
dd if=/dev/vda of=copy bs=64k 2>/dev/null
tr 0-9 a-j <copy >turned
dd if=turned of=/dev/vda bs=64k conv=notrunc 2>/dev/null
dd if=/dev/zero of=/dev/vdb bs=512 count=1 2>/dev/null || echo "disk: cannot be written"
echo "disk: entropy $(head -c 64 /dev/hwrng | md5sum)"
sync
END
chmod +x "$out/disk"
pairs=("$out/disk=disk")
for module in "${modules[@]}"; do pairs+=("$linux/$module.ko.xz=$module.ko.xz"); done
workloads/linux/initramfs.sh "$out/initrd" "${pairs[@]}"
head -c 2097152 <(seq 1 500000) >"$out/start"
head -c 4096 "$out/start" >"$out/readonly"

boot() { # NAME
    cp "$out/start" "$out/disk.img"
    timeout 1000 "$emu" --bios="$linux/fw_dynamic.bin" --kernel="$linux/vmlinux" --initrd="$out/initrd" \
        --append="console=ttyS0 panic=-1 nightjar.run=disk" --drive="$out/disk.img" --drive="$out/readonly,readonly" \
        --virtio=entropy --stats="$out/$1.json" </dev/null | tr -d '\r' >"$out/$1" || { cat "$out/$1"; exit 1; }
}
boot first
hash=$(md5sum <"$out/start")
grep -qxF "disk: $hash" "$out/first" || { echo "the guest read something else from the disk:"; cat "$out/first"; exit 1; }
grep -qxF "disk: cannot be written" "$out/first" || { echo "the guest wrote a disk that is read-only"; exit 1; }
cmp "$out/disk.img" <(tr 0-9 a-j <"$out/start") || { echo "the guest wrote something else to the disk"; exit 1; }
cmp "$out/readonly" <(head -c 4096 "$out/start")
boot second # by retired instructions everything repeats: times, disks, entropy
cmp "$out/first" "$out/second"
diff <(jq .counters "$out/first.json") <(jq .counters "$out/second.json")
