#!/usr/bin/env bash
# Oracle: lists written by hand. ci/deep.sh runs each line once, goes on after a failure, keeps what has passed, says what is not
# here, and refuses a list or a name that is wrong. Each program that ci/deep.list names is in the tree.
# tests: rel
set -uo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
fail() {
    echo "FAIL $*"
    status=1
}
export NIGHTJAR_DEEP=$work/out
expect() { # CODE LIST ARGUMENT...: what deep.sh prints is $work/log
    local want=$1 got=0
    printf '%b' "$2" >"$work/list"
    shift 2
    ci/deep.sh -l "$work/list" "$@" >"$work/log" 2>&1 || got=$?
    [[ $got == "$want" ]] || fail "exit $got, expected $want: $*: $(cat "$work/log")"
}
says() { grep -qE -- "$1" "$work/log" || fail "did not say '$1': $(cat "$work/log")"; }
run="echo >>$work/ran"
ran() { [[ $(wc -l <"$work/ran") == "$1" ]] || fail "ran $(wc -l <"$work/ran") times, expected $1"; }
lines="# a comment\none | 1 s | $run; echo fine | why\ntwo | 1 s | $run; exit 3 | why\nthree | 1 s | $run; exit 69 | why\nfour | 1 s | true \\|\\| $run | a | in the command\n"
expect 1 "${lines//\\|/|}"
says '^one +passed after .*: fine$'
says '^two +FAILED \(3\)'
says '^three +not here'
says '^2 lines passed, 0 before, 1 failed, 1 not here'
says '^failed: two$'
ran 3
expect 1 "${lines//\\|/|}"
says '^one +passed before'
says '^0 lines passed, 2 before, 1 failed, 1 not here'
ran 5
expect 0 "${lines//\\|/|}" one
ran 5
expect 0 "${lines//\\|/|}" -a one
ran 6
expect 64 "${lines//\\|/|}" five
says "there is no line 'five'; there are one two three four"
expect 64 'one | 1 s | true\n'
expect 64 'one | 1 s | true | why\none | 1 s | true | why\n'
expect 1 'pipe | 1 s | false \x7c cat | the first of a pipe fails\n'

# The list itself: each script is there, each goal of make, each test that is built.
names=$(grep -vE '^(#|$)' ci/deep.list | wc -l)
[[ $names -ge 15 ]] || fail "ci/deep.list has $names lines"
while IFS='|' read -r _ _ rest; do
    for word in ${rest%|*}; do
        case $word in
        build/rel/*/test_*) [[ -e ${word#build/rel/}.c ]] || fail "ci/deep.list: there is no ${word#build/rel/}.c" ;;
        build/* | -*) ;;
        ci/* | bench/* | emulator/*) [[ -x $word ]] || fail "ci/deep.list: $word cannot be executed" ;;
        esac
    done
    for goal in $(grep -oE '\bmake [a-z-]+' <<<"$rest" | cut -d ' ' -f 2); do
        grep -qE "^([a-z-]+ )*$goal( [a-z-]+)*:" Makefile || fail "ci/deep.list: make has no goal $goal"
    done
done < <(grep -vE '^(#|$)' ci/deep.list)
exit $status
