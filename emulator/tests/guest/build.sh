#!/bin/bash
# Builds the self-checking guest programs: emulator/tests/guest/{rv64,rv64_priv}/*.S -> build/tests/FOLDER/*.elf
set -euo pipefail
cd "$(dirname "$0")/../../.."
command -v riscv64-unknown-elf-gcc >/dev/null || { echo "riscv64-unknown-elf-gcc is missing: apt-get install gcc-riscv64-unknown-elf" >&2; exit 1; }
here=emulator/tests/guest
for source in "$here"/{rv64,rv64_priv}/*.S; do
    elf=build/tests/$(basename "$(dirname "$source")")/$(basename "$source" .S).elf
    mkdir -p "${elf%/*}"
    [[ -e $elf && -z $(find "$source" "$here"/{test.inc,priv.inc,link.ld,build.sh} -newer "$elf" -print -quit) ]] && continue
    riscv64-unknown-elf-gcc -march=rv64imafdc_zicsr_zifencei_zba_zbb_zbs -mabi=lp64 -nostdlib -static -I "$here" \
        -T "$here/link.ld" \
        -mno-relax -Wl,-z,max-page-size=4096,--no-warn-rwx-segments -o "$elf" "$source"
done
