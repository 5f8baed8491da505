#!/usr/bin/env bash
# Oracle: the full build with the same switches chosen at run time: `make FEATURES="chain tlb"` gives the same exact counts.
# tests: rel slow
set -uo pipefail
cd "$(dirname "$0")/../../.."
. emulator/tests/lib/begin.sh

# counts EMU FEATURES NAME: counters of a profiled run.
counts() {
    "$1" --features="$2" --stats="$work/stats" --profile="$work/profile" "build/workloads/rv64/$3-test.elf" >/dev/null 2>"$work/err" </dev/null ||
        fail "$1 --features=$2 $3: $(cat "$work/err")"
    jq -cS '[.counters, .features]' "$work/stats"
}

# What of the sources (links in a build folder elsewhere) sees which switches are built. The rest of these builds is that of the full one.
mapfile -t sees < <(grep -RlE 'feature_on\(|FEATURES_BUILT' --include='*.[ch]' emulator | grep -v /tests/ | sort)
[[ "$(printf '%s\n' "${sees[@]}" | grep '\.h$' | paste -sd ' ')" == "emulator/base/config.h emulator/base/feature.h" ]] ||
    fail "a header sees which switches are built, so all that include it do: ${sees[*]}"
# -O0: this is about counts, and it compiles in a third of the time.
flags="$(make -s print-CFLAGS) -O0 -U_FORTIFY_SOURCE"

# check SWITCH...: a build with these alone.
check() {
    local list="none" other workload name
    local made=build/features+${*// /+}
    made=${made// /+}
    rm -rf "$made"
    mkdir -p "$made/obj"
    cp -a "${emu%/*}/flags" "$made" && cp -a "${emu%/*}/obj/emulator" "$made/obj" || { fail "no objects beside $emu"; return; }
    for name in "${sees[@]}"; do rm -f "$made/obj/${name%.c}.o"; done
    make -s -j2 -o "$made/flags" FEATURES="$*" OUT="$made" CFLAGS="$flags" "$made/emu" >"$work/log" 2>&1 || { fail "make FEATURES=\"$*\": $(tail -n 3 "$work/log")"; return; }
    other=$PWD/$made/emu
    for name in "$@"; do list+=",+$name"; done
    for workload in dhrystone coremark patch dispatch stride; do
        [[ $(counts "$other" all $workload) == "$(counts "$emu" "$list" $workload)" ]] ||
            fail "$workload: FEATURES=\"$*\" and --features=$list count differently: $(diff <(counts "$other" all $workload | jq .) <(counts "$emu" "$list" $workload | jq .) | grep '[<>]' | paste -sd ' ')"
    done
    "$other" --version=json >"$work/version" || fail "--version=json"
    [[ $(jq -r '[.features[] | select(.built) | .name] | sort | join(" ")' "$work/version") == "$(printf '%s\n' "$@" | sort | paste -sd ' ')" ]] ||
        fail "--version=json of FEATURES=\"$*\": $(jq -c '[.features[] | select(.built) | .name]' "$work/version")"
    [[ $(jq '[.features[] | select(.built | not) | select(.default)] | length' "$work/version") == 0 ]] || fail "a switch that is not built is on by default"
    for name in $(jq -r '.features[] | select(.built | not) | .name' "$work/version"); do
        "$other" --features=+"$name" build/workloads/rv64/loop-test.elf >/dev/null 2>"$work/err" </dev/null
        [[ $? == 64 ]] && grep -q "'$name' is not in this build" "$work/err" || fail "+$name: $(head -n 1 "$work/err")"
        "$other" --features=-"$name" build/workloads/rv64/loop-test.elf >/dev/null 2>&1 </dev/null || fail "-$name is refused"
    done
}

check chain tlb
check ibtc regcache dce
exit $status
