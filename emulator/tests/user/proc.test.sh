#!/usr/bin/env bash
# Oracle: proc(5), and for what may not be opened: every spelling is the same file. What /proc says of a program is the
# program's; the memory of the emulator cannot be opened.
# tests: rel asan
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
command -v riscv64-unknown-elf-gcc >/dev/null || { echo "skipped: no riscv64-unknown-elf-gcc"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
emulator/tests/user/build.sh "$work/proc" emulator/tests/user/proc.c -O2 -Wall -Wextra || exit 1
mkdir "$work/d"
for options in --features=all --engine=interp; do
    (cd "$work/d" && rm -f link && env -i A=b timeout 1000 "$emu" $options --user ../proc one >../got 2>&1 </dev/null) ||
        { echo "FAIL $options: code $?"; status=1; }
    diff - "$work/got" <<'END' || { echo "FAIL $options"; status=1; }
/proc/self/exe: proc, the same file 1, machine 243
/proc/./self/../self/exe: proc, the same file 1, machine 243
stat: (proc), stack 1, code 1, arguments 1, environment 1
comm: 5 proc
cmdline: 12 ../proc one
environ: A=b
auxv: 1
maps: several 1, stack 1, beyond 4 GiB 0
cpuinfo: 1
smaps: -2, to write: -13
from a folder: -13 -13 -13
END
done

# ---- devices of memory, which only root can make
if [[ $(id -u) == 0 ]] && mknod "$work/d/memory" c 1 1 2>/dev/null && (: <"$work/d/memory") 2>/dev/null; then
    emulator/tests/user/build.sh "$work/opens" -xc - -O2 <<'END' || exit 1
#include "program.h"
int main(int c, char **v) { (void)c; return (int)-CALL(NR_openat, AT_FDCWD, v[1], 0); }
END
    "$emu" --user "$work/opens" "$work/d/memory"
    [[ $? == 13 ]] || { echo "FAIL: a device of memory was opened"; status=1; }
fi
exit $status
