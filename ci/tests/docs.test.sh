#!/usr/bin/env bash
# Oracle: the tree. Every path, function, type, constant, option and make goal that the documents name exists, and every
# link between documents leads somewhere.
#
# Names are read from `code spans` outside of fenced blocks. Names of what is built or written at run time do not count.
set -uo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
documents=(README.md docs/*.md CONTRIBUTING.md SECURITY.md)
status=0

fail() {
    echo "$1: $2"
    status=1
}

# Also in an unpacked archive and in a linked tree (ci/linked.sh), which are no repositories.
if [ -e .git ]; then git ls-files -co --exclude-standard; else find . -path ./build -prune -o ! -type d -printf "%P\n"; fi >"$work/files"
grep -E '\.(c|h|inc|insn|S|sh|awk)$|^Makefile$|\.md$' "$work/files" | grep -v '^docs/' >"$work/sources"
# Every identifier of the sources, once: a look-up by whole word is then a look-up of a line.
xargs -d '\n' cat <"$work/sources" 2>/dev/null | tr -c 'A-Za-z0-9_' '\n' | sort -u >"$work/words"
sed -n 's/^\([a-z][a-z-]*\):.*/\1/p' Makefile | sort -u >"$work/goals"

is_word() { grep -qxF -- "$1" "$work/words"; }
# A file, a folder, or a pattern, from the root or from emulator/ (as in #include).
is_path() {
    local path=${1%/}
    [ -e "$path" ] || [ -e "emulator/$path" ] || compgen -G "$path" >/dev/null || compgen -G "emulator/$path" >/dev/null
}
# A bare file name: some file has it.
is_file_name() { grep -qE "(^|/)${1//./\\.}\$" "$work/files"; }

check() {
    local doc=$1 name=$2
    case $name in
    .[a-z]* | build/* | reports/out* | /* | *' '* | *'<'* | *'{'* | *=* | nightjar.*/[0-9] | *PID* | OUT.*) return ;;
    --*) is_word "$(sed 's/^--//; s/-/_/g' <<<"$name")" || grep -qF -- "\"${name#--}\"" $(cat "$work/sources") ||
        fail "$doc" "there is no option $name" ;;
    *NAME* | *MODE* | *PATH* | *DIR*) return ;;
    *.test.sh | *.md | *.c | *.h | *.inc | *.insn | *.sh | *.S | *.json | *.allow | *.txt | */*)
        if [[ $name == */* ]]; then is_path "$name"; else is_file_name "${name//\*/[^/]*}"; fi || fail "$doc" "there is no $name" ;;

    *.*'()') name=${name%'()'}; is_word "${name%%.*}" && is_word "${name#*.}" || fail "$doc" "there is no $name()" ;;
    *'()') is_word "${name%'()'}" || fail "$doc" "there is no function $name" ;;
    [A-Za-z_]*.[a-z_]*) is_word "${name%%.*}" && is_word "$(sed 's/.*\.//; s/[^A-Za-z0-9_].*//' <<<"$name")" || fail "$doc" "there is no $name" ;;
    [A-Z]*) [[ $name =~ ^[A-Za-z0-9_]+$ ]] || return
        is_word "$name" || is_word "IR_$name" || fail "$doc" "there is no $name" ;;
    esac
}

for doc in "${documents[@]}"; do
    awk '/^ *```/ { fenced = !fenced; next } !fenced' "$doc" >"$work/text"
    while read -r span; do
        case $span in
        'make '*) for goal in ${span#make }; do
            [[ $goal == *[=\'\"]* || $goal == '&&' || $goal == make ]] || grep -qxF -- "$goal" "$work/goals" || fail "$doc" "make has no goal $goal"
        done ;;
        *) check "$doc" "$span" ;;
        esac
    done < <(grep -oE '`[^`]+`' "$work/text" | tr -d '`' | sort -u)
    while read -r link; do
        [[ $link == http* || $link == '#'* ]] && continue
        [ -e "$(dirname "$doc")/${link%%#*}" ] || fail "$doc" "the link $link leads nowhere"
    done < <(grep -oE '\]\([^)]+\)' "$work/text" | sed 's/^](//; s/)$//' | sort -u)
done

# The test itself notices what is not there.
before=$status not=Not
caught=$(for name in "emulator/${not}There.c" "${not}_there()" "${not}ThereType"; do check bad.md "$name"; done | wc -l)
status=$before
[ "$caught" -eq 3 ] || { echo "of three planted names that do not exist $caught were caught"; status=1; }
exit $status
