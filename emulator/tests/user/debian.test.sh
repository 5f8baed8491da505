#!/usr/bin/env bash
# Oracle: qemu-riscv64 (or the host's own programs, see debian.txt). Coreutils, shells, sqlite, python, perl of Debian's riscv64
# print the same, end the same and leave the same files under emu --user.
# tests: rel
#
# debian.test.sh [PATTERN]: the lines of debian.txt in which it occurs. Skipped when sysroot.sh has not fetched the programs.
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu} here=$PWD/emulator/tests/user root=$PWD/build/user-sysroot
[[ -e $root/FETCHED ]] || { echo "skipped: no programs of riscv64; emulator/tests/user/sysroot.sh fetches them"; exit 77; }
command -v qemu-riscv64 >/dev/null || { echo "skipped: no qemu-riscv64"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C TZ=UTC HOME=/root PATH=/usr/bin:/bin
unset PYTHONPATH PYTHONHOME

fixtures() {
    mkdir -p sub
    printf 'one two three\nfour five six\nseven two three\none two\n' >text
    printf 'one two three\nfour 5 six\nseven two three\n' >text3
    printf '%s\n' pear apple fig cherry apple banana grape fig kiwi lemon >words
    printf '%s\n' 5 17 3 100 -4 23 8 >numbers
    printf '%s\n' a a b b b c a >dup
    printf '%s\n' 'a b' 'b c' 'c d' >pairs1
    printf '%s\n' 'a x' 'c y' 'e z' >pairs2
    printf 'a\tb\n\tc\td        e\n' >tabs
    printf 'scale=20\n1/3\ns(1)\nsqrt(2)\n2^100\n' >sums
    seq 1 2000 | md5sum | cut -c1-32 | tr -d '\n' >seed
    for i in 1 2 3 4 5 6 7 8; do for j in 1 2 3 4; do printf '%s%s%s' "$i" "$j" "$(cat seed)" | sha256sum | cut -c1-64; done; done >binary
    base64 binary >encoded
    gzip -n -c words >packed.gz
    ln -s text link
    echo x >sub/file
    cat >queens.py <<'END'
def solve(n, row=0, columns=0, left=0, right=0):
    if row == n: return 1
    count, free = 0, ~(columns | left | right) & ((1 << n) - 1)
    while free:
        bit = free & -free
        free ^= bit
        count += solve(n, row + 1, columns | bit, (left | bit) << 1, (right | bit) >> 1)
    return count
print([solve(n) for n in range(1, 8)])
END
    touch -d @1000000000 -h ./* sub/*
}

# run NAME HOW COMMAND: in fixtures of its own; output, messages and exit code and what became of the files
run() {
    local name=$1 R=$2 command=$3
    rm -rf "$work/in" && cp -a "$work/fixtures" "$work/in" && cd "$work/in" || exit 1
    (R=$R eval "${command//\$R\//\$R/}") >"$work/$name.out" 2>"$work/$name.err" </dev/null
    echo "code $?" >>"$work/$name.out"
    (find . -type f ! -name '*.db' -exec md5sum {} + && find . -printf '%p %y %m\n') | sort >>"$work/$name.out"
    # Messages begin with the program's name, however it was started.
    sed -i -E 's#[^ ]*/(usr/)?bin/##g; s#^[^ ]*emu[^ ]*: ##' "$work/$name.out" "$work/$name.err"
    cd "$here" || exit 1
}

mkdir "$work/fixtures" && (cd "$work/fixtures" && fixtures) || exit 1
failed=0 n=0
while IFS= read -r line; do
    [[ -z $line || $line == '#'* || ( $# -gt 0 && $line != *"$1"* ) ]] && continue
    n=$((n + 1))
    how="qemu-riscv64 -L $root $root/usr/bin"
    [[ $line == native:* ]] && how=/usr/bin
    run want "$how" "${line#native: }"
    run got "$emu --user --sysroot=$root $root/usr/bin" "${line#native: }"
    cmp -s "$work/want.out" "$work/got.out" && cmp -s "$work/want.err" "$work/got.err" && continue
    echo "FAIL $line"
    diff "$work/want.out" "$work/got.out" | head -n 6
    diff "$work/want.err" "$work/got.err" | head -n 4
    failed=$((failed + 1))
done <"$here/debian.txt"
echo "$((n - failed)) of $n commands are as they should be"
[[ $failed == 0 && $n -gt 0 ]]
