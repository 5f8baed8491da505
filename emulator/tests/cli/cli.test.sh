#!/usr/bin/env bash
# Oracle: INTERFACE.md: which mistake ends in which exit code, and a message that names what is wrong.
# tests: rel asan
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
status=0
good=build/workloads/rv64/dhrystone-test.elf
[[ -e $good ]] || { echo "no $good: run workloads/build.sh rv64"; exit 1; }

complain() {
    echo "FAIL $*"
    status=1
}

# expect CODE PATTERN ARGUMENT...: exit code, and a line of standard error that matches; nothing of a crash.
expect() {
    local code=$1 pattern=$2 got=0
    shift 2
    timeout 1000 "$emu" "$@" </dev/null >"$work/out" 2>"$work/err" || got=$?
    [[ $got == "$code" ]] || complain "exit code $got instead of $code: emu $*: $(head -n 3 "$work/err")"
    grep -Eq -e "$pattern" "$work/err" || complain "no message like '$pattern': emu $*: $(head -n 3 "$work/err")"
    ! grep -Eiq 'sanitizer|runtime error|nightjar: bug' "$work/err" || complain "emu $*: $(grep -Ei -m1 'sanitizer|runtime|bug' "$work/err")"
}

# ---- the ELF
patched() { # patched NAME OFFSET BYTES: a copy of the good one with other bytes
    cp "$good" "$work/$1"
    printf "%b" "$3" | dd of="$work/$1" bs=1 seek="$2" conv=notrunc status=none
}
expect 125 'no-such-file.*No such file' "$work/no-such-file"
expect 125 "$work.*directory" "$work"
: >"$work/empty"
expect 125 'empty' "$work/empty"
echo 'int main(void) { return 0; }' >"$work/text"
expect 125 'text.*ELF' "$work/text"
size=$(stat -c %s "$good")
for part in 10 63 64 200 4096 $((size / 2)); do
    head -c "$part" "$good" >"$work/cut"
    expect 125 'cut.*' "$work/cut"
done
patched x86 18 '\x3e\x00'
expect 125 'x86.*machine 62' "$work/x86"
patched class32 4 '\x01'
expect 125 'class32' "$work/class32"
patched big-endian 5 '\x02'
expect 125 'big-endian' "$work/big-endian"
cp "$good" "$work/secret" && chmod 0 "$work/secret"
[[ $(id -u) == 0 ]] || expect 125 'secret.*[Pp]ermission' "$work/secret"

# ---- usage
expect 64 'which ELF'
expect 64 'one ELF, not two' "$good" "$good"
expect 64 'unrecognized option' --no-such-option "$good"
expect 64 "unknown feature 'warp'" --features=+warp "$good"
expect 64 "unknown feature 'chai'" --features=chai "$good"
expect 64 'warp' --log=decode,warp "$good"
expect 64 'engine=turbo' --engine=turbo "$good"
expect 64 'clock=moon' --clock=moon "$good"
for size in 0 -1 x 12Q 99999999999G ''; do expect 64 'memory' --memory=$size "$good"; done
for number in 0 -5 1x ''; do expect 64 'max-insns' --max-insns=$number "$good"; done
for size in 1 4K 2G x; do expect 64 'code-cache' --code-cache=$size "$good"; done
expect 64 'version=xml' --version=xml
"$emu" --help >"$work/out" 2>&1 || complain "--help fails"
grep -q -- '--features' "$work/out" || complain "--help says nothing"
"$emu" --version=json | jq -e '.schema == "nightjar.version/1" and (.features | length) > 5' >/dev/null || complain "--version=json"

# ---- memory
expect 125 'memory' --memory=4K "$good"
expect 125 'memory|RAM' --memory=4097 "$good"
expect 125 'memory|RAM' --memory=8388608G "$good"

# ---- files that cannot be written
expect 125 'no/such/dir.*No such file' --stats="$work/no/such/dir/s.json" "$good"
expect 125 'no/such/dir.*No such file' --profile="$work/no/such/dir/p.json" "$good"
expect 125 'no/such/dir' --log=exec --log-file="$work/no/such/dir/log" "$good"
expect 125 '.' --stats="$work" "$good"
if [[ -w /dev/full ]]; then
    expect 125 'full.*No space' --log=decode --log-file=/dev/full "$good"
    code=0
    "$emu" "$good" >/dev/full 2>"$work/err" </dev/null || code=$?
    [[ $code == 125 ]] && grep -q 'No space' "$work/err" || complain "console to a full disk: code $code: $(cat "$work/err")"
fi
# A file system of its own for "disk full": only where mounting is allowed.
if mkdir "$work/small" && mount -t tmpfs -o size=4k none "$work/small" 2>/dev/null; then
    head -c 4096 /dev/zero >"$work/small/filler" 2>/dev/null
    expect 125 'small/s.json.*No space' --stats="$work/small/s.json" "$good"
    [[ $(ls "$work/small") == filler ]] || complain "disk full leaves $(ls "$work/small")"
    umount "$work/small"
fi

# ---- a closed pipe: neither silence nor death by signal
mkfifo "$work/pipe"
exec 3<>"$work/pipe" 4>"$work/pipe" 3<&- # the only reader is gone
code=0
timeout 1000 "$emu" "$good" </dev/null >&4 2>"$work/err" || code=$?
exec 4>&-
[[ $code == 125 ]] && grep -q 'Broken pipe' "$work/err" || complain "console to a closed pipe: code $code: $(cat "$work/err")"

# ---- killed: no stats file, or a whole one
"$emu" --stats="$work/killed.json" build/workloads/rv64/dhrystone.elf >/dev/null 2>&1 </dev/null &
sleep 0.1
kill -9 $! 2>/dev/null
wait $! 2>/dev/null
[[ ! -e $work/killed.json ]] || jq -e . "$work/killed.json" >/dev/null || complain "kill -9 leaves a broken stats file"

# ---- limits
for engine in jit interp; do
    for n in 1 2 999 1000 54321; do
        expect 124 "after $n guest" --engine=$engine --max-insns=$n --stats="$work/s.json" "$good"
        jq -e ".counters.guest_instructions == $n and .exit.reason == \"max-insns\"" "$work/s.json" >/dev/null ||
            complain "max-insns=$n, $engine: $(jq -c '[.exit, .counters.guest_instructions]' "$work/s.json")"
    done
done

# ---- guests that cannot go on
stuck() { # stuck NAME PATTERN ASSEMBLY
    printf '.globl _start\n_start:\n%b\n1: j 1b\n' "$3" >"$work/$1.S"
    riscv64-unknown-elf-gcc -march=rv64imac_zicsr -mabi=lp64 -nostdlib -static -T emulator/tests/guest/link.ld -Wl,--no-warn-rwx-segments \
        -o "$work/$1.elf" "$work/$1.S" || exit 1
    for engine in jit interp; do
        expect 123 "$2" --engine=$engine --stats="$work/s.json" "$work/$1.elf"
        jq -e '.exit.reason == "stuck"' "$work/s.json" >/dev/null || complain "$1: exit is $(jq -c .exit "$work/s.json")"
    done
}
if command -v riscv64-unknown-elf-gcc >/dev/null; then
    stuck waits 'waits at 0x[0-9a-f]+' 'csrw mie, x0\nwfi'
    stuck traps 'traps without end at 0' 'csrw mtvec, x0\necall'
    stuck masked 'waits at' 'li t0, 128\ncsrw mie, t0\nli t1, -1\nli t2, 0x2004000\nsd t1, 0(t2)\nwfi'
    stuck nowhere 'traps without end' 'csrw mtvec, x0\nli t0, 0x40000000\njr t0'
fi
exit $status
