#!/usr/bin/env bash
# Oracle: the programs. Each exit code of the two lists (emulator/base/exit_code.inc, bench/base/codes.inc) stands in --help and in
# docs/EXIT-CODES.md with the same words, and no other does; ends that can be had in a moment have the code of the table. Each
# schema that the sources name stands in docs/FORMATS.md, and each that stands there is named.
# tests: rel
set -uo pipefail
cd "$(dirname "$0")/../.."
emu=${EMU:-$PWD/build/rel/emu} nightjar=${NIGHTJAR:-$PWD/build/rel/nightjar}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
fail() {
    echo "FAIL $*"
    status=1
}
rows() { sed -n 's/^EXIT\(_CODE\)\{0,1\}([A-Z_]*, \([0-9]*\), "\(.*\)")$/\2 \3/p' "$1"; }
of_page() { sed -n "/^## $1\$/,/^## /s/^| \([0-9][0-9]*\) | \(.*\) |\$/\1 \2/p" docs/EXIT-CODES.md; }
rows emulator/base/exit_code.inc >"$work/emu"
rows bench/base/codes.inc >"$work/nightjar"
# agree PROGRAM COMMAND HELP: HELP is the text of --help, each code at the beginning of a line
agree() {
    [[ $(wc -l <"$work/$1") -ge 8 && $(grep -c '^EXIT' "$2") == "$(wc -l <"$work/$1")" ]] || fail "$2: a line that is no row"
    [[ $(cut -d ' ' -f 1 "$work/$1" | sort -n | uniq -d) == "" ]] || fail "$2: a code twice"
    diff "$work/$1" <(of_page "$1") >"$work/diff" || fail "docs/EXIT-CODES.md and $2: $(cat "$work/diff")"
    diff "$work/$1" "$3" >"$work/diff" || fail "$1 --help and $2: $(cat "$work/diff")"
}
# argp breaks lines where it likes: one line again, then a line a code
"$emu" --help | sed -n '/^Exit codes:/,/^$/p' | tr -s '\n ' ' ' | grep -oE '; [0-9]+ ([^;.]|; [^0-9])*' | sed 's/^; //; s/ *$//' >"$work/emu.help"
"$nightjar" --help | sed -n 's/^  \([0-9][0-9]*\)\t/\1 /p' >"$work/nightjar.help"
agree emu emulator/base/exit_code.inc "$work/emu.help"
agree nightjar bench/base/codes.inc "$work/nightjar.help"

# ends NAME COMMAND...: the command ends with the code of that name
code_of() { sed -n "s/^EXIT\(_CODE\)\{0,1\}($1, \([0-9]*\),.*/\2/p" "$2"; }
ends() {
    local list=$1 name=$2 want got=0
    shift 2
    want=$(code_of "$name" "$list")
    timeout 1000 "$@" >"$work/out" 2>&1 </dev/null || got=$?
    [[ -n $want && $got == "$want" ]] || fail "exit $got, and $name is ${want:-not there}: $*"
}
guest() { # NAME ASSEMBLY: build it
    printf '.globl _start\n_start:\n%b\n1: j 1b\n' "$2" >"$work/$1.S"
    riscv64-unknown-elf-gcc -march=rv64imac_zicsr -mabi=lp64 -nostdlib -static -T emulator/tests/guest/link.ld -Wl,--no-warn-rwx-segments \
        -o "$work/$1.elf" "$work/$1.S" || exit 1
}
guest loop ''
guest stuck 'csrw mie, x0\nwfi'
guest reset 'li t0, 0x100000\nli t1, 0x7777\nsw t1, 0(t0)'
ours=emulator/base/exit_code.inc
ends $ours USAGE "$emu" --no-such-option
ends $ours HOST "$emu" "$work/not-there.elf"
ends $ours LIMIT "$emu" --max-insns=1000 "$work/loop.elf"
ends $ours STUCK "$emu" "$work/stuck.elf"
ends $ours RESET "$emu" "$work/reset.elf"
theirs=bench/base/codes.inc
ends $theirs OK "$nightjar" --version
ends $theirs USAGE "$nightjar" no-such-command
ends $theirs DATA "$nightjar" validate "$work/not-there.json"
"$nightjar" --help >/dev/full 2>&1
[[ $? == "$(code_of HOST $theirs)" ]] || fail "a full disk under --help"

grep -RhoE '"?nightjar\.[a-z-]+(/[0-9]+)?"?' --include='*.[ch]' --include='*.inc' emulator bench ci profiles reports --exclude-dir=tests |
    grep -oE 'nightjar\.[a-z-]+/[0-9]+' | sort -u >"$work/schemas"
echo nightjar.note/1 >>"$work/schemas" # made of its family's name
grep -oE '^\| `nightjar\.[a-z-]+/[0-9]+`' docs/FORMATS.md | grep -oE 'nightjar[^`]*' | sort -u >"$work/page"
diff <(sort -u "$work/schemas") "$work/page" >"$work/diff" || fail "docs/FORMATS.md and the sources: $(cat "$work/diff")"
[[ $(wc -l <"$work/page") -ge 19 ]] || fail "schemas are not found"
exit $status
