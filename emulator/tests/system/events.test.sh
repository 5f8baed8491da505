#!/usr/bin/env bash
# Oracle: the exact counters of the same stats file, the machine's own answer to perf_event_open (perf's and doctor's), getrusage.
# tests: rel asan
#
# --events: each event asked for has a value and a unit, or a reason; nothing unknown counts; software-defined events are the
# emulator's counters to the last digit; counting changes no exact count; without the option there is no event and no PAPI.
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
elf=build/workloads/rv64/dhrystone-test.elf
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

complain() {
    echo "FAIL $*"
    status=1
}
[[ -e $elf ]] || { echo "no $elf: run workloads/build.sh rv64"; exit 1; }
count() { "$emu" --stats="$work/$1" "${@:2}" "$elf" >"$work/out" 2>"$work/err" </dev/null || complain "$1: $(tail -n 1 "$work/err")"; }
holds() { jq -e "$2" "$work/$1" >"$work/jq" 2>&1 || complain "$1: $3: $(jq -c .events "$work/$1")"; }

count plain
holds plain '.events == {}' "events without the option"

count default --events=default
holds default '.events | length >= 8 and all(.[]; (.value != null and .unit != null) or (.reason | length > 5))' "value with unit, or a reason"
holds default '.events["perf::TASK-CLOCK"] | .unit == "ns" and (.value == null or .value > 100000)' "task clock" 
cmp -s <(jq .counters "$work/plain") <(jq .counters "$work/default") || complain "counting events changes the exact counts"

# Every counter, as software-defined event. Two lists: a set holds 40.
names=$(jq -r '.counters | keys[]' "$work/plain")
count sde --events="$(sed 's/^/sde:::emu::/' <<<"$names" | paste -sd,)"
holds sde '.counters as $c | .events | length == ($c | length) and all(to_entries[]; .value.value == $c[.key | ltrimstr("sde:::emu::")])' \
    "software-defined events are the counters"
count profile --profile="$work/blocks" --events=sde:::emu::host_instructions,sde:::emu::block_hits
holds profile '.counters as $c | .events["sde:::emu::host_instructions"].value == $c.host_instructions and
    .events["sde:::emu::block_hits"].value == $c.block_hits' "computed counters"
# On its own, with the interpreter, beside the other components.
count interp --engine=interp --events=sde:::emu::guest_instructions,perf::PAGE-FAULTS
holds interp '.events["sde:::emu::guest_instructions"].value == .counters.guest_instructions' "interpreter"

# What is not there says so, and hurts nothing that is.
count wrong --events=perf::NO-SUCH,PAPI_NO_SUCH,sde:::emu::no_such,sde:::other::x,sde:::emu::host_instructions,nonsense,,sde:::emu::exceptions
holds wrong '.events | length == 7 and ([to_entries[] | select(.value.value == null) | .key] | length) == 6 and
    (.["sde:::emu::host_instructions"].reason == "needs --profile") and
    (.["sde:::emu::exceptions"].value == 0)' "unknown names"

# The list is what counts: everything in it counts when asked for.
"$emu" --events=list >"$work/list" || complain "--events=list ends with $?"
count listed --events="$(grep '::' "$work/list" | grep -v '^default' | grep -v '^sde' | awk '{ print $1 }' | head -n 12 | paste -sd,)"
holds listed '.events | all(.[]; .value != null)' "listed events count"

# A machine, or a user, without perf events.
if [[ $(id -u) == 0 ]] && command -v setpriv >/dev/null; then
    chmod 777 "$work"
    setpriv --reuid 65534 --clear-groups "$emu" --events=default --stats="$work/user" "$elf" >/dev/null 2>"$work/err" </dev/null &&
        holds user '.events | all(.[]; .value != null or (.reason | length > 5)) and (.["sde:::emu::guest_instructions"].value > 0)' \
            "as another user"
fi

"$emu" --events=default "$elf" >/dev/null 2>&1 </dev/null
[[ $? == 64 ]] || complain "--events without --stats is no usage error"
exit $status
