#!/usr/bin/env bash
# Oracle: the plant. A second emulator is built with three host registers less and another commit in its version; the guest runs the
# same blocks as often on both, and what each of them costs more is called by its name: spills.
# tests: rel
set -euo pipefail
cd "$(dirname "$0")/../.."
nightjar=${NIGHTJAR:-build/rel/nightjar} emu=${EMU:-build/rel/emu}
objects=build/rel/obj
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
[ -r "$objects/emulator/ra/ra.o" ] && [ "$(realpath "$emu")" = "$(realpath build/rel/emu)" ] || { echo "no objects of build/rel"; exit 77; }

# The plant, in copies of two files; everything else is linked as it is.
read -ra compile <build/rel/flags
mkdir -p "$dir/prof"
sed 's/s->pool = pool,.*/&\n    for (int n = 0; n < 3; n++) s->pool \&= ~host_reg(63 - __builtin_clzll(s->pool \& host->regs[HOST_INTS]));/' \
    emulator/ra/ra.c >"$dir/ra.c"
cmp -s emulator/ra/ra.c "$dir/ra.c" && fail "the plant does not take"
sed 's/^#define VERSION_COMMIT .*/#define VERSION_COMMIT "feedbeef1234"/' build/rel/version.inc >"$dir/version.inc"
commit=$(sed -n 's/^#define VERSION_COMMIT "\(.*\)"/\1/p' build/rel/version.inc) # `unknown` where git may not tell
strip=() # as the Makefile wrote them, without the shell's quotes and the lists of headers
for f in "${compile[@]}"; do [[ $f == -MMD || $f == -MP ]] || strip+=("${f//\'/}"); done
"${strip[@]}" -c -o "$dir/ra.o" "$dir/ra.c"
"${strip[@]}" -I"$dir" -c -o "$dir/version.o" emulator/prof/counts/version.c
# Only objects that have a source: files that were moved leave theirs behind.
mapfile -t linked < <(find "$objects/emulator" -name '*.o' ! -path '*/tests/*' ! -name ra.o ! -name version.o |
    while read -r o; do source=${o#"$objects/"} && [ -f "${source%.o}.c" ] && echo "$o"; done)
libs=$(make -s --no-print-directory --eval='emu-libs: ; @echo $(EMU_LIBS)' emu-libs)
# shellcheck disable=SC2086
gcc $(make -s --no-print-directory print-LDFLAGS) -O2 -o "$dir/emu" "$dir/ra.o" "$dir/version.o" "${linked[@]}" $libs

"$nightjar" profile pressure --work=1600 --emu "$emu" --pairs 0 -q -o "$dir/a"
"$nightjar" profile pressure --work=1600 --emu "$dir/emu" --pairs 0 -q -o "$dir/b"
"$nightjar" profile diff "$dir/a/profile.json" "$dir/b/profile.json" -o "$dir/d" >"$dir/diff"
grep -qE "^Against A, B has commit feedbeef1234 instead of $commit: the program takes .* more host instructions: .* more for spill" "$dir/diff" ||
    fail "the diff says: $(sed -n 3,4p "$dir/diff")"
jq -e '[.blocks[] | select(.moved | test("hits|new|gone"))] == []' "$dir/d/diff.json" >/dev/null || fail "blocks ran more or less often"
jq -e '.switches == [] and (.why.spill > 100000) and ([.blocks[] | select(.b.counts.spill_stores > .a.counts.spill_stores)] | length > 5)' \
    "$dir/d/diff.json" >/dev/null || fail "the spills are not counted"
grep -qE 'Counts: .*Spill (stores|loads) [0-9]' "$dir/diff" || fail "no block says that it spills"
# Profiles of different amounts of work are refused, and the message says what to do.
"$nightjar" profile pressure --work=800 --emu "$emu" --pairs 0 -q -o "$dir/less"
code=0
"$nightjar" profile diff "$dir/a/profile.json" "$dir/less/profile.json" >/dev/null 2>"$dir/refused" || code=$?
[ "$code" -eq 4 ] && grep -q 'profile --work=1600' "$dir/refused" || fail "other work: exit $code, $(cat "$dir/refused")"
# Back again: what one direction costs, the other saves.
"$nightjar" profile diff "$dir/b/profile.json" "$dir/a/profile.json" -o "$dir/e" >"$dir/back"
[ "$(jq '[.blocks[].delta] | add' "$dir/d/diff.json")" = "$(jq '-([.blocks[].delta] | add)' "$dir/e/diff.json")" ] || fail "not symmetric"
grep -q "^Against A, B has commit $commit instead of feedbeef1234: .* fewer" "$dir/back" || fail "the way back"
echo "two builds: the diff names commits, blocks and spills"
