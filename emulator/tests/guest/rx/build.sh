#!/usr/bin/env bash
# Builds the board programs, board_*.S -> prebuilt/*.elf: RX_TOOLCHAIN=DIR emulator/tests/guest/rx/build.sh [--check]
# They are committed because the compiler is no Debian package (workloads/toolchain/rx-elf.sh makes it). --check builds them
# elsewhere and says whether they are still the same bytes.
set -euo pipefail
cd "$(dirname "$0")/../../../.."
here=emulator/tests/guest/rx
as=${RX_TOOLCHAIN:?set it to the folder that workloads/toolchain/rx-elf.sh made}/bin/rx-elf-as
out=$here/prebuilt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[[ ${1:-} != --check ]] || out=$work
for source in "$here"/board_*.S; do
    name=$(basename "$source" .S)
    "$as" -I "$here" -o "$work/$name.o" "$source"
    "${as%as}ld" -T workloads/lib/rx/link.ld --nmagic --no-warn-rwx-segments -s -o "$out/$name.elf" "$work/$name.o"
done
if [[ $out == "$work" ]]; then
    for elf in "$work"/*.elf; do cmp "$elf" "$here/prebuilt/$(basename "$elf")"; done
fi
