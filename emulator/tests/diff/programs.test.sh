#!/usr/bin/env bash
# Oracle: qemu-system-riscv64. C programs print what they compute: picolibc's libm, then random ones with floating point by csmith.
# tests: rel
#
# programs.test.sh [PROGRAMS [SEED]]. A random program that QEMU does not end within three seconds is left out.
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
programs=${1:-8} seed=${2:-1}
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

check() { # check TITLE SECONDS
    timeout "$2" qemu-system-riscv64 -M virt -bios none -display none -monitor none -serial stdio -kernel "$work/program.elf" \
        </dev/null >"$work/want" 2>/dev/null || return 0
    compared=$((compared + 1))
    local options
    for options in --features=all --features=none --features=-flags --engine=interp; do
        timeout 60 "$emu" "$options" "$work/program.elf" >"$work/got" </dev/null || { echo "FAIL $1 $options: code $?"; status=1; }
        cmp -s "$work/want" "$work/got" && continue
        echo "FAIL $1 $options: $(diff "$work/want" "$work/got" | grep -c '^<') lines differ"
        diff "$work/want" "$work/got" | head -n 4
        status=1
    done
}

build emulator/tests/diff/programs/libm.c -O2 -Wall -Wextra || exit 1
check libm 60
((compared == 1)) || { echo "FAIL libm: no end under QEMU"; status=1; }
for ((n = seed; n < seed + programs; n++)); do
    (cd "$work" && csmith --float --no-argc --seed "$n" --output random.c >/dev/null) || exit 1
    build "$work/random.c" "-O$((n % 3))" -w || exit 1
    check "csmith --float --no-argc --seed $n" 3
done
echo "$compared of $((programs + 1)) programs compared, random ones from seed $seed"
((compared > programs / 2)) || { echo "FAIL too few"; status=1; }
exit $status
