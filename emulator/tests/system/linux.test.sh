#!/usr/bin/env bash
# Oracle: the checks of workloads/linux/init, whose results are known; and, for the console's text to the last byte and the
# number of guest instructions, the other switches (--interp: the interpreter, too, which takes minutes).
# tests: rel hostile
#
# Debian's kernel boots, runs CoreMark and powers off. Skipped until `make linux` has fetched it. A hostile build has 2 MiB for code in
# place of its 64 KiB, in which the kernel would be translated again and again, for hours; that flushes still 200 times.
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
[[ -e build/linux/linux-coremark-test.cpio ]] || { echo "skipped: no Linux here: make linux"; exit 77; }
manifest=workloads/linux-coremark/manifest.json
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
room=()
[[ ${MODE-} == hostile ]] && room=(--code-cache=2M)
boot() { # boot TITLE OPTION...
    local title=$1 pattern guest
    shift
    timeout 1000 "$emu" "${room[@]}" "$@" --stats="$work/stats" --memory=128M --bios=build/linux/fw_dynamic.bin --kernel=build/linux/vmlinux \
        --initrd=build/linux/linux-coremark-test.cpio --append="$(jq -r .boot.append $manifest)" </dev/null >"$work/out" 2>"$work/err" ||
        { echo "FAIL $title: exit code $?: $(tail -n 1 "$work/err")"; status=1; return; }
    while IFS= read -r pattern; do
        grep -Eq -e "$pattern" "$work/out" || { echo "FAIL $title: no line matches $pattern"; status=1; }
    done < <(jq -r '.check.stdout[]' $manifest)
    guest=$(jq .counters.guest_instructions "$work/stats")
    [[ -e $work/first ]] || { cp "$work/out" "$work/first" && first=$guest; }
    cmp -s "$work/first" "$work/out" || { echo "FAIL $title: other console text: $(cmp "$work/first" "$work/out")"; status=1; }
    [[ $guest == "$first" ]] || { echo "FAIL $title: $guest guest instructions instead of $first"; status=1; }
    echo "$title: $guest guest instructions, $(jq '.phases.total_cpu_ns / 1e7 | round / 100' "$work/stats") s"
}
boot "all on"
boot "without region" --features=-region
boot "without chain" --features=-chain
boot "without regcache and passes, 4M of code" --features=-regcache,-fold,-cse,-bounds,-dce --code-cache=4M
if [[ ${1-} == --interp ]]; then boot "interpreter" --engine=interp; fi
exit $status
