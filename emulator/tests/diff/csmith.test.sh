#!/usr/bin/env bash
# Oracle: qemu-riscv64 and the host's own compiler. Random C programs (csmith) print the same checksum under emu --user.
# tests: rel slow
#
# csmith.test.sh [--count N] [--seed FIRST]; engine, switches and the compiler's level change from program to program.
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
count=12 seed=1
while (($#)); do
    case $1 in
    --count) count=$2; shift ;;
    --seed) seed=$2; shift ;;
    *) echo "usage: csmith.test.sh [--count N] [--seed FIRST]"; exit 64 ;;
    esac
    shift
done
for tool in csmith qemu-riscv64 riscv64-unknown-elf-gcc; do
    command -v $tool >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sets=(--features=all --features=none "--features=all --code-cache=64K" --features=all,-region --features=all,-tlb
    "--features=all --engine=interp")
levels=(-O0 -O1 -O2 -Os)
export INCLUDE=-I/usr/include/csmith

# one SEED: 0 the same, 1 different, 2 does not count: natively it does not end within a second of CPU time, where the others take 10 ms
one() {
    local n=$1 options=${sets[$1 % ${#sets[@]}]} level=${levels[$1 % ${#levels[@]}]} code
    (cd "$work" && csmith --seed "$n" --no-packed-struct --no-argc -o "$n.c" >/dev/null 2>&1) || return 2 # leaves a file behind
    gcc -w -O1 $INCLUDE -o "$work/$n.native" "$work/$n.c" || return 2
    timeout 1000 prlimit --cpu=1 "$work/$n.native" >"$work/$n.want" 2>/dev/null || return 2
    emulator/tests/user/build.sh "$work/$n.elf" "$work/$n.c" -w "$level" $INCLUDE || return 1
    timeout 1000 prlimit --cpu=20 qemu-riscv64 "$work/$n.elf" >"$work/$n.qemu" || return 2
    # shellcheck disable=SC2086
    timeout 1000 "$emu" $options --user "$work/$n.elf" >"$work/$n.got" 2>"$work/$n.err"
    code=$?
    [[ $code == 0 ]] && cmp -s "$work/$n.want" "$work/$n.got" && cmp -s "$work/$n.qemu" "$work/$n.got" && return 0
    echo "FAIL seed $n, $level, emu $options: code $code, native $(tail -n 1 "$work/$n.want")," \
        "QEMU $(tail -n 1 "$work/$n.qemu"), emu $(tail -n 1 "$work/$n.got") $(head -n 2 "$work/$n.err")"
    return 1
}

same=0 different=0
for ((n = seed; same + different < count && n < seed + 2 * count + 10; n++)); do
    one "$n"
    case $? in 0) same=$((same + 1)) ;; 1) different=$((different + 1)) ;; esac
    rm -f "$work/$n".*
done
echo "$same of $((same + different)) programs have the same checksum as natively and under QEMU"
[[ $different == 0 && $same == "$count" ]]
