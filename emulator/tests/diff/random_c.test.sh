#!/usr/bin/env bash
# Oracle: the host's own compiler and QEMU. Random C programs (emulator/tools/random_c.c: floating point, unions, bit-fields, setjmp,
# varargs, 128-bit integers, atomics) print the same under emu, as Linux programs and on the board.
# tests: rel slow
#
# random_c.test.sh [--count N] [--seed FIRST]; engine, switches, level and kind change from program to program. All of programs/once/,
# which were wrong once, come first. random_c.test.sh --one FILE LEVEL KIND OPTIONS...: 1 if emu alone differs, 0 if not, 2: it does
# not count (for ci/fuzz_shrink.sh).
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
count=3 seed=3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
common=(-w -fwrapv -ffp-contract=off)
board=(qemu-system-riscv64 -M virt -bios none -display none -monitor none -serial stdio -kernel)

# build FILE LEVEL KIND: $work/elf. The options of user/build.sh come before these.
build() {
    local float=(-march=rv64gc -mabi=lp64d)
    if [[ $3 == user ]]; then
        emulator/tests/user/build.sh "$work/elf" "$1" "${float[@]}" "${common[@]}" "$2" -Wl,--no-warn-rwx-segments -lm
    else
        riscv64-unknown-elf-gcc --specs=picolibc.specs -nostartfiles "${float[@]}" -mcmodel=medany -mno-relax -fno-toplevel-reorder \
            "${common[@]}" "$2" -T emulator/tests/guest/link.ld -Wl,-z,max-page-size=4096,--no-warn-rwx-segments \
            -o "$work/elf" emulator/tests/diff/programs/start.c "$1" -lm
    fi
}

# one FILE LEVEL KIND OPTION...: as --one. Sanitizers see what a program that was made smaller does wrong by itself.
one() {
    local file=$1 level=$2 kind=$3 code qemu=(qemu-riscv64) how=(--user)
    shift 3
    [[ $kind == user ]] || qemu=("${board[@]}") how=()
    gcc "${common[@]}" -O1 ${CHECKED:+-Wuninitialized -Werror=uninitialized -fsanitize=undefined,address -fno-sanitize-recover=all} \
        -o "$work/native" "$file" -lm >"$work/cc" 2>&1 || return 2
    timeout 1000 prlimit --cpu=5 "$work/native" >"$work/want" 2>/dev/null || return 2
    build "$file" "$level" "$kind" >"$work/cc" 2>&1 || { [[ -n ${CHECKED:-} ]] || cat "$work/cc"; return 2; }
    timeout 1000 prlimit --cpu=60 "${qemu[@]}" "$work/elf" >"$work/qemu" 2>/dev/null </dev/null || return 2
    timeout 1000 "$emu" "$@" "${how[@]}" "$work/elf" >"$work/got" 2>"$work/err" </dev/null
    code=$?
    cmp -s "$work/want" "$work/qemu" || { cmp -s "$work/want" "$work/got" || return 2; echo "QEMU alone differs: $file $level $kind"; return 0; }
    [[ $code == 0 ]] && cmp -s "$work/want" "$work/got" && return 0
    echo "FAIL $file, $level, $kind, emu $*: code $code, $(head -n 1 "$work/err"), first difference:" \
        "$(diff "$work/want" "$work/got" | head -n 4 | tr '\n' ' ')"
    return 1
}

[[ ${1:-} != --one ]] || { shift; one "$@"; exit; }
while (($#)); do
    case $1 in
    --count) count=$2; shift ;;
    --seed) seed=$2; shift ;;
    *) echo "usage: random_c.test.sh [--count N] [--seed FIRST]"; exit 64 ;;
    esac
    shift
done
for tool in qemu-riscv64 qemu-system-riscv64 riscv64-unknown-elf-gcc; do
    command -v $tool >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
gcc -std=gnu11 -O1 -o "$work/random_c" emulator/tools/random_c.c || exit 1
levels=(-O0 -O1 -O2 -O3 -Os) kinds=(user bare)
sets=(--features=all --features=none "--features=all --code-cache=64K" --features=all,-region --features=all,-flags "--features=all --engine=interp"
    --features=all,-regcache)

different=0 same=0 left_out=0
try() { # FILE N
    local file=$1 n=$2
    # shellcheck disable=SC2086
    one "$file" "${levels[n % 5]}" "${kinds[n % 2]}" ${sets[n % 7]}
    case $? in
    0) same=$((same + 1)) ;;
    1) different=$((different + 1)) && [[ -z ${KEEP:-} ]] || cp "$file" "$KEEP/" 2>/dev/null ;;
    *) left_out=$((left_out + 1)) && echo "left out: $file" ;;
    esac
}
for file in emulator/tests/diff/programs/once/*.c; do
    [[ ! -f $file ]] || for n in 0 1 2 3 4 6; do try "$file" $n; done
done
for ((n = seed; n < seed + count; n++)); do
    "$work/random_c" $n >"$work/$n.c" && try "$work/$n.c" $n
    rm -f "$work/$n.c"
done
echo "$same programs print the same as natively and under QEMU, $different do not, $left_out left out, seeds $seed to $((seed + count - 1))"
((different == 0 && left_out <= count / 4))
