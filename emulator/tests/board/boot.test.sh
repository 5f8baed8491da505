#!/usr/bin/env bash
# Oracles: qemu-system-riscv64 -M virt with the same firmware, kernel (kernel.c) and initrd: what the kernel prints must be
# the same; dtc and QEMU's own device tree.
# tests: rel asan
set -euo pipefail
. "$(dirname "$0")/lib.sh"
firmware=/usr/lib/riscv64-linux-gnu/opensbi/generic
build kernel 0x80200000
riscv64-unknown-elf-objcopy -O binary "$out/kernel.elf" "$out/Image"
echo "an initrd" >"$out/initrd"

# What the kernel says comes after the banner.
said() { sed -n '/^handed/,$p' "$1" | tr -d '\r'; }

arguments=(-kernel "$out/Image" -initrd "$out/initrd" -append "one two" -m 128M)
run qemu qemu-system-riscv64 -M virt -bios "$firmware/fw_dynamic.bin" "${arguments[@]}" -display none -monitor none -serial stdio
said "$out/qemu" >"$out/expected"
grep -q '^uart 9 a 2' "$out/expected" || { echo "QEMU itself did not boot the kernel:"; cat "$out/qemu"; exit 1; }

boots() { # NAME OPTION...
    local name=$1
    shift
    run "$name" "$emu" --kernel="$out/Image" --initrd="$out/initrd" --append="one two" "$@"
    diff "$out/expected" <(said "$out/$name") || { echo "emu $* differs from QEMU (left)"; cat "$out/$name"; exit 1; }
}
boots usual --stats="$out/s1.json"
boots again --stats="$out/s2.json"
boots interp --engine=interp --stats="$out/s3.json"
boots plain --features=none --ram=128M
boots host --clock=host
boots jump --bios="$firmware/fw_jump.bin"
boots elf --bios="$firmware/fw_dynamic.elf" --kernel="$out/kernel.elf" --stats="$out/s4.json"

status=0
"$emu" --kernel="$out/Image" --append=reboot >"$out/reboot" </dev/null || status=$?
[ "$status" = 122 ] || { echo "a reboot ended with $status"; exit 1; }

counted() { jq .counters.guest_instructions "$1"; }
[ "$(counted "$out/s1.json")" = "$(counted "$out/s2.json")" ] || { echo "two runs, two counts"; exit 1; }
[ "$(counted "$out/s1.json")" = "$(counted "$out/s3.json")" ] || { echo "the interpreter counts otherwise"; exit 1; }
# Waiting is skipped: the kernel waits for 0.1 s, which is 100 million instructions.
[ "$(counted "$out/s1.json")" -lt 50000000 ] || { echo "the wait was not skipped: $(counted "$out/s1.json") instructions"; exit 1; }
for file in bios:"$firmware/fw_dynamic.elf" kernel:"$out/kernel.elf" initrd:"$out/initrd"; do
    hash=$(sha256sum <"${file#*:}")
    [ "$(jq -r ".boot.${file%%:*}.sha256" "$out/s4.json")" = "${hash%% *}" ] || { echo "stats: hash of $file"; exit 1; }
done
[ "$(jq -r .elf.sha256 "$out/s4.json")" = "$(jq -r .boot.bios.sha256 "$out/s4.json")" ] || { echo "stats: elf is not the firmware"; exit 1; }

# ---- the device tree
"$emu" --dump-dtb="$out/emu.dtb" --kernel="$out/Image" --append="one two"
dtc -I dtb -O dts -o "$out/emu.dts" "$out/emu.dtb" 2>"$out/warnings"
[ ! -s "$out/warnings" ] || { echo "dtc warns of the device tree:"; cat "$out/warnings"; exit 1; }
qemu-system-riscv64 -M virt,dumpdtb="$out/qemu.dtb" -display none -kernel "$out/Image" -append "one two" 2>/dev/null
# Every node that QEMU has, too, must have the same properties (beside names, the CPU's extensions and phandles).
lines() { # of a tree: PATH PROPERTY VALUE
    local node
    while read -r node; do
        fdtget -p "$1" "$node" 2>/dev/null | while read -r property; do
            echo "$node $property $(fdtget -t bx "$1" "$node" "$property")"
        done
    done < <(dtc -q -I dtb -O dts "$1" | awk '/\{$/ { name[++depth] = $1 == "/" ? "" : $1; path = ""; for (i = 1; i <= depth; i++) path = path (i > 1 ? "/" : "") name[i]; print (path == "" ? "/" : path) }
        /^\t*\};$/ { depth-- }') | grep -vE ' (phandle|model|rng-seed|riscv,isa|mmu-type|interrupt-parent|interrupts-extended|regmap|cpu) ' | sort
}
lines "$out/qemu.dtb" >"$out/qemu.lines"
lines "$out/emu.dtb" | grep -v '/cpu@0/interrupt-controller #address-cells' >"$out/emu.lines" # dtc warns of QEMU's tree without
only=$(comm -13 "$out/qemu.lines" "$out/emu.lines")
[ -z "$only" ] || { echo "the device tree says what QEMU's does not:"; echo "$only"; exit 1; }
for node in /chosen /poweroff /reboot /memory@80000000 /cpus /cpus/cpu@0 /soc/rtc@101000 /soc/serial@10000000 /soc/test@100000 \
    /soc/virtio_mmio@10001000 /soc/virtio_mmio@10008000 /soc/plic@c000000 /soc/clint@2000000; do
    missing=$(comm -23 <(grep "^$node " "$out/qemu.lines") <(grep "^$node " "$out/emu.lines"))
    grep -q "^$node " "$out/emu.lines" && [ -z "$missing" ] || { echo "the device tree lacks of $node: $missing"; exit 1; }
done

# ---- what cannot be started is said
refused() { # EXIT-CODE WORDS OPTION...
    local code=$1 words=$2 status=0
    shift 2
    timeout 1000 "$emu" "$@" >"$out/refused" 2>&1 </dev/null || status=$?
    [ "$status" = "$code" ] && grep -qF -- "$words" "$out/refused" && return
    echo "emu $*: exit code $status, expected $code and \"$words\":"
    cat "$out/refused"
    exit 1
}
gzip -k "$out/initrd"
head -c 1000 /dev/zero >"$out/disk"
refused 125 "$out/none: cannot be opened" --kernel="$out/none"
refused 125 "neither a RISC-V Image" --kernel="$out/initrd"
refused 125 "is compressed" --kernel="$out/initrd.gz"
refused 125 "is empty" --kernel=/dev/null
refused 125 "is empty" --kernel="$out/Image" --initrd=/dev/null
refused 125 "does not fit into 1 MiB of RAM" --kernel="$out/Image" --memory=1M
for wild in '\x00\x00\x00\x00\x00\x00\x00\x80' '\xff\xff\xff\xff\xff\xff\xff\xff' '\x00\x00\x00\x80\xff\xff\xff\xff'; do
    cp "$out/Image" "$out/wild"
    printf '%b' "$wild" | dd of="$out/wild" bs=1 seek=16 conv=notrunc status=none # size of the image
    refused 125 "does not fit into 128 MiB" --kernel="$out/wild"
    cp "$out/Image" "$out/wild"
    printf '%b' '\x00\x00\x00\x10' | dd of="$out/wild" bs=1 seek=8 conv=notrunc status=none # its offset
    refused 125 "does not fit into 128 MiB" --kernel="$out/wild"
done
head -c 125M /dev/zero >"$out/large"
refused 125 "$out/large: 0x" --kernel="$out/Image" --initrd="$out/large"
refused 125 "cannot write the device tree" --dump-dtb="$out/none/tree"
refused 125 "is for ELF machine 173" --bios="$here/../guest/rx/prebuilt/board_swint.elf"
refused 125 "overlaps" --bios="$out/kernel.elf" --kernel="$out/kernel.elf"
refused 125 "whole sectors" --kernel="$out/Image" --drive="$out/disk"
refused 125 "cannot be opened as a disk" --kernel="$out/Image" --drive="$out/none,readonly"
refused 64 "either an ELF" --kernel="$out/Image" "$out/kernel.elf"
refused 64 "--initrd: give --kernel" --bios="$out/Image" --initrd="$out/initrd"
refused 64 "--append: give --kernel" --append=x "$out/kernel.elf"
refused 64 "console or entropy" --virtio=net --kernel="$out/Image"
refused 125 "the board rx has no disks" --drive="$out/disk" "$here/../guest/rx/prebuilt/board_swint.elf"
refused 64 "at most 6" --drive=1 --drive=2 --drive=3 --drive=4 --drive=5 --drive=6 --drive=7 --kernel="$out/Image"
