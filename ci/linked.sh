#!/usr/bin/env bash
# linked.sh DIR: makes DIR a folder to build in, without a write into this checkout: the same folders, with a symbolic link
# for each file. `make BUILD=DIR` calls it, then works in DIR.
#
# In:  emulator/base/err.c, workloads/loop/loop.c ...      Out: DIR/emulator/base/err.c -> SOURCE/emulator/base/err.c ...
# WHY links of files, not of folders: programs write beside sources (reports/out), and `..` must lead to DIR, not here.
# Called again, it adds links to new files and removes those whose file is gone. What is built (build/, reports/out) stays.
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd -P)
[ $# -eq 1 ] && [ -n "$1" ] || { echo "linked.sh: usage: linked.sh DIR" >&2; exit 64; }
mkdir -p "$1"
out=$(cd "$1" && pwd -P)
case $out/ in
"$source"/ | "$source"/build/ | "$source"/emulator/*)
    echo "linked.sh: BUILD=$1: name a folder that is not part of the sources" >&2
    exit 64
    ;;
esac
if [ -e "$out/Makefile" ] && [ ! -L "$out/Makefile" ]; then
    echo "linked.sh: BUILD=$1: there is a Makefile that is no link: another source tree? Name an empty folder" >&2
    exit 64
fi
cd "$source"
# Not: the repository, what is built here, and DIR itself where it lies within.
find . \( -path ./.git -o -path ./build -o -path ./reports/out -o -path "${out/#"$source"/.}" \) -prune -o -type d -print0 |
    (cd "$out" && xargs -0 mkdir -p --)
find . \( -path ./.git -o -path ./build -o -path ./reports/out -o -path "${out/#"$source"/.}" \) -prune -o ! -type d -print0 |
    while IFS= read -r -d '' file; do
        [ "$out/$file" -ef "$file" ] || ln -sfn "$source/${file#./}" "$out/$file"
    done
find "$out" -path "$out/build" -prune -o -xtype l -lname "$source/*" -exec rm -- {} +
