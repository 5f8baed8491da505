#!/usr/bin/env bash
# Oracle: INTERFACE.md. What emu cannot write reaches its exit code, 125 with a message, whatever it is that it writes and
# however that fails: a full device, a closed descriptor, a full disk, a reader that is gone. And a descriptor that is closed
# when emu starts is none that a file gets.
set -uo pipefail
cd "$(dirname "$0")/../../.."
. emulator/tests/lib/begin.sh
elf=$PWD/build/workloads/rv64/loop-test.elf
[[ -e $elf ]] || { echo "no $elf: run workloads/build.sh rv64"; exit 1; }

# ends CODE PATTERN COMMAND: a line for bash with "$emu" in it, whose path may have a space
ends() {
    local got=0
    (cd "$work" && timeout 1000 bash -c "$3") >"$work/out" 2>"$work/err" </dev/null || got=$?
    [[ $got == "$1" ]] || fail "$3: code $got, not $1: $(head -n 2 "$work/err")"
    grep -Eq -e "$2" "$work/err" || fail "$3: says '$(head -n 2 "$work/err")', not '$2'"
}
export emu elf

# ---- what emu prints
for options in --help --usage --version --version=json --events=list --events=json '--stats=/dev/stdout "$elf"'; do
    ends 125 '^emu: .*(No space left|a write failed)' "\"\$emu\" $options >/dev/full"
    ends 125 '^emu: .*(Bad file descriptor|not whole|cannot be written)' "\"\$emu\" $options >&-"
done
ends 125 'console output was lost: No space left' '"$emu" "$elf" >/dev/full'
ends 125 'console output was lost: Bad file descriptor' '"$emu" "$elf" >&-'
ends 125 'console output was lost: Broken pipe' 'mkfifo p && exec 3<>p 4>p 3<&- && "$emu" "$elf" >&4'

# ---- the files that it writes: a device that is full, then a disk
files() { # files FOLDER-OR-DEVICE PATTERN
    local option
    for option in --stats --profile --sample '--log=exec --log-file'; do
        ends 125 "$2" "\"\$emu\" $option=$1 \"\$elf\""
    done
}
files /dev/full '^emu: /dev/full.*No space left'
if mkdir "$work/small" && mount -t tmpfs -o size=4k none "$work/small" 2>/dev/null; then
    head -c 4096 /dev/zero >"$work/small/filler" 2>/dev/null
    files small/f '^emu: small/f.*No space left'
    ends 125 '^emu: .*small.*No space left' '"$emu" --jitdump=small "$elf"'
    [[ $(ls "$work/small" | grep -cv -e '^f$' -e '^jit-') == 1 ]] || fail "a full disk leaves $(ls "$work/small")"
    [[ ! -s $work/small/f ]] || fail "a full disk: a part of a file"
    umount "$work/small"
fi

# ---- closed descriptors: what a guest prints is lost, and lands in no file
head -c 65536 /dev/zero >"$work/disk" && cp "$work/disk" "$work/before"
for closed in '0<&-' '1>&-' '2>&-' '0<&- 1>&- 2>&-'; do
    (cd "$work" && eval "\"\$emu\" --drive=disk --stats=s.json \"\$elf\" $closed") >"$work/out" 2>"$work/err"
    code=$?
    [[ $closed == *1* ]] && want=125 || want=0
    [[ $code == "$want" ]] || fail "$closed: code $code, not $want: $(cat "$work/err")"
    cmp -s "$work/disk" "$work/before" || fail "$closed: the guest's output is on the disk"
done
# A Linux program finds them closed, as it would be without emu.
if command -v riscv64-unknown-elf-gcc >/dev/null; then
    cat >"$work/fds.c" <<'END'
#include "program.h"
int main(int argc, char **argv) {
    (void)argc, (void)argv;
    return (CALL(25, 0, 1, 0) >= 0) | (CALL(25, 1, 1, 0) >= 0) << 1 | (CALL(25, 2, 1, 0) >= 0) << 2;
}
END
    emulator/tests/user/build.sh "$work/fds" "$work/fds.c" -O2 || exit 1
    for closed in '' '0<&-' '1>&-' '2>&-' '0<&- 1>&-'; do
        eval "\"\$emu\" --user $work/fds $closed" </dev/null >/dev/null 2>&1
        code=$? want=7
        [[ $closed == *0* ]] && want=$((want - 1))
        [[ $closed == *1* ]] && want=$((want - 2))
        [[ $closed == *2* ]] && want=$((want - 4))
        [[ $code == "$want" ]] || fail "a program with $closed sees descriptors $code, not $want"
    done
fi
exit $status
