#!/usr/bin/env bash
# Oracle: what was planted, night by night, in a history over a small git repository: a count that moves is an alert at its
# commit, a time at the night its level changed, with an id that stays; what was accepted, by note or by trailer, is
# accepted and nothing else is; a time is taken relative to the anchor; no run for long is an alert.
source "$(dirname "$0")/../../bench/tests/lib.sh"
unset NIGHTJAR_HISTORY
H=$T/history
R=$T/repo
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t
trend() { nj trend --store "$H" --now 2026-01-20T12:00:00Z "$@"; }
git init -q -b main "$R"
commit() { git -C "$R" commit -q --allow-empty -m "$1" && git -C "$R" rev-parse HEAD; }

expect 0 bench "$T/a.json" --features all --features none --peer none --reps 3
# night DAY COMMIT HOST-INSTRUCTIONS TIME [ANCHOR]: a run with these counts and times of alpha, all on
night() {
    jq --arg c "${2:0:12}" --arg d "2026-01-${1}T02:00:00Z" --argjson h "$3" --argjson t "$4" --argjson a "${5:-0}" '
        .emulator.version.commit = $c | .created = $d |
        (.samples[] | select(.config == "all-on" and .workload == "alpha" and .purpose == "exact") | .metrics.host_instructions) = $h |
        (.samples[] | select(.config == "all-on" and .workload == "alpha" and .purpose == "time") | .metrics.cpu_ns) = $t |
        (.samples[] | select(.purpose == "time" and (.config != "all-on" or .workload != "alpha")) | .metrics.cpu_ns) = 1000000 |
        (if $a > 0 then (.samples[] | select(.config == "all-off" and .workload == "alpha" and .purpose == "time") | .metrics.cpu_ns) = 3 * $a else . end) |
        if $a > 0 then .configs += [{id: "peer:anchor", label: "anchor", engine: null, features: null, peer: "anchor", timed: true, exact: false}] |
            .samples += [.samples[] | select(.config == "all-on" and .purpose == "time" and .workload == "alpha") |
                         .id += 1000 | .config = "peer:anchor" | .metrics.cpu_ns = $a] else . end' "$T/a.json" >"$T/night.json"
    nj history add "$T/night.json" --store "$H" >/dev/null || fail "night $1"
}
expect 65 nj trend --store "$T/nowhere"
nj history init --store "$H" --repo "$R" --branch main >/dev/null
expect 0 trend
says "there is no valid run at all"
for d in 01 02 03 04 05 06; do night $d "$(commit "$d")" 64000 10${d:1}00000; done
expect 0 trend --fail-on new --max-age 0
says "0 alerts"

# ---- a count
bad=$(commit worse)
between=$(commit "not measured")
good=$(commit "measured")
night 07 "$good" 64001 10300000
expect 1 trend --fail-on new --max-age 0
says "count worse, host_instructions  at ${good:0:12} or one of the 3 commits since"
says "alpha/rv64/all-on: 64000 -> 64001 (+0.00 %)"
id=$(trend --json - | jq -r '.alerts[0].id')
[[ $id =~ ^[0-9a-f]{8}$ ]] || fail "the id: $id"
expect 0 trend --since 1 --cell 'beta/*' --fail-on new --max-age 0
expect 0 trend --metric units_translated --fail-on new --max-age 0
expect 64 trend --metric no-such
expect 64 trend --set "$id=unheard-of"
expect 65 trend --set 00000000=fixed
expect 0 trend --set "$id=investigating" --reason 'by whom it may concern'
expect 0 trend --fail-on new --max-age 0
says "investigating count worse"
expect 1 trend --fail-on open --max-age 0
expect 0 trend --set "$id=new"

# ---- acceptance: only this commit's, only this cell, only this metric
expect 64 nj accept "$bad" --store "$H" --cell 'alpha/*/*' --metric host_instructions
expect 65 nj accept 0123456789 --store "$H" --cell 'alpha/*/*' --metric host_instructions --reason r
expect 0 nj accept "$bad" --store "$H" --cell 'beta/*/*' --metric host_instructions --reason 'another cell'
expect 0 nj accept "$bad" --store "$H" --cell 'alpha/*/*' --metric 'units_*' --reason 'another metric'
expect 0 nj accept "$(git -C "$R" rev-parse "$bad~1")" --store "$H" --cell 'alpha/*/*' --metric host_instructions --reason 'another commit'
expect 1 trend --fail-on new --max-age 0
expect 0 nj accept "$bad" --store "$H" --cell 'alpha/*/*' --metric host_instructions --reason 'one more is all right'
expect 0 trend --fail-on new --max-age 0
says "accepted      count worse"
says "one more is all right"
# The next one is not accepted by that; its own trailer accepts it.
night 08 "$(commit 'worse again')" 64100 10300000
expect 1 trend --fail-on new --max-age 0
night 09 "$(commit $'worse on purpose\n\nNightjar-Accept: alpha/rv64/* host_* said in the commit itself')" 64200 10300000
trend --json - | jq -e '[.alerts[] | {state, reason}] == [{state: "accepted", reason: "one more is all right"}, {state: "new", reason: null},
    {state: "accepted", reason: "said in the commit itself"}]' >/dev/null || fail "trailer: $(trend)"

# ---- a time: found on the third night, its id stays when more nights come and the place moves
for d in 10 11; do night $d "$(commit "$d")" 64200 11600000; done
trend --json - | jq -e '[.alerts[] | select(.kind == "step")] == []' >/dev/null || fail "two nights are a level"
step=$(commit 12)
night 12 "$step" 64200 11610000
trend --json - >"$T/t1" && jq -e '[.alerts[] | select(.kind == "step")] | length == 1 and .[0].worse and (.[0].night | startswith("2026-01-10"))' "$T/t1" >/dev/null ||
    fail "the step: $(trend)"
sid=$(jq -r '.alerts[] | select(.kind == "step") | .id' "$T/t1")
says "count" # of the last expect
for d in 13 14; do night $d "$(commit "$d")" 64200 11590000; done
[[ $(trend --json - | jq -r '.alerts[] | select(.kind == "step") | .id') == "$sid" ]] || fail "the step has another id now"
trend --json - | jq -e '.alerts[] | select(.kind == "step") | .cells[0] | .same_code and .workload == "alpha"' >/dev/null || fail "the code did not change"
expect 1 trend --fail-on new --max-age 0
expect 0 trend --fail-on new --max-age 0 --since 2

# ---- staleness
expect 1 trend --fail-on new --since 1
says "stale: no valid run for 154 hours"
expect 0 nj trend --store "$H" --now 2026-01-15T12:00:00Z --fail-on new --since 1

# ---- what is beside the branch, or was not committed, is no night
jq '.emulator.version.dirty = true | .created = "2026-01-15T02:00:00Z"' "$T/night.json" >"$T/dirty.json"
expect 0 nj history add "$T/dirty.json" --store "$H"
expect 0 trend
says "1 runs are not of the branch or of uncommitted changes (--all)"

# ---- the anchor takes out what the machine did: the same history, all of it on a machine that became slower
A=$T/anchored
H=$A
nj history init --store "$A" --repo "$R" --branch main >/dev/null
for d in 01 02 03 04 05 06 07 08; do night $d "$(commit "$d")" 64000 $((10000000 + 1${d:1}000)) 5000000; done
for d in 09 10 11 12 13; do night $d "$(commit "$d")" 64000 $((12000000 + 1${d:1}000)) 6000000; done
trend --json - | jq -e '.alerts == []' >/dev/null || fail "the machine moved, not the emulator: $(trend)"
for d in 14 15 16 17; do night $d "$(commit "$d")" 64000 $((13000000 + 1${d:1}000)) 6000000; done
trend --json - | jq -e '[.alerts[] | .kind] == ["step"] and (.alerts[0].night | startswith("2026-01-14")) and .alerts[0].cells[0].unit == "ratio"' >/dev/null ||
    fail "the emulator moved: $(trend)"

# ---- another ELF is an epoch, no change
jq '(.samples[] | select(.purpose == "exact" and .workload == "alpha")).elf_sha256 = ("f" * 64) | (.workloads[] | select(.name == "alpha")).exact.elf_sha256 = ("f" * 64) |
    (.samples[] | select(.purpose == "exact" and .workload == "alpha")).metrics.host_instructions = 99 | .created = "2026-01-18T02:00:00Z"' "$T/night.json" >"$T/elf.json"
expect 0 nj history add "$T/elf.json" --store "$A"
expect 0 trend
says "epoch: another ELF from 2026-01-18"
trend --json - | jq -e '[.alerts[] | .kind] == ["step"] and (.epochs | length == 2)' >/dev/null || fail "an epoch is a change: $(trend)"
expect 64 trend --since none
expect 64 trend --fail-on old
expect 64 trend left-over
nj trend --help | grep -q 'fail-on' || fail "--help"
echo "trend: ok"
