#!/usr/bin/env bash
# Oracle: qemu-system-riscv64 -M virt with a restricted user network, running the same ELF (net.c): output and exit code must
# be the same. Then what an isolated network must not reach, and what the others may.
# tests: rel asan
set -euo pipefail
. "$(dirname "$0")/lib.sh"
build net
run_qemu net -global virtio-mmio.force-legacy=false -netdev user,id=n,restrict=on -device virtio-net-device,netdev=n
for how in --engine=interp --engine=jit --features=none --clock=host; do
    run "$how" "$emu" $how --net=user "$out/net.elf"
    compare "$how"
done
run check "$emu" --engine=check --check-every=1000 --net=user "$out/net.elf"
grep -q agree "$out/check.err"
sed -i 's/^emu: .*//' "$out/check" && compare check
# An isolated network has no sockets: the sandbox that keeps them from it changes nothing. The others need the host's clock.
run free "$emu" --no-sandbox --net=user "$out/net.elf"
compare free
"$emu" --net=user,outside "$out/net.elf" 2>"$out/err" && { echo "outside, by retired instructions: accepted"; exit 1; }
grep -q -e '--clock=host' "$out/err"
"$emu" --net=tap "$out/net.elf" 2>"$out/err" && { echo "--net=tap: accepted"; exit 1; }
grep -q 'user,outside' "$out/err"
