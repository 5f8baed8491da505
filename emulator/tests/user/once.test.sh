#!/usr/bin/env bash
# Oracle: the same program with the switch off, where each block is translated when it is first reached: the same output, the
# same guest instructions, the same hits of each block; and the file that a program was loaded from.
# tests: rel
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu} status=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
    echo "FAIL $*"
    status=1
}
hits='[.blocks[] | select(.hits > 0) | {gpc, hits}] | group_by(.gpc) | map([.[0].gpc, (map(.hits) | add)])'
for name in calls-test coremark-test dhrystone-test; do
    elf=build/workloads/rv64-linux/$name.elf
    for set in all,-region,-once all,-region; do
        "$emu" --features=$set --profile="$work/p" --stats="$work/s$set" --user "$elf" >"$work/out$set" || fail "$name $set: exit $?"
        jq -c "$hits" "$work/p" >"$work/hits$set"
    done
    cmp "$work/outall,-region" "$work/outall,-region,-once" || fail "$name: output"
    cmp "$work/hitsall,-region" "$work/hitsall,-region,-once" || fail "$name: hits"
    jq -e --slurpfile off "$work/sall,-region,-once" '.counters as $on | $off[0].counters as $off |
        $on.guest_instructions == $off.guest_instructions and $on.blocks_interpreted > 100 and $off.blocks_interpreted == 0 and
        $on.units_translated < $off.units_translated' "$work/sall,-region" >/dev/null || fail "$name: counters"
    # A profile changes nothing but that it is written.
    "$emu" --features=all,-region --stats="$work/plain" --user "$elf" >/dev/null
    for k in guest_instructions blocks_interpreted units_translated run_loop_entries; do
        [[ $(jq .counters.$k "$work/plain") == "$(jq .counters.$k "$work/sall,-region")" ]] || fail "$name: $k with a profile"
    done
done
exit $status
