#!/usr/bin/env bash
# Oracle: circles that are planted as C files: two and three that need each other are found, a chain is not, an allowed
# one passes, and a line of the list that allows nothing is an error.
set -uo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
complain() { echo "$1"; failed=1; }

plant() { # NAME DEFINES USES...
    local name=$1 defines=$2 use
    shift 2
    mkdir -p "$work/emulator/$(dirname "$name")"
    { for use in "$@"; do echo "void $use(void);"; done
      echo "void $defines(void);"
      echo "void $defines(void) {"
      for use in "$@"; do echo "    $use();"; done
      echo "}"; } >"$work/a.c"
    gcc -c -o "$work/emulator/$name.o" "$work/a.c"
}
circles() { CIRCLES_ANY=1 ci/circles.sh "$@"; }

plant a/chain1 chain1 chain2
plant a/chain2 chain2 chain3
plant b/chain3 chain3
plant a/two1 two1 two2
plant b/two2 two2 two1 chain1
plant a/three1 three1 three2
plant a/three2 three2 three3
plant a/three3 three3 three1 two1
printf '%s\n' 'a/three1.c a/three2.c a/three3.c' 'a/two1.c b/two2.c' >"$work/want"
circles --list "$work" >"$work/got"
cmp -s "$work/want" "$work/got" || complain "found: $(cat "$work/got")"

echo '# nothing' >"$work/allow"
circles "$work" "$work/allow" >"$work/out" && complain "two circles passed"
grep -q 'not in .*: a/two1.c b/two2.c' "$work/out" || complain "the circle of two is not named: $(cat "$work/out")"
printf '%s\n' 'a/three1.c a/three2.c a/three3.c a/more.c: families' 'a/two1.c b/two2.c: a pair' >"$work/allow"
circles "$work" "$work/allow" >"$work/out" || complain "allowed circles were refused: $(cat "$work/out")"
echo 'a/chain1.c a/chain2.c: a chain' >>"$work/allow"
circles "$work" "$work/allow" >"$work/out" && complain "a line that allows nothing passed"
grep -q ':3: no such circle' "$work/out" || complain "that line is not named: $(cat "$work/out")"
exit $failed
