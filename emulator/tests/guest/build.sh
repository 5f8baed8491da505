#!/bin/bash
# Builds the self-checking guest programs: emulator/tests/guest/rv64/*.S -> build/tests/rv64/*.elf
set -euo pipefail
cd "$(dirname "$0")/../../.."
out=build/tests/rv64
mkdir -p "$out"
command -v riscv64-unknown-elf-gcc >/dev/null || { echo "riscv64-unknown-elf-gcc is missing: apt-get install gcc-riscv64-unknown-elf" >&2; exit 1; }
here=emulator/tests/guest
for source in "$here"/rv64/*.S; do
    elf=$out/$(basename "$source" .S).elf
    if [[ $elf -nt $source && $elf -nt $here/test.inc && $elf -nt $here/link.ld && $elf -nt $here/build.sh ]]; then continue; fi
    riscv64-unknown-elf-gcc -march=rv64imac_zicsr_zifencei -mabi=lp64 -nostdlib -static -I "$here" -T "$here/link.ld" \
        -mno-relax -Wl,-z,max-page-size=4096,--no-warn-rwx-segments -o "$elf" "$source"
done
