#!/usr/bin/env bash
# Circles of files in emulator/: which files need each other, by the symbols of their objects, against ci/circles.allow.
# ci/circles.sh [--list] [OBJECTS [ALLOW]]: OBJECTS is a folder with objects of a release build, default build/rel/obj.
# Prints each circle that is not allowed, and each line of the list that allows none; exit status 1 if there is one.
# --list: all circles, one a line.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
list=no
[ "${1:-}" = --list ] && list=yes && shift
objects=${1:-$here/../build/rel/obj}
allow=${2:-$here/circles.allow}
[ -d "$objects/emulator" ] || { echo "$objects: no objects of the emulator; run make first"; exit 1; }

# Only objects that have a source: files that were moved leave theirs behind.
symbols() {
    (cd "$objects/emulator" && find . -name '*.o' ! -path './tests/*' | sed 's|^\./||; s|\.o$||' | sort) |
        while read -r file; do
            [ -z "${CIRCLES_ANY:-}" ] && [ ! -f "$here/../emulator/$file.c" ] || echo "$file.o"
        done | (cd "$objects/emulator" && xargs -r nm -P 2>/dev/null) | sed 's/\.o:$/.c:/'
}

circles=$(symbols | awk -f "$here/circles.awk")
if [ $list = yes ]; then
    [ -z "$circles" ] || echo "$circles"
    exit 0
fi
awk -v allow="$allow" '
    function inside(line, files,   n, i, part) {
        n = split(line, part, " ")
        for (i = 1; i <= n; i++) if (index(" " files " ", " " part[i] " ") == 0) return 0
        return 1
    }
    NR == FNR { if (!/^#/ && /:/) { files[++n] = substr($0, 1, index($0, ":") - 1); where[n] = FNR } next }
    NF {
        found = 0
        for (i = 1; i <= n && !found; i++) if (inside($0, files[i])) found = used[i] = 1
        if (!found) { print "a circle of files that is not in " allow ": " $0; bad = 1 }
    }
    END {
        for (i = 1; i <= n; i++) if (!(i in used)) { print allow ":" where[i] ": no such circle: " files[i]; bad = 1 }
        exit bad
    }' "$allow" - <<<"$circles"
