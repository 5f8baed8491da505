#!/usr/bin/env bash
# Oracle: known values. What emu --user says of programs that it cannot run, how a program's end becomes emu's, and that no
# address of a program reaches memory of the emulator.
# tests: rel asan
set -uo pipefail
cd "$(dirname "$0")/../../.."
. emulator/tests/lib/begin.sh
command -v riscv64-unknown-elf-gcc >/dev/null || { echo "skipped: no riscv64-unknown-elf-gcc"; exit 77; }
build() { emulator/tests/user/build.sh "$work/$1" "emulator/tests/user/$1.c" -O2 -Wall -Wextra || exit 1; }

# says CODE PATTERN ARGUMENTS...: emu ends with this code, and its message has this in it
says() {
    local code=$1 pattern=$2 got
    shift 2
    (cd "$work" && "$emu" "$@" </dev/null >out 2>err)
    got=$?
    [[ $got == "$code" ]] || fail "$*: code $got, not $code: $(head -n 1 "$work/err")"
    grep -q -- "$pattern" "$work/err" || fail "$*: says '$(head -n 1 "$work/err")', not '$pattern'"
}

build execute
build isolation
cp "$work/execute" "$work/no-permission" && chmod -x "$work/no-permission"
cp /bin/true "$work/host" 2>/dev/null
head -c 3000 "$work/execute" >"$work/short" && chmod +x "$work/short"
head -c 40 "$work/execute" >"$work/stub" && chmod +x "$work/stub"
printf '.section .interp,"a"\n.string "/nowhere/ld.so"\n.text\n.globl _start\n_start: ret\n' >"$work/dynamic.s"
printf 'PHDRS { i PT_INTERP; t PT_LOAD FLAGS(5); }\nSECTIONS { . = 0x20000; .interp : { *(.interp) } :i :t .text : { *(.text) } :t }\n' >"$work/dynamic.ld"
riscv64-unknown-elf-gcc -nostdlib -march=rv64imac -mabi=lp64 -T "$work/dynamic.ld" -o "$work/dynamic" "$work/dynamic.s" || exit 1
says 125 'no-such-program: cannot be opened' --user no-such-program
says 125 'may not be executed' --user ./no-permission
says 125 'machine 62, 64 bits; --user runs' --user ./host
says 125 'is truncated' --user ./short
says 125 'is truncated' --user ./stub
says 125 'needs the interpreter /nowhere/ld.so, which is not there; give --sysroot' --user ./dynamic
says 125 'not in the sysroot either' --user --sysroot="$work" ./dynamic
says 64 'which program' --user
says 64 'no such directory' --user --sysroot=/no/such ./execute
says 64 'are of --user' --strace ./execute

# ---- execve: of itself, of a script; what is no program is refused by number
printf '#!%s -x y  \n' "$work/execute" >"$work/script" && chmod +x "$work/script"
for engine in jit interp; do
    (cd "$work" && "$emu" --engine=$engine --user ./execute ./script /etc/passwd ./host nothing >got 2>err)
    [[ $? == 44 ]] || fail "execve: $(cat "$work/err")"
    sed "s/$(basename "$work")//" "$work/got" >"$work/got2"
    diff - "$work/got2" <<'END' || fail "execve --engine=$engine"
3: <other name> <child> <a b> X=1 Y=2 3
ends 1 0x2c00
5: <execute> <-x y> <script> <child> <a b> X=1 Y=2 3
ends 1 0x2c00
refused: -13
refused: -8
refused: -2
3: <other name> <child> <a b> X=1 Y=2 3
END
done

# ---- isolation, with the very addresses of the emulator: the same in both runs without randomization
run=("$emu")
setarch -R true 2>/dev/null && run=(setarch -R "$emu")
# ---- how much a program can reserve, and where things lie
cat >"$work/reserve.c" <<'END'
#include "program.h"
#include <stdio.h>
int main(int argc, char **argv) {
    char *p = (char *)CALL(222, 0, 200l << 30, 0, 0x4022, -1, 0);
    printf("%d %d %d", (long)p == -12, (unsigned long)argv >> 31 != 0, (int)argc);
    if ((long)p > 0) {
        CALL(226, p + (100l << 30), 8192, 3); // mprotect
        p[(100l << 30) + 4096] = 5;
        printf(" %d %ld", p[(100l << 30) + 4096], CALL(215, p, 200l << 30));
    }
    printf("\n");
    return 0;
}
END
emulator/tests/user/build.sh "$work/reserve" "$work/reserve.c" -O2 || exit 1
[[ $("$emu" --address-space=2G --user "$work/reserve") == "1 0 1" ]] || fail "--address-space=2G"
for engine in jit interp; do
    [[ $("$emu" --engine=$engine --address-space=39 --user "$work/reserve") == "0 1 1 5 0" ]] || fail "--address-space=39"
done
says 64 'give 2G or 39' --address-space=48 --user ./execute

mkfifo "$work/silence"
for space in 2G 39; do
    hi=7ffe0000 digits=8
    [[ $space == 39 ]] && hi=3ffffff000 digits=10
    exec 5<>"$work/silence"
    "${run[@]}" --address-space=$space --user "$work/isolation" wait <&5 >/dev/null 2>&1 &
    waiting=$!
    # Until it reads, and nothing comes: the beginning of its main().
    until [[ $(sed 's/.*) //; s/ .*//' "/proc/$waiting/stat" 2>/dev/null) == S && $(<"/proc/$waiting/maps") == *nightjar-code* ]] || ! kill -0 $waiting 2>/dev/null; do sleep 0.02; done
    exec 5>&-
    # Beginning, middle and last bytes of every mapping outside of the program's addresses.
    addresses=$(while IFS='- ' read -r from to _; do
        [[ ${#from} -gt $digits ]] && printf '%s %x ' "$from" $((0x$to - 8))
    done <"/proc/$waiting/maps")
    kill $waiting
    wait $waiting 2>/dev/null
    [[ $(wc -w <<<"$addresses") -gt 20 ]] || fail "no addresses of the emulator"
    for options in --features=all --features=none --features=all,-bounds --engine=interp; do
        # shellcheck disable=SC2086
        "${run[@]}" $options --address-space=$space --user "$work/isolation" $hi $addresses <>"$work/file" >"$work/got" 2>"$work/err" ||
            fail "isolation $space $options: code $?, $(tail -n 2 "$work/got" "$work/err")"
        grep -q "^0 attempts reached something, $(wc -w <<<"$addresses") addresses" "$work/got" || fail "isolation $space $options"
    done
done
exit $status
