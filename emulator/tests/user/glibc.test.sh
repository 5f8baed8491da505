#!/usr/bin/env bash
# Oracle: qemu-riscv64. Programs of the GNU C library, static and dynamic, position-independent and not, under emu --user.
# tests: rel asan slow
# Skipped without a cross compiler for it: packages gcc-riscv64-linux-gnu and libc6-dev-riscv64-cross.
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu} root=/usr/riscv64-linux-gnu
for tool in qemu-riscv64 riscv64-linux-gnu-gcc; do
    command -v $tool >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
[[ -e $root/lib/libc.a ]] || { echo "skipped: no C library of riscv64 (libc6-dev-riscv64-cross)"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
sets=(--features=all --features=none --engine=interp "--features=all,-flags --code-cache=64K")
[[ ${MODE:-rel} == rel ]] || sets=(--features=all)
for name in libc pthreads floating; do
    for link in -static -pie -no-pie; do
        riscv64-linux-gnu-gcc -O2 -w $link -pthread -o "$work/$name" "emulator/tests/user/glibc/$name.c" -lm || exit 1
        (cd "$work" && timeout 1000 qemu-riscv64 -L $root "./$name" a </dev/null >want 2>/dev/null) 2>/dev/null
        want=$?
        for options in "${sets[@]}"; do
            # shellcheck disable=SC2086
            (cd "$work" && timeout 1000 "$emu" $options --user --sysroot=$root "./$name" a </dev/null >got 2>err) 2>/dev/null
            got=$?
            [[ $got == "$want" ]] && cmp -s "$work/want" "$work/got" && continue
            echo "FAIL $name $link $options: code $got, QEMU $want"
            diff "$work/want" "$work/got" | head -n 6
            head -n 3 "$work/err"
            status=1
        done
    done
done
# By retired instructions everything repeats, the order of threads too.
for i in 1 2; do "$emu" --clock=insn --strace --log-file="$work/trace$i" --user --sysroot=$root "$work/pthreads" >/dev/null; done
sed -Ei 's/\[pid [0-9]+\]//; s/[0-9]{3,}//g' "$work"/trace[12] # process numbers
cmp -s "$work/trace1" "$work/trace2" || { echo "FAIL --clock=insn: two runs differ"; status=1; }
exit $status
