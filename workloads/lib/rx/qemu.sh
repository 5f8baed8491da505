#!/usr/bin/env bash
# Runs an RX program on QEMU until it prints its last line, `exit CODE`: workloads/lib/rx/qemu.sh ELF [QEMU OPTION...]
#
# QEMU has no exit device for RX. The exit code of the script is CODE, or 125 if QEMU ended before that line came.
set -uo pipefail
(($# >= 1)) || { echo "usage: qemu.sh ELF [QEMU OPTION...]" >&2 && exit 2; }
elf=$1
shift
[[ -r $elf ]] || { echo "qemu.sh: $elf cannot be read" >&2 && exit 125; }
command -v qemu-system-rx > /dev/null || { echo "qemu.sh: no qemu-system-rx: install the package qemu-system-misc" >&2 && exit 125; }

coproc QEMU {
    exec qemu-system-rx -M gdbsim-r5f562n8 -bios /dev/null -display none -monitor none -serial stdio \
        -device "loader,file=$elf,cpu-num=0" "$@" < /dev/null
}
qemu=$QEMU_PID
trap 'kill "$qemu" 2> /dev/null' EXIT
trap 'exit 143' TERM INT HUP
while IFS= read -r line <&"${QEMU[0]}"; do
    printf '%s\n' "$line"
    [[ $line =~ ^exit\ ([0-9]+)$ ]] || continue
    kill -KILL "$qemu"
    wait "$qemu" 2> /dev/null # so that its CPU time is counted
    exit $((BASH_REMATCH[1] & 255))
done
echo "qemu.sh: QEMU ended, and the program had not" >&2
exit 125
