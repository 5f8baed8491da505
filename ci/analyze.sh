#!/usr/bin/env bash
# analyze.sh [FILE...]: gcc -fanalyzer and cppcheck over the sources of emulator and harness (or these files).
#
# What they find must stand in ci/analyze.allow, with the reason why it is none: `TOOL FILE CHECK FUNCTION-OR-* reason`. A row that
# nothing found any more is an error, too (when all files are looked at). A file is looked at again only if it, or a header that it
# includes, changed. Exit status: 0 nothing else was found, 1 something was, 69 a tool is missing.
set -uo pipefail
cd "$(dirname "$0")/.."
unset MAKEFLAGS MFLAGS MAKELEVEL
export out=build/analyze allow=ci/analyze.allow
command -v cppcheck >/dev/null || { echo "analyze.sh: cppcheck is missing: apt-get install cppcheck" >&2; exit 69; }
mkdir -p $out/gcc $out/cppcheck
make -s build/rel/flags build/rel/version.inc $(make -s print-GEN_INC) || exit 1
flags=$(sed 's/ -MMD -MP//; s/^gcc //; s/-D_FORTIFY_SOURCE=2//' build/rel/flags)
export flags
if (($#)); then
    files=("$@")
else
    read -ra files < <(make -s print-EMU_SRC)
    read -ra more < <(make -s print-NJ_SRC)
    mapfile -t files < <(printf '%s\n' "${files[@]}" "${more[@]}" | sort -u)
fi

# look TOOL FILE: what it finds into build/analyze/TOOL/FILE, a line each: FILE CHECK FUNCTION MESSAGE
look() {
    local tool=$1 file=$2 log=$out/$1/${2//\//.} hash
    hash=$({ echo "$flags"; eval "gcc $flags -Ibuild/rel -E '$file'"; cat "$file"; } 2>&1 | sha256sum)
    [[ $(cat "$log.stamp" 2>/dev/null) == "$hash" ]] && return
    if [[ $tool == gcc ]]; then
        eval "LC_ALL=C gcc $flags -Ibuild/rel -fanalyzer -fdiagnostics-plain-output -c -o /dev/null '$file'" 2>&1 | awk '
            # "FILE: In function ‘NAME’:" goes before what was found in it
            / In function / { name = $0; sub(/.*In function ./, "", name); gsub(/[^A-Za-z0-9_].*/, "", name) }
            /warning: .*\[-Wanalyzer/ { check = $0; sub(/.*\[-W/, "", check); sub(/\].*/, "", check); at = $1; sub(/:.*/, "", at)
                message = $0; sub(/.*warning: /, "", message); print at, check, name, message }' | sort -u >"$log"
    else
        # WHY one configuration: others are of other hosts.
        cppcheck -q --std=c11 --platform=unix64 --enable=warning,portability,performance --inline-suppr --max-configs=1 -D__x86_64__ -D_GNU_SOURCE -D__linux__ \
            -I. -Iemulator -Ibuild/gen -Ibuild/rel --include=/usr/include/jansson.h --suppress=missingIncludeSystem \
            --template='{file} {id} * {message}' "$file" 2>&1 | grep -E '^[a-z]+/' | sort -u >"$log"
    fi
    echo "$hash" >"$log.stamp"
}
export -f look
for tool in cppcheck gcc; do
    printf '%s\n' "${files[@]}" | xargs -P "${NIGHTJAR_JOBS:-$(nproc)}" -I{} bash -c "look $tool {}"
done
for tool in gcc cppcheck; do
    for file in "${files[@]}"; do sed "s|^|$tool |" "$out/$tool/${file//\//.}" 2>/dev/null; done
done | sort -u >$out/found
awk -v whole=$((!$#)) '
    FILENAME ~ /allow$/ { if (!/^(#|$)/) { key = $1 " " $2 " " $3 " " $4; row[key] = 1; if (NF < 5) { print "ci/analyze.allow: no reason: " $0; bad = 1 } } next }
    { key = $1 " " $2 " " $3 " " $4; n[$1]++
      if (key in row) used[key] = 1; else { print; bad = 1; unlisted++ } }
    END {
        if (whole) for (k in row) if (!(k in used)) { print "ci/analyze.allow: nothing like it was found: " k; bad = 1 }
        printf "%d found by gcc, %d by cppcheck; %d not in ci/analyze.allow\n", n["gcc"], n["cppcheck"], unlisted
        exit bad
    }' $allow $out/found
