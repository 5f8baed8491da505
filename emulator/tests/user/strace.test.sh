#!/usr/bin/env bash
# Oracle: strace's manual, section "Signals": `---` and the signal's name where it is delivered, `+++ killed by` where it ends the
# program, in a file as on stderr; real-time signals are SIGRT_n, n counted from 32. The order is that of the calls in the program.
# tests: rel asan
set -uo pipefail
cd "$(dirname "$0")/../../.."
. emulator/tests/lib/begin.sh
command -v riscv64-unknown-elf-gcc >/dev/null || { echo "skipped: no riscv64-unknown-elf-gcc"; exit 77; }
cat >"$work/signals.c" <<'END'
#include "program.h"
enum { SIGACTION = 134, SIGPROCMASK = 135, GETPID = 172, KILL = 129, SETITIMER = 103, NANOSLEEP = 101 };
enum { USR1 = 10, USR2 = 12, ALRM = 14, TERM = 15, WINCH = 28, RT = 40, RT_LAST = 64 };
static void handler(int n) { (void)n; }
int main(int argc, char **argv) {
    struct { void (*handler)(int); unsigned long flags, mask; } a = {handler, 0, 0};
    const long me = CALL(GETPID), soon[4] = {0, 0, 0, 20000}, minute[2] = {60, 0};
    const unsigned long set = 1ul << (USR1 - 1) | 1ul << (RT - 1);
    (void)argv;
    for (int n = argc > 1 ? RT : USR1; n <= RT_LAST; n++) CALL(SIGACTION, n, &a, 0, 8);
    CALL(KILL, me, USR1);
    CALL(KILL, me, RT_LAST);
    CALL(SIGPROCMASK, 0, &set, 0, 8); // these two wait, the first one the longest
    CALL(KILL, me, RT);
    CALL(KILL, me, USR1);
    CALL(SIGPROCMASK, 1, &set, 0, 8);
    CALL(SETITIMER, 0, soon, 0);
    CALL(NANOSLEEP, minute, 0);
    a.handler = 0;
    CALL(SIGACTION, TERM, &a, 0, 8);
    CALL(KILL, me, TERM);
    return 0;
}
END
emulator/tests/user/build.sh "$work/signals" "$work/signals.c" -I emulator/tests/user -O2 || exit 1
# lines NAME WANT: calls are told by name, and what they return is not looked at, but for the one that was interrupted
lines() {
    sed -E '/^(rt_sigaction|getpid)/d; s/^(nanosleep)\(.*\) = (.*)/\1 \2/; s/^([a-z_0-9]+)\(.*/\1/' "$work/log" >"$work/got"
    diff "$work/want" "$work/got" >"$work/diff" || fail "$1: $(cat "$work/diff")"
}
for options in "" --engine=interp; do
    cat >"$work/want" <<'END'
kill
--- SIGUSR1 ---
rt_sigreturn
kill
--- SIGRT_32 ---
rt_sigreturn
rt_sigprocmask
kill
kill
rt_sigprocmask
--- SIGUSR1 ---
--- SIGRT_8 ---
rt_sigreturn
rt_sigreturn
setitimer
nanosleep -1 EINTR (Interrupted system call)
--- SIGALRM ---
rt_sigreturn
kill
--- SIGTERM ---
+++ killed by SIGTERM +++
END
    # shellcheck disable=SC2086
    { timeout 1000 "$emu" $options --strace --log-file="$work/log" --user "$work/signals"; } 2>"$work/err"
    code=$?
    [[ $code == 143 ]] || fail "signals $options: exit code $code: $(cat "$work/err")"
    lines "signals $options"
done
# A signal without a handler ends the program inside of a call, or before any.
("$emu" --strace --log-file="$work/log" --user "$work/signals" without) 2>"$work/err"
code=$?
[[ $code == 138 ]] || fail "without handlers: exit code $code: $(cat "$work/err")"
printf 'kill\n--- SIGUSR1 ---\n+++ killed by SIGUSR1 +++\n' >"$work/want"
lines "without handlers"

# ---- arguments and results: strace(1), "DESCRIPTION" and "Options": strings with the escapes of C, those that cannot be read as addresses,
# at most 32 bytes of a buffer, calls of several threads that overlap, a call that is done again
cat >"$work/lines.c" <<'END'
#include "check.h"
enum { NR_umask = 166, NR_socket = 198, NR_memfd = 279 };
static int ends[2];
static Thread thread;
static void answer(int n, int *info, void *context) {
    (void)n, (void)info, (void)context;
    CALL(NR_write, ends[1], "x", 1);
}
static void wait_a_moment(long unused) { (void)unused, sleep_ms(30); }
int main(int argc, char **argv) {
    (void)argc, (void)argv;
    char c;
    long soon[4] = {0, 0, 0, 20000};
    CALL(NR_openat, AT_FDCWD, "a\tb\n\"\\\x01\xff", 0, 0);
    CALL(NR_openat, 77, 8, 0, 0);
    CALL(NR_openat, AT_FDCWD, 0, 0, 0);
    CALL(NR_umask, 022);
    CALL(999, 1, 2, 3, 4, 5, 6);
    CALL(NR_memfd, "name", 0x40000000);
    CALL(NR_mmap, 0x1000000, 4096, 3, 0x100022, -1, 0);
    CALL(NR_write, -1, "12345678901234567890123456789012and more", 40);
    CALL(NR_write, 1, 8, 40);
    CALL(NR_pipe2, ends, 0);
    handle(SIGALRM_, answer, 0x10000000); // SA_RESTART
    CALL(NR_setitimer, 0, soon, 0);
    CALL(NR_read, ends[0], &c, 1);
    start(&thread, wait_a_moment, 0);
    join(&thread);
    return 0;
}
END
emulator/tests/user/build.sh "$work/lines" "$work/lines.c" -I emulator/tests/user -O2 || exit 1
cat >"$work/want" <<'END'
openat(AT_FDCWD, "a\tb\n\"\\\1\377", 0, 0) = -1 ENOENT (No such file or directory)
openat(77, 0x8, 0, 0) = -1 EFAULT (Bad address)
openat(AT_FDCWD, NULL, 0, 0) = -1 EFAULT (Bad address)
umask(022) = N
syscall_999(0x1, 0x2, 0x3, 0x4, 0x5, 0x6) = -1 ENOSYS (Function not implemented) no such call here
memfd_create("name", 0x40000000) = -1 EINVAL (Invalid argument)
mmap(0x1000000, 4096, 0x3, 0x100022, -1, 0) = 0x1000000
write(-1, "12345678901234567890123456789012"..., 40) = -1 EBADF (Bad file descriptor)
write(1, 0x8, 40) = -1 EFAULT (Bad address)
END
timeout 1000 "$emu" --strace --log-file="$work/log" --user "$work/lines" 2>"$work/err" || fail "lines: $(cat "$work/err")"
sed 's/^\(umask.*= \).*/\1N/' "$work/log" | grep -Ev '^(\[|pipe2|rt_|setit|read|---|clone|futex|exit|sigret)' | grep -v '"x"' >"$work/got"
diff "$work/want" "$work/got" >"$work/diff" || fail "lines: $(cat "$work/diff")"
# The read is interrupted and done again, the main thread's wait for the other one is told in two parts.
grep -A 9 '^read(.*interrupted, to be done again)$' "$work/log" | grep -q '^read(.*) = 1$' || fail "a call that is done again: $(grep -A 9 '^read' "$work/log")"
grep -qE '^\[pid [0-9]+\] futex\(.* <unfinished \.\.\.>$' "$work/log" && grep -qE '^\[pid [0-9]+\] <\.\.\. futex resumed>\) = ' "$work/log" ||
    fail "calls that overlap: $(grep futex "$work/log")"
exit $status
