#!/usr/bin/env bash
# Oracle: the plant. A build whose pass `fold` merges two shifts wrongly, and one that stops there with a bug: each tool of
# docs/DEBUGGING.md must lead to the one block that has two shifts, and find nothing in the build without a plant.
# tests: rel
set -uo pipefail
cd "$(dirname "$0")/../../.."
. emulator/tests/lib/begin.sh
command -v riscv64-unknown-elf-gcc >/dev/null || { echo "skipped: riscv64-unknown-elf-gcc is not installed"; exit 77; }

# A build with another opt/fold_int.c: plant NAME SED-COMMAND
objects=$(dirname "$emu")/obj
plant() {
    sed "$2" emulator/opt/fold_int.c >"$work/fold_int.c"
    cmp -s emulator/opt/fold_int.c "$work/fold_int.c" && { fail "$1: the plant did not take"; return; }
    gcc -std=gnu11 -D_GNU_SOURCE -I. -Iemulator -I"$(dirname "$(dirname "$emu")")/gen" -O1 -c -o "$work/fold_int.o" "$work/fold_int.c" || exit 1
    mapfile -t linked < <(find "$objects/emulator" -name '*.o' ! -path '*/tests/*' ! -path '*/opt/fold_int.o')
    # shellcheck disable=SC2046
    gcc $(make -s --no-print-directory print-LDFLAGS) -o "$work/$1" "${linked[@]}" "$work/fold_int.o" $(make -s --no-print-directory print-EMU_LIBS) || exit 1
}
plant wrong 's/if (m + n < w) return fold_to_imm(i, (IrOp)i->op, in->a, m + n);/if (m + n < w) return fold_to_imm(i, (IrOp)i->op, in->a, m + n + 1);/'
plant stops 's/if (m + n < w) return fold_to_imm/BUG_IF(m + n < w, "planted"); if (m + n < w) return fold_to_imm/'

cat >"$work/x.S" <<'S'
.globl _start, guilty
_start: li s0, 5
        li a0, 1
1:      addi s0, s0, -1
        bnez s0, 1b
        j guilty
guilty: slli a0, a0, 2
        slli a0, a0, 3
        j out
out:    slli t1, a0, 16         # the test device: code << 16 | 0x3333
        li t2, 0x3333
        or t1, t1, t2
        li t0, 0x100000
        sw t1, 0(t0)
2:      j 2b
S
riscv64-unknown-elf-gcc -march=rv64imac_zicsr -mabi=lp64 -nostdlib -static -T emulator/tests/guest/link.ld -Wl,--no-warn-rwx-segments \
    -o "$work/x.elf" "$work/x.S" || exit 1
guilty=0x$(riscv64-unknown-elf-nm "$work/x.elf" | awk '$3 == "guilty" { sub(/^0+/, "", $1); print $1 }')

# expect CODE COMMAND...: output goes to $work/out
expect() {
    local code=$1
    shift
    timeout 1000 "$@" </dev/null >"$work/out" 2>&1
    local got=$?
    [ $got -eq "$code" ] || { fail "exit code $got instead of $code: $*"; head -n 5 "$work/out"; }
}
says() { grep -qE -- "$1" "$work/out" || { fail "no line like '$1':"; head -n 8 "$work/out"; }; }

expect 32 "$emu" "$work/x.elf"
expect 64 "$work/wrong" "$work/x.elf"

# ---- the two engines in lockstep
expect 32 "$emu" --engine=check "$work/x.elf"
says 'agree over [0-9]+ instructions'
expect 32 "$emu" --engine=check --check-every=1000 "$work/x.elf"
expect 121 "$work/wrong" --engine=check "$work/x.elf"
says "They agreed after 13, at pc $guilty"
says 'a0 +before +0x1 +translator +0x40 +interpreter +0x20'
expect 121 "$work/wrong" --engine=check --check-every=1000 "$work/x.elf"
echo input | timeout 1000 "$emu" --engine=check "$work/x.elf" >"$work/out" 2>&1
[ "$?" -eq 125 ] || fail "a pipe as input was not refused"
says 'the input, which a pipe gives only once'

# ---- one unit after the other
expect 0 emulator/tools/bisect.sh --emu "$work/wrong" -- "$work/x.elf"
says "is guilty; it begins at guest pc $guilty"
expect 0 emulator/tools/bisect.sh --emu "$work/wrong" --check 'grep -q "exit 32"' -- "$work/x.elf"
says "is guilty; it begins at guest pc $guilty"
expect 1 emulator/tools/bisect.sh --emu "$emu" -- "$work/x.elf"

# ---- the log of one unit
expect 32 "$emu" --log=decode,ir,opt,ra,host,exec --log-pc="$guilty" "$work/x.elf"
says "decode $guilty +c.slli"
[ "$(grep -c '^-- host code' "$work/out")" -eq 1 ] || fail "--log-pc printed $(grep -c '^-- host code' "$work/out") units instead of one"
expect 64 "$emu" --log=ir --log-pc=2..1 "$work/x.elf"

# ---- what a bug leaves behind
(cd "$work" && ./stops x.elf >out 2>&1 </dev/null) 2>/dev/null
says 'bug at .*: planted'
replay=$(find "$work" -name 'nightjar-bug-*.txt')
[ -f "$replay" ] || fail "no replay file was written"
(cd "$work" && mkdir again && cd again && ../stops --replay "$replay" >../out 2>&1 </dev/null) 2>/dev/null
says 'bug at .*: planted'
expect 0 "$emu" --replay "$replay"
says '1 units were translated; the bug did not come back'
expect 0 "$emu" --log=decode --replay "$replay"
says "decode $guilty +c.slli"
for broken in 's/^guest.*/guest pdp11/' '1s/.*/hello/' 's/^code .*/code 0x1000 zz/' '/^code/d'; do
    sed "$broken" "$replay" >"$work/broken.txt"
    expect 125 "$emu" --replay "$work/broken.txt"
    says 'broken.txt:[0-9]+: '
done
expect 125 "$emu" --replay "$work/nowhere.txt"
exit $status
