#!/usr/bin/env bash
# coverage.sh [-r | -k] [REGEX]: runs CI's own tests (or those whose path matches) on programs that count their lines, and prints, by
# room and by file, how many of the lines that gcc made code of were executed. -k: keeps what former runs counted and adds to it; -r: only reports that.
#
# Everything is in build/as-cov; build/as-cov/coverage/missed.txt lists the lines that no test reaches. ci/coverage.allow has the
# files below the goal, each with its reason, and what it must reach; a row is not needed any more from 95 % on, because machines
# differ by what they have. Exit status: 0 the whole, and each file that is not listed, reaches GOAL; 1 else. A test that fails
# here does not stop the account; its name is printed.
set -uo pipefail
cd "$(dirname "$0")/.."
GOAL=90
dir=build/as-cov out=build/as-cov/coverage
umask 0 # tests that run as another user count, too
keep=false
[[ ${1-} == -k ]] && keep=true && shift
if [[ ${1-} != -r ]]; then
    [[ $keep == true ]] || find $dir -name '*.gcda' -delete 2>/dev/null
    ci/as.sh cov "${1:-.}" | grep -E '^FAILED|passed, '
fi
mkdir -p $out
objects=$PWD/$dir/build/rel/obj
# One line an executable line of a source: FILE LINE COUNT. A line of a header counts if it was executed for one object.
# WHY files: what several print at once into a pipe is cut and mixed.
lists=$(mktemp -d)
trap 'rm -rf "$lists"' EXIT
export lists
find "$objects" -name '*.gcno' ! -path '*/tests/*' -print0 | (cd $dir && xargs -0 -n 16 -P "${NIGHTJAR_JOBS:-$(nproc)}" sh -c '
    gcov -t "$@" 2>/dev/null | awk -F : "
        \$2 ~ /^ *0\$/ && \$3 == \"Source\" { file = \$4; sub(/^\\.\\//, \"\", file); next }
        file ~ /^\\// { next }
        { count = \$1; gsub(/[ *]/, \"\", count); if (count == \"-\" || \$2 + 0 == 0) next
          print file, \$2 + 0, (count ~ /^[#=]/ ? 0 : 1) }" >>"$lists/$$"' _)
sort -u "$lists"/* >$out/lines.txt
awk '{ key = $1 " " $2; if ($3 > hit[key] + 0 || !(key in hit)) hit[key] = $3 } END { for (k in hit) print k, hit[k] }' $out/lines.txt |
    grep -E '^(emulator|bench|profiles|reports|ci)/' | grep -v '/tests/' | sort -k1,1 -k2,2n >$out/merged.txt
awk '!$3 { print $1 ":" $2 }' $out/merged.txt >$out/missed.txt
awk -v goal=$GOAL '
    function room(f) { sub(/\/[^\/]*$/, "", f); return f }
    function percent(h, n) { return n ? 100 * h / n : 100 }
    FILENAME ~ /allow$/ { if (!/^(#|$)/) allowed[$1] = $2 + 0; next }
    { n[$1]++; h[$1] += $3; r = room($1); rn[r]++; rh[r] += $3; side = $1 ~ /^emulator/ ? "emulator" : "harness"; sn[side]++; sh[side] += $3; tn++; th += $3 }
    END {
        for (r in rn) printf "room %5.1f %%  %5d of %5d  %s\n", percent(rh[r], rn[r]), rh[r], rn[r], r | "sort -k6"
        close("sort -k6")
        for (f in n) printf "file %5.1f %%  %5d of %5d  %s\n", percent(h[f], n[f]), h[f], n[f], f | "sort -k6"
        close("sort -k6")
        for (f in n) {
            p = percent(h[f], n[f])
            if (p < (f in allowed ? allowed[f] : goal)) { printf "below %s: %s has %.1f %%\n", f in allowed ? "what ci/coverage.allow says" : "the goal", f, p; bad = 1 }
            else if (f in allowed && p >= goal + 5) { printf "no longer needed in ci/coverage.allow: %s has %.1f %%\n", f, p; bad = 1 }
        }
        for (f in allowed) if (!(f in n)) { printf "ci/coverage.allow: there is no %s\n", f; bad = 1 }
        for (s in sn) printf "%s: %.1f %%, %d of %d lines\n", s, percent(sh[s], sn[s]), sh[s], sn[s]
        printf "all: %.1f %%, %d of %d lines; the goal is %d %%\n", percent(th, tn), th, tn, goal
        exit bad || percent(th, tn) < goal || percent(sh["emulator"], sn["emulator"]) < goal || percent(sh["harness"], sn["harness"]) < goal
    }' ci/coverage.allow $out/merged.txt
