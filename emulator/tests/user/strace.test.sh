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
exit $status
