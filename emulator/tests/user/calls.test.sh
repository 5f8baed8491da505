#!/usr/bin/env bash
# Oracle: the kernel's own list of calls, and what the manual says of those that programs meet less often (QEMU prints the same,
# where it has the call). Limits that a program sets do not take emu's own files.
# tests: rel asan
set -uo pipefail
cd "$(dirname "$0")/../../.."
. emulator/tests/lib/begin.sh

# ---- each call of Linux's table for riscv64 is there, or on the list of those that are not, with the reason
headers=/usr/riscv64-linux-gnu/include
[[ -d $headers ]] || headers=/usr/include
printf '#include <asm-generic/unistd.h>\n' |
    gcc -E -dM -nostdinc -I "$headers" -I "$headers/$(gcc -print-multiarch)" -D__BITS_PER_LONG=64 -D__LP64__ \
        -D__ARCH_WANT_NEW_STAT -D__ARCH_WANT_SET_GET_RLIMIT -D__ARCH_WANT_SYS_CLONE3 -D__ARCH_WANT_MEMFD_SECRET - >"$work/defines"
# Names may stand for other names.
awk '$2 ~ /^__NR/ { value[$2] = $3 }
    END {
        value["__NR_riscv_hwprobe"] = 258; value["__NR_riscv_flush_icache"] = 259
        for (name in value) {
            if (name !~ /^__NR_/ || name ~ /^__NR_(syscalls|arch_specific_syscall)$/) continue
            v = value[name]
            while (v in value) v = value[v]
            if (v ~ /^[0-9]+$/) print v, substr(name, 6)
        }
    }' "$work/defines" | sort -n >"$work/kernel"
[[ $(wc -l <"$work/kernel") -gt 300 ]] || fail "the kernel's list has $(wc -l <"$work/kernel") calls"
grep -hoP '^(PASS|OWN|REFUSED)\(\d+, \w+' emulator/sys/call.inc emulator/sys/refused.inc |
    sed -E 's/^[A-Z]+\(//; s/,//' | sort -n >"$work/ours"
# This machine's headers may be older than the list, or newer.
known=$(tail -n 1 "$work/ours" | cut -d' ' -f1)
awk -v known="$known" '$1 <= known' "$work/kernel" | comm -23 <(sort -) <(sort "$work/ours") >"$work/missing"
[[ -s $work/missing ]] && fail "neither in call.inc nor in refused.inc: $(tr '\n' ',' <"$work/missing")"
newest=$(tail -n 1 "$work/kernel" | cut -d' ' -f1)
awk -v newest="$newest" '$1 <= newest' "$work/ours" | comm -13 <(sort "$work/kernel") <(sort -) >"$work/extra"
[[ -s $work/extra ]] && fail "not calls of the kernel: $(tr '\n' ',' <"$work/extra")"
cut -d' ' -f1 "$work/ours" | uniq -d | grep . && fail "calls that are listed twice"

# ---- what they do
command -v riscv64-unknown-elf-gcc >/dev/null || { echo "skipped: no riscv64-unknown-elf-gcc"; exit $((status ? 1 : 77)); }
emulator/tests/user/build.sh "$work/calls" emulator/tests/user/calls.c -O2 -Wall -Wextra || exit 1
for options in --features=all --engine=interp; do
    timeout 1000 "$emu" $options --user "$work/calls" >"$work/got" 2>&1 </dev/null || fail "$options: code $?"
    sed 's/^mq: none$/mq: 0 0, 5 high 7, 1 left, notify 0 -16 10 -3 1234, wrong -14 -14 -9, off 0, unlink 0/' "$work/got" | diff - <(cat <<'END'
shm: 7 8, size 12283, attached 2, 0, detach 0 -22 -22
  then 1, at a place 1, taken -22, removed 0
  no such: -22 -22
parts: 0, detach 0 -12 -12 -12
sem: 0 0 -11 child 0 over -11, values 1 0 3, one 3, status 0 of 3, set 0 9, mode 0 640, highest 1 32767, wrong -14 -14 -22, gone 0
msg: 0 0, 4 two, too long -7, 5 five 5, none -42, gone 0
mq: 0 0, 5 high 7, 1 left, notify 0 -16 10 -3 1234, wrong -14 -14 -9, off 0, unlink 0
mmsg: 2 3 5, 2 3 one 5 three, none -11
vectors: 7 4 cd ef, flags -95
vmsplice: 7 abcdefg
mincore: 0 1, odd -22, outside -12
timer: 0 0, rang 1 of -2 with 1234, left 0 0, gone 0 1
slice: 0 1
limits: 0 20 (last 19, then -24) fork 3 0 67108864 0 67108864 (-12) 0 67108864, soft above hard -22
prctl: a name that is  0 1, slack 0 50000, locked 0
affinity: 0 -22 -14, prctl 0 0 0, personality 1 0x40000, groups -22 -22 -14 0
epoll_pwait2: 0 1 1 77, wrong -22
hwprobe: 0, 3 0x1, 4 0x80000003b, -1 0, flags -22
execveat: 42 42, refused -2 -9 -13
END
    ) || fail "$options"
done

# ---- limits: of a program that ends, and of one that is executed
cat >"$work/limits.c" <<'END'
#include "program.h"
#include <stdio.h>
int main(int argc, char **argv) {
    unsigned long few[2] = {3, 3}, none[2] = {0, 0}, stack[2] = {1 << 20, 1 << 30}, now[2];
    if (argc == 1) {
        char *args[] = {argv[0], "again", 0};
        CALL(261, 0, 7, few, 0), CALL(261, 0, 3, stack, 0);
        return (int)-CALL(221, argv[0], args, 0);
    }
    for (int n = 1; n < 8; n += n == 1 ? 2 : 4) {
        CALL(261, 0, n, 0, now);
        printf("%lu ", now[0]);
    }
    printf("%ld\n", CALL(23, 1));
    CALL(261, 0, 1, none, 0);
    return 7;
}
END
emulator/tests/user/build.sh "$work/limits" "$work/limits.c" -O2 || exit 1
"$emu" --stats="$work/stats.json" --user "$work/limits" >"$work/got" 2>"$work/err" | cat
"$emu" --stats="$work/stats2.json" --user "$work/limits" again >"$work/got2" 2>>"$work/err"
[[ $? == 7 && -s $work/stats2.json ]] || fail "limits: no stats: $(cat "$work/err")"
"$emu" --strace --log-file="$work/log" --stats="$work/stats2.json" --user "$work/limits" again >"$work/got2" 2>>"$work/err"
[[ $? == 7 && $(tail -n 1 "$work/log") == exit_group* ]] || fail "limits: no stats of a program that may write no file: $(cat "$work/err")"
grep -q '^18446744073709551615 1048576 3 -24$' "$work/got" || fail "limits of a program that was executed: $(cat "$work/got" "$work/err")"
exit $status
