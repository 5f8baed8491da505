#!/usr/bin/env bash
# Oracle: qemu-riscv64. Programs that need nothing but the kernel print the same and end the same under emu --user.
# tests: rel asan
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
for tool in qemu-riscv64 riscv64-unknown-elf-gcc; do
    command -v $tool >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
programs=${*:-memory signals files process threads trampoline}
# The compiler asks for a stack with code by a note; a link script with segments of its own must name that one, too.
sed 's/^PHDRS {/&\n    stack PT_GNU_STACK FLAGS(7);/' workloads/lib/rv64/link.ld >"$work/stack.ld"
for name in $programs; do
    link=
    [[ $name == trampoline ]] && link=$work/stack.ld
    LINK=$link emulator/tests/user/build.sh "$work/$name" "emulator/tests/user/$name.c" -O2 -Wall -Wextra || exit 1
    (cd "$work" && mkdir -p q && cd q && timeout 1000 qemu-riscv64 "../$name" one two </dev/null >"../$name.want" 2>/dev/null)
    want=$?
    for options in --features=all --features=none --features=all,-tlb "--features=all --code-cache=64K" --clock=insn --address-space=39 --engine=interp; do
        # shellcheck disable=SC2086
        (rm -rf "$work/d" && mkdir "$work/d" && cd "$work/d" &&
            timeout 1000 "$emu" $options --user "../$name" one two </dev/null >"../$name.got" 2>"../$name.err")
        got=$?
        [[ $got == "$want" ]] && cmp -s "$work/$name.want" "$work/$name.got" && continue
        echo "FAIL $name $options: code $got, QEMU $want"
        diff "$work/$name.want" "$work/$name.got" | head -n 6
        head -n 3 "$work/$name.err"
        status=1
    done
done
exit $status
