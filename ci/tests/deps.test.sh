#!/usr/bin/env bash
# Oracle: violations planted here, each of which ci/deps.sh must name by file and line, and lawful lines which it must not.
set -euo pipefail
deps=$(cd "$(dirname "$0")/.." && pwd)/deps.sh
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
failed=0

plant() { # FILE LINE...
    mkdir -p "$root/$(dirname "$1")"
    local file=$1
    shift
    printf '%s\n' "$@" >"$root/$file"
}
expect() { # caught|clean FILE:LINE
    local found=clean
    grep -qF "$2: " "$root/out" && found=caught
    [ "$found" = "$1" ] && return
    echo "expected $1, got $found: $2"
    failed=1
}

plant emulator/base/a.c '#include "mem/mem.h"' '#include "base/b.h"' '#include <stdio.h>'
plant emulator/mem/a.c '#include "base/b.h"' '# include "elf/elf.h"' '#include "local.h"'
plant emulator/guest/rv64/a.c '#include "guest/guest.h"' '#include "guest/rx/rx.h"' '#include "host/host.h"' '#include "rv64.insn.inc"'
plant emulator/guest/guests.c '#include "guest/rv64/rv64.h"' '#include "host/host.h"'
plant emulator/guest/guest.h '#include "guest/rv64/rv64.h"'
plant emulator/opt/a.c '#include "ir/ir.h"' '#include "guest/guest.h"'
plant emulator/host/x64/a.c '#include "host/host.h"' '#include "jit/frame.h"' '// patch a CHAIN slot'
plant emulator/sys/a.c '#include "guest/guest.h"' '// as x64 has it' 'return context->gregs[REG_RIP];' '// mov RAX, 0' 'int x640, braxen;'
plant emulator/run/a.c '#include "board/board.h"'
plant emulator/board/board.h '#include "board/mem.h"'
plant emulator/board/mem.h '#include "mem/mem.h"'
plant emulator/mem/mem.h '#include "base/b.h"'
plant emulator/elf/a.c '#include "mem/mem.h"'
plant emulator/prof/counts/a.c '#include "run/machine.h"'
plant emulator/run/machine.h '#include "opt/opt.h"'
plant emulator/opt/opt.h 'int opt;'
plant bench/a.c '#include "base/err.h"' '#include "emulator/ir/ir.h"' '#include "../emulator/base/err.h"'
plant emulator/new/a.c 'int x;'

"$deps" "$root" >"$root/out" && { echo "exit status 0 although there are violations"; failed=1; }
expect caught emulator/base/a.c:1
expect clean emulator/base/a.c:2
expect clean emulator/mem/a.c:1
expect caught emulator/mem/a.c:2
expect clean emulator/mem/a.c:3
expect clean emulator/guest/rv64/a.c:1
expect caught emulator/guest/rv64/a.c:2
expect caught emulator/guest/rv64/a.c:3
expect clean emulator/guest/rv64/a.c:4
expect clean emulator/guest/guests.c:1
expect caught emulator/guest/guests.c:2
expect caught emulator/guest/guest.h:1
expect caught emulator/opt/a.c:2
expect clean emulator/host/x64/a.c:1
expect caught emulator/host/x64/a.c:2
expect clean emulator/run/a.c:1
expect clean emulator/elf/a.c:1
expect clean emulator/sys/a.c:1
expect caught emulator/run/machine.h:1
expect caught emulator/prof/counts/a.c:1
grep -q 'emulator/prof/counts reaches "opt/opt.h" through "emulator/run/machine.h"' "$root/out" || { echo "what is reached is not named"; failed=1; }
expect clean bench/a.c:1
expect caught bench/a.c:2
expect caught bench/a.c:3
expect caught emulator/new/a.c:1
expect caught emulator/sys/a.c:2
expect caught emulator/sys/a.c:3
expect caught emulator/sys/a.c:4
expect clean emulator/sys/a.c:5
grep -q "host's machine is named" "$root/out" || { echo "a host's registers outside of host/ were not caught"; failed=1; }
grep -q 'words TLB and chain' "$root/out" || { echo "policy under host/ was not caught"; failed=1; }

rm -r "$root"/emulator "$root"/bench
plant emulator/mem/a.c '#include "base/b.h"'
"$deps" "$root" >"$root/out" || { echo "a lawful tree was refused:"; cat "$root/out"; failed=1; }
exit $failed
