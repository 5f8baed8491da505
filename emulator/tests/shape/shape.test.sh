#!/usr/bin/env bash
# Oracle: golden text, reviewed: what short guest sequences become with all switches on, and with none, where emitted code may
# use all extensions; and with all switches for the oldest processors, which every machine can run.
# tests: rel
#
# shape.test.sh --update writes the golden files anew: look at `git diff` before you keep them.
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
here=emulator/tests/shape
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
riscv64-unknown-elf-gcc -march=rv64gc -mabi=lp64d -nostdlib -static -mno-relax -T emulator/tests/guest/link.ld \
    -Wl,--no-warn-rwx-segments -o "$work/shape.elf" $here/shape.S || exit 1
riscv64-unknown-elf-nm "$work/shape.elf" | awk '{ sub(/^0+/, "", $1); print $1, $3 }' >"$work/names"

# Units by name: guest code, then the host code up to where the stubs begin, without addresses that change from run to run.
# One line a unit counts: guest instructions, and host instructions up to the last exit.
shapes() { # SWITCHES ISA
    "$emu" --features="$1" --host-isa="$2" --log=decode,host --log-file="$work/log" "$work/shape.elf" </dev/null || return
    awk -v names="$work/names" '
        BEGIN { while ((getline line < names) > 0) { split(line, part, " "); name["0x" part[1]] = part[2] } }
        function flush_unit() { if (title != "") printf "%s: %d guest, %d host\n%s%s\n", title, guest, host, text, code; title = "" }
        /^decode/ { flush_unit(); if (fresh) { first = $2; guest = 0; text = ""; fresh = 0 }
            line = $0; sub(/^decode +0x[0-9a-f]+ +/, "", line); gsub(/0x8000[0-9a-f]+/, "PC", line); text = text "  " line "\n"; guest++; next }
        /^-- host code/ { fresh = 1; host = 0; code = ""; stubs = held = 0; title = (first in name) ? name[first] : first; next }
        title != "" && /^ +0x/ { line = $0; sub(/^ +0x[0-9a-f]+ +/, "", line)
            # An address in RAX: a helper if a call follows, else the token of a stub, and nothing but stubs from here on.
            if (held && line ~ /^call/) { code = code "      mov rax, HELPER\n"; host++ } else if (held) stubs = 1
            held = line ~ /^mov rax, 0x(5[0-9A-F]|7F)[0-9A-F]+$/ && length(line) == 23
            if (stubs || held) next
            gsub(/0x0000[0-9A-F]+/, "ADDR", line); code = code "      " line "\n"; host++ }
        END { flush_unit() }
        BEGIN { fresh = 1 }' "$work/log"
}

# golden NAME SWITCHES ISA, and the argument of this script
golden() {
    local name=$1
    shapes "$2" "$3" >"$work/$name" || { echo "FAIL --features=$2 --host-isa=$3"; exit 1; }
    if [[ $4 == --update ]]; then
        cp "$work/$name" $here/$name.txt
    elif ! diff -u $here/$name.txt "$work/$name" >"$work/diff"; then
        echo "FAIL --features=$2 --host-isa=$3: other code than $here/$name.txt; if that is wanted: $here/shape.test.sh --update"
        head -n 60 "$work/diff"
        status=1
    fi
}
golden all.v2 all v2 "${1-}"
code=0
"$emu" --host-isa=v3 "$work/shape.elf" </dev/null >"$work/v3" 2>&1 || code=$?
if ((code)); then
    grep -qE 'this machine has no (bmi2|fma|bmi2,fma)$' "$work/v3" || { echo "FAIL --host-isa=v3: $(cat "$work/v3")"; status=1; }
    echo "only the code for the oldest processors: $(cat "$work/v3")"
else
    golden all all v3 "${1-}"
    golden none none v3 "${1-}"
fi
exit $status
