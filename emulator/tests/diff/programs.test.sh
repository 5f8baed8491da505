#!/usr/bin/env bash
# Oracle: qemu-system-riscv64, qemu-riscv64. C programs print what they compute: libm, quiet comparisons, calls through pointers, then random ones with floating point by csmith.
# tests: rel slow
#
# programs.test.sh [PROGRAMS [SEED]]. A random program that QEMU does not end within three seconds is left out.
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
programs=${1:-5} seed=${2:-1}
for tool in qemu-system-riscv64 csmith riscv64-unknown-elf-gcc; do
    command -v $tool >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0 compared=0

build() { # build SOURCE OPTION...
    local source=$1
    shift
    riscv64-unknown-elf-gcc --specs=picolibc.specs -nostartfiles -march=rv64gc_zba_zbb_zbs -mabi=lp64d -mcmodel=medany \
        -mno-relax -fno-toplevel-reorder -I/usr/include/csmith -T emulator/tests/guest/link.ld "$@" \
        -Wl,-z,max-page-size=4096,--no-warn-rwx-segments -o "$work/program.elf" emulator/tests/diff/programs/start.c "$source" -lm
}

check() { # check TITLE SECONDS QEMU... [-- OPTION...]
    local title=$1 seconds=$2 options reference=()
    shift 2
    while (($#)) && [[ $1 != -- ]]; do reference+=("$1"); shift; done
    timeout 1000 prlimit --cpu="$seconds" "${reference[@]}" "$work/program.elf" </dev/null >"$work/want" 2>/dev/null || return 0
    compared=$((compared + 1))
    for options in --features=all --features=none --features=-flags --engine=interp; do
        timeout 1000 "$emu" "$options" "${@:2}" "$work/program.elf" >"$work/got" </dev/null ||
            { echo "FAIL $title $options: code $?"; status=1; }
        cmp -s "$work/want" "$work/got" && continue
        echo "FAIL $title $options: $(diff "$work/want" "$work/got" | grep -c '^<') lines differ"
        diff "$work/want" "$work/got" | head -n 4
        status=1
    done
}

board=(qemu-system-riscv64 -M virt -bios none -display none -monitor none -serial stdio -kernel)
build emulator/tests/diff/programs/libm.c -O2 -Wall -Wextra || exit 1
check libm 60 "${board[@]}"
((compared == 1)) || { echo "FAIL libm: no end under QEMU"; status=1; }
build emulator/tests/diff/programs/quiet.c -O2 -Wall -Wextra || exit 1
check "quiet comparisons" 60 "${board[@]}"
((compared == 2)) || { echo "FAIL quiet comparisons: no end under QEMU"; status=1; }
build emulator/tests/diff/programs/pointers.c -O2 -Wall -Wextra || exit 1
check "calls through pointers" 60 "${board[@]}"
((compared == 3)) || { echo "FAIL calls through pointers: no end under QEMU"; status=1; }
# Regions expect where they go, which the guest cannot see.
insns() { "$emu" "--features=$1" --profile="$work/profile" "$work/program.elf" > /dev/null && jq ".totals.$2" "$work/profile"; }
[[ $(insns all guest_instructions) == $(insns -guess guest_instructions) ]] || { echo "FAIL guess: guest instructions differ"; status=1; }
(($(insns all host_instructions) < $(insns -guess host_instructions))) || { echo "FAIL guess: nothing is saved"; status=1; }
# libm with glibc, as a Linux program: its libm reads and writes fcsr more often than it computes.
if command -v riscv64-linux-gnu-gcc >/dev/null && command -v qemu-riscv64 >/dev/null; then
    riscv64-linux-gnu-gcc -O2 -static -o "$work/program.elf" emulator/tests/diff/programs/libm.c -lm || exit 1
    check "libm of glibc" 60 qemu-riscv64 -- --user
    ((compared == 4)) || { echo "FAIL libm of glibc: no end under QEMU"; status=1; }
else
    echo "libm of glibc: no riscv64-linux-gnu-gcc or qemu-riscv64"
fi
common=$compared
for ((n = seed; n < seed + programs; n++)); do
    (cd "$work" && csmith --float --no-argc --seed "$n" --output random.c >/dev/null) || exit 1
    build "$work/random.c" "-O$((n % 3))" -w || exit 1
    check "csmith --float --no-argc --seed $n" 3 "${board[@]}"
done
echo "$compared of $((programs + common)) programs compared, random ones from seed $seed"
((compared - common >= programs / 2)) || { echo "FAIL too few"; status=1; }
exit $status
