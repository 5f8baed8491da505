#!/usr/bin/env bash
# Oracle: golden text, reviewed: what short guest sequences become with all switches on, and with none, where emitted code may
# use all extensions; and with all switches for the oldest processors, which every machine can run.
# tests: rel
#
# shape.test.sh [HOST] [--update]
#
# HOST: of emu that `make HOST=rv64` or `HOST=a64` made; it runs under QEMU (tests/host/foreign.test.sh calls this script so).
# --update writes the golden files anew: look at `git diff` before you keep them.
[[ ${REL_AS:-rel} != asan ]] || { echo "skipped: the address sanitizer takes the place of guest memory, for which there is other code then"; exit 77; }
set -uo pipefail
cd "$(dirname "$0")/../../.."
host= update=
for word in "$@"; do [[ $word == --update ]] && update=1 || host=$word; done
case $host in
'') emu=("${EMU:-$PWD/build/rel/emu}") ;;
rv64) emu=(qemu-riscv64 build/rv64/emu) ;;
a64) emu=(qemu-aarch64 build/a64/emu) ;;
*) echo "shape.test.sh: '$host' is no host that emu is cross-built for: rv64, a64" >&2 && exit 2 ;;
esac
here=emulator/tests/shape
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
riscv64-unknown-elf-gcc -march=rv64gc -mabi=lp64d -nostdlib -static -mno-relax -T emulator/tests/guest/link.ld \
    -Wl,--no-warn-rwx-segments -o "$work/shape.elf" $here/shape.S || exit 1
riscv64-unknown-elf-nm "$work/shape.elf" | awk '{ sub(/^0+/, "", $1); print $1, $3 }' >"$work/names"

# Units by name: guest code, then the host code of the straight path, without addresses that change from run to run, and without
# distances to what is out of line. One line a unit counts instructions.
shapes() { # SWITCHES ISA
    "${emu[@]}" --features="$1" --host-isa="$2" --log=decode,host --log-file="$work/log" "$work/shape.elf" </dev/null 2>"$work/err" ||
        { cat "$work/err"; return 1; }
    awk -v names="$work/names" '
        BEGIN { while ((getline line < names) > 0) { split(line, part, " "); name["0x" part[1]] = part[2] } fresh = 1 }
        function flush_unit() { if (title != "") printf "%s: %d guest, %d host\n%s%s\n", title, guest, host, text, code; title = "" }
        # Addresses of the process, as Zydis, Capstone and the table of RISC-V print them.
        function plain(line,    out, token, digits) {
            while (match(line, /0x[0-9A-Fa-f]+/)) {
                token = substr(line, RSTART, RLENGTH); digits = RLENGTH - 2
                if ((digits == 16 && token ~ /^0x0000/) || ((digits == 10 || digits == 12) && token ~ /^0x(40|5|7)/)) token = "ADDR"
                out = out substr(line, 1, RSTART - 1) token
                line = substr(line, RSTART + RLENGTH)
            }
            return out line
        }
        /^decode/ { flush_unit(); if (fresh) { first = $2; guest = 0; text = ""; fresh = 0 }
            line = $0; sub(/^decode +0x[0-9a-f]+ +/, "", line); gsub(/0x8000[0-9a-f]+/, "PC", line); text = text "  " line "\n"; guest++; next }
        /^-- host code/ { fresh = 1; host = behind = cold = 0; code = ""; title = (first in name) ? name[first] : first; next }
        /^-- out of line/ { cold = 1; next }
        title != "" && !cold && /^ +0x/ { line = $0; sub(/^ +0x[0-9a-f]+ +/, "", line); line = plain(line)
            if (behind) sub(/-?[0-9]+\(/, "HERE(", line) # RISC-V: the low part of a distance
            behind = line ~ /^auipc/
            if (behind) sub(/,0x.*/, ",HERE", line)
            code = code "      " line "\n"; host++ }
        END { flush_unit() }' "$work/log"
}

golden() { # NAME SWITCHES ISA
    local name=$1 again="$here/shape.test.sh${host:+ $host} --update"
    shapes "$2" "$3" >"$work/$name" || { echo "FAIL --features=$2 --host-isa=$3"; exit 1; }
    if [[ $update ]]; then
        cp "$work/$name" $here/$name.txt
    elif ! diff -u $here/$name.txt "$work/$name" >"$work/diff"; then
        echo "FAIL --features=$2 --host-isa=$3: other code than $here/$name.txt; if that is wanted: $again"
        head -n 60 "$work/diff"
        status=1
    fi
}
if [[ $host ]]; then
    golden "$host" all native
    golden "$host.none" all none
    exit $status
fi
golden all.v2 all v2
code=0
"${emu[@]}" --host-isa=v3 "$work/shape.elf" </dev/null >"$work/v3" 2>&1 || code=$?
if ((code)); then
    grep -qE 'this machine has no (bmi2|fma|bmi2,fma)$' "$work/v3" || { echo "FAIL --host-isa=v3: $(cat "$work/v3")"; status=1; }
    echo "only the code for the oldest processors: $(cat "$work/v3")"
else
    golden all all v3
    golden none none v3
fi
exit $status
