#!/usr/bin/env bash
# Oracle: qemu-system-riscv64. Every FP instruction on special values in every rounding mode: the same results and flags.
# tests: rel asan hostile
#
# rv64_float/vectors.c prints a line of hashes for each instruction and mode. rv64_float.test.sh INSTRUCTION prints the first
# operands for which emu and QEMU differ.
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
dir=emulator/tests/guest
command -v qemu-system-riscv64 >/dev/null || { echo "skipped: qemu-system-riscv64 is not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
riscv64-unknown-elf-gcc -O2 -Wall -Wextra -march=rv64gc -mabi=lp64d -mcmodel=medany -ffreestanding -fno-toplevel-reorder \
    -nostdlib -static -T $dir/link.ld -Wl,-z,max-page-size=4096,--no-warn-rwx-segments ${1:+-DONLY="\"$1\""} \
    -o "$work/vectors.elf" $dir/rv64_float/vectors.c || exit 1
timeout 1000 qemu-system-riscv64 -M virt -bios none -display none -monitor none -serial stdio -kernel "$work/vectors.elf" \
    </dev/null >"$work/want" || { echo "FAIL QEMU: code $?"; exit 1; }
status=0
runs=("--engine=interp" --features=all --features=none "--features=none,+flags" "--features=all --code-cache=64K")
for feature in flags regcache region fold cse dce; do runs+=("--features=-$feature"); done
for options in "${runs[@]}"; do
    # shellcheck disable=SC2086
    timeout 1000 "$emu" $options "$work/vectors.elf" >"$work/got" </dev/null || { echo "FAIL $options: code $?"; status=1; }
    cmp -s "$work/want" "$work/got" && continue
    echo "FAIL $options: $(diff "$work/want" "$work/got" | grep -c '^<') lines differ from QEMU's:"
    diff "$work/want" "$work/got" | head -n 6
    status=1
done
echo "$(grep -c = "$work/want") instructions and rounding modes, ${#runs[@]} ways to run them"
exit $status
