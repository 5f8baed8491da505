#!/usr/bin/env bash
# deep.sh [-l FILE] [-a] [NAME...]: runs the lines of ci/deep.list (or those of these names), one after the other, and counts.
#
# `make test-deep`: hours, by hand and at night. A line's log is build/deep/NAME.log. It goes on where it was stopped: a line that
# has passed on this commit is not run again (-a: all are). A line that fails stops nothing. -l: another list. Exit status: 0 every
# line passed or is not here (69: it says what is missing, 77: skipped), 1 one failed, 64 usage.
set -uo pipefail
cd "$(dirname "$0")/.."
unset MAKEFLAGS MFLAGS MAKELEVEL
list=ci/deep.list all=false
while getopts l:a option; do
    case $option in
    l) list=$OPTARG ;;
    a) all=true ;;
    *) sed -n '2p' "$0" >&2; exit 64 ;;
    esac
done
shift $((OPTIND - 1))
[[ -r $list ]] || { echo "deep.sh: there is no $list" >&2; exit 64; }

# names, times, commands and reasons, each by the line's number
names=() times=() commands=() reasons=()
trim() { sed 's/^ *//; s/ *$//'; }
while IFS='|' read -r name time rest; do
    [[ -n ${name// /} && $name != '#'* ]] || continue
    reason=$(trim <<<"${rest##*|}") command=$(trim <<<"${rest%|*}")
    name=$(trim <<<"$name")
    [[ $name =~ ^[a-z0-9-]+$ && $rest == *'|'* && -n $command && -n $reason ]] ||
        { echo "deep.sh: $list: '$name' is no line of NAME | TIME | COMMAND | REASON" >&2; exit 64; }
    [[ " ${names[*]} " != *" $name "* ]] || { echo "deep.sh: $list has '$name' twice" >&2; exit 64; }
    names+=("$name") times+=("$(trim <<<"$time")") commands+=("$command") reasons+=("$reason")
done <"$list"
for name; do
    [[ " ${names[*]} " == *" $name "* ]] || { echo "deep.sh: there is no line '$name'; there are ${names[*]}" >&2; exit 64; }
done

out=${NIGHTJAR_DEEP:-build/deep}
mkdir -p "$out"
commit=$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
git diff --quiet HEAD 2>/dev/null || commit+=+$(git diff HEAD | cksum | cut -d ' ' -f 1)
# What the lines need beside what each builds itself.
[[ $list != ci/deep.list ]] || make -s all test-bin workloads >"$out/build.log" 2>&1 || { tail "$out/build.log"; exit 1; }
passed=0 failed=0 absent=0 kept=0 bad=()
for i in "${!names[@]}"; do
    name=${names[$i]} log=$out/${names[$i]}.log mark=$out/${names[$i]}.passed status=0 began=$SECONDS
    [[ $# == 0 || " $* " == *" $name "* ]] || continue
    if [[ $all == false && $(cat "$mark" 2>/dev/null) == "$commit" ]]; then
        printf '%-10s passed before on %s\n' "$name" "$commit"
        kept=$((kept + 1))
        continue
    fi
    rm -f "$mark"
    printf '%-10s begins %s, about %s: %s\n' "$name" "$(date +%H:%M)" "${times[$i]}" "${commands[$i]}"
    bash -o pipefail -c "${commands[$i]}" >"$log" 2>&1 </dev/null || status=$?
    case $status in
    0) verdict=passed passed=$((passed + 1)) && echo "$commit" >"$mark" ;;
    69 | 77) verdict='not here' absent=$((absent + 1)) ;;
    *) verdict="FAILED ($status)" failed=$((failed + 1)) bad+=("$name") ;;
    esac
    printf '%-10s %s after %d s: %s\n' "$name" "$verdict" $((SECONDS - began)) "$(tail -n 1 "$log")"
done
echo
echo "$passed lines passed, $kept before, $failed failed, $absent not here; logs: $out"
((failed == 0)) || { echo "failed: ${bad[*]}"; exit 1; }
