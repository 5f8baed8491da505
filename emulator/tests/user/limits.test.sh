#!/usr/bin/env bash
# Oracle: INTERFACE.md. What a guest may use: --max-time, --max-memory, --max-files end or refuse as documented, whatever the
# guest does to signals, timers, limits and processes, with both engines.
set -uo pipefail
cd "$(dirname "$0")/../../.."
. emulator/tests/lib/begin.sh
command -v riscv64-unknown-elf-gcc >/dev/null || { echo "skipped: no riscv64-unknown-elf-gcc"; exit 77; }
emulator/tests/user/build.sh "$work/limits" emulator/tests/user/limits.c -O2 -Wall -Wextra || exit 1

# ends CODE PATTERN ARGUMENTS...: emu ends with this code and says this, one line ('': nothing)
ends() {
    local code=$1 pattern=$2 got
    shift 2
    timeout -s KILL 1000 "$emu" "$@" <"$work/pipe" >"$work/out" 2>"$work/err"
    got=$?
    [[ $got == "$code" ]] || fail "$*: code $got, not $code: $(head -n 2 "$work/err" "$work/out")"
    [[ $(cat "$work/err") =~ ^$pattern$ ]] || fail "$*: says '$(cat "$work/err")', not '$pattern'"
}
mkfifo "$work/pipe"
exec 3<>"$work/pipe" # nothing ever comes

# ---- time: what computes, what waits, what resists, its threads and its family
stopped='emu: stopped after 0.3 seconds \(--max-time\)'
for what in spin wait resist threads family 'execute spin' 'execute wait'; do
    # What was executed says nothing: it is one of perhaps many.
    [[ $what == execute* ]] && said= || said=$stopped
    ends 124 "$said" --user --max-time=0.3 --stats="$work/s.json" "$work/limits" $what
    [[ $what == execute* ]] || jq -e '.exit == {reason: "max-time", code: 124}' "$work/s.json" >/dev/null ||
        fail "$what: exit is $(jq -c .exit "$work/s.json")"
done
ends 124 "$stopped" --user --engine=interp --max-time=0.3 "$work/limits" spin
ends 124 "$stopped" --user --clock=insn --max-time=0.3 "$work/limits" wait
ends 7 '' --user --max-time=900 "$work/limits"

# A board that computes, and one that waits for input.
printf '.globl _start\n_start: j _start\n' >"$work/spin.S"
printf '.globl _start\n_start: li t0, 0x800\ncsrw mie, t0\n1: wfi\nj 1b\n' >"$work/input.S"
for board in spin input; do
    riscv64-unknown-elf-gcc -march=rv64imac_zicsr -mabi=lp64 -nostdlib -static -T emulator/tests/guest/link.ld -Wl,--no-warn-rwx-segments \
        -o "$work/$board.elf" "$work/$board.S" || exit 1
done
for engine in jit interp; do
    ends 124 "$stopped" --engine=$engine --max-time=0.3 --stats="$work/s.json" "$work/spin.elf"
    jq -e '.exit.reason == "max-time"' "$work/s.json" >/dev/null || fail "a board: exit is $(jq -c .exit "$work/s.json")"
done
ends 124 "$stopped" --max-time=0.3 "$work/input.elf"

# ---- memory and files
ends 7 '' --user --max-memory=64M "$work/limits" memory
ends 7 '' --user --max-memory=64M "$work/limits" execute memory
ends 7 '' --user --max-files=20 "$work/limits" files
ends 7 '' --user --max-files=20 "$work/limits" execute files
ends 125 'emu: .*/limits: takes [0-9]+ KiB of addresses before its first instruction; --max-memory allows 64 KiB' --user --max-memory=64K "$work/limits"

# ---- usage
for bad in --max-time=0 --max-time=-1 --max-time=x --max-time= --max-memory=0 --max-memory=1Q --max-files=1 '--max-memory=64M --memory=128M' \
    --max-files=20 '--engine=check --max-time=1'; do
    "$emu" $bad "$work/spin.elf" >/dev/null 2>"$work/err" </dev/null
    [[ $? == 64 ]] && grep -q -e "^emu: .*--max-" "$work/err" || fail "$bad: $(head -n 1 "$work/err")"
done
exit $status
