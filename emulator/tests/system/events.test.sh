#!/usr/bin/env bash
# Oracle: perf_event_open(2) and PAPI themselves, asked by a program of this test (can_count.c); the exact counters of the same stats
# file; machines that lack something (ci/tools/hide.c), whose lacks are known.
# tests: rel asan
#
# --events: what the machine can count counts, each other event has the machine's one reason; nothing unknown counts; software-defined
# events are the emulator's counters to the last digit; counting changes no exact count. --sample-by=papi: PAPI, or the timer.
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu} hide=${HIDE:-$PWD/build/gen/hide}
elf=build/workloads/rv64/dhrystone-test.elf
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0 name=

complain() {
    echo "FAIL $name: $*"
    status=1
}
[[ -e $elf ]] || { echo "FAIL no $elf: run workloads/build.sh rv64"; exit 1; }
gcc -std=gnu11 -Wall -o "$work/can_count" emulator/tests/system/can_count.c -lpapi || exit 1

run=() # what the emulator runs in
count() { "${run[@]}" "$emu" --stats="$work/$1" "${@:2}" "$elf" >"$work/out" 2>"$work/err" </dev/null || complain "$1: $(tail -n 1 "$work/err")"; }
holds() { jq -e "$2" "$work/$1" >"$work/jq" 2>&1 || complain "$1: $3: $(jq -c .events "$work/$1")"; }

count plain
holds plain '.events == {}' "events without the option"

# On a machine that has what it has, and on those that lack something: can_count says what to expect of each kind.
software='["perf::TASK-CLOCK","perf::CPU-CLOCK","perf::PAGE-FAULTS","perf::MINOR-FAULTS","perf::MAJOR-FAULTS"]'
in_kernel='["perf::CONTEXT-SWITCHES","perf::CPU-MIGRATIONS"]'
hardware='["PAPI_TOT_INS","PAPI_TOT_CYC"]'
refused='perf_event_open is refused \\([A-Z][a-z ]+\\), see kernel.perf_event_paranoid'
machine() {
    local papi pmu user kernel off via reason listed
    read -r papi pmu user kernel off < <("${run[@]}" "$work/can_count")
    echo "$name: PAPI's component is $papi, the PMU is $pmu; user events $user, kernel events $kernel${off:+; PAPI: $off}"
    count all --events="default,perf::CPU-CLOCK,perf::MINOR-FAULTS,perf::MAJOR-FAULTS"
    cmp -s <(jq .counters "$work/plain") <(jq .counters "$work/all") || complain "counting events changes the exact counts"
    holds all '.events | length >= 12 and all(.[]; (.value != null and .unit != null and .via != null) or (.value == null and (.reason | length > 5)))' \
        "value with unit, or a reason"
    holds all '.counters as $c | .events["sde:::emu::guest_instructions"].value == $c.guest_instructions' "software-defined events"
    via=PAPI
    [[ $papi == on ]] || via=perf_event_open
    if [[ $user == yes ]]; then
        holds all ".events as \$e | $software | all(.[]; \$e[.].via == \"$via\")" "software events by $via"
        holds all '.events["perf::TASK-CLOCK"] | .unit == "ns" and .value > 0' "task clock"
    else
        holds all ".events as \$e | $software | all(.[]; \$e[.].reason | test(\"^$refused\$\"))" "one reason for software events"
    fi
    if [[ $kernel == yes ]]; then
        holds all ".events as \$e | $in_kernel | all(.[]; \$e[.].via == \"$via\")" "kernel events by $via"
    else
        holds all ".events as \$e | $in_kernel | all(.[]; \$e[.].reason | test(\"^$refused\$|kernel.perf_event_paranoid=[0-9-]+ hides\$\"))" "a reason for kernel events"
    fi
    reason='^no hardware PMU here$'
    [[ $papi == on ]] || reason='^PAPI [0-9.]+ does not know this CPU \\([A-Za-z]+ [0-9]+/[0-9]+\\)(, and the kernel has no hardware PMU)?$'
    [[ $papi == on || $off == *libpfm4* ]] || reason="^PAPI [0-9.]+ has no perf events here: $off\$"
    [[ $pmu != refused ]] || reason="^$refused\$"
    if [[ $pmu == yes && $papi == on ]]; then
        holds all ".events as \$e | $hardware | any(.[]; \$e[.].value > 0)" "hardware events count"
    else
        holds all ".events as \$e | $hardware | all(.[]; \$e[.].reason | test(\"$reason\"))" "the reason for hardware events"
        holds all "[.events as \$e | $hardware[] | \$e[.].reason] | unique | length == 1" "one reason for hardware events"
    fi
    # The same words everywhere.
    "${run[@]}" "$emu" --events=json >"$work/json" || complain "--events=json ends with $?"
    cmp -s <(jq -c '[.events | to_entries[] | select(.key | startswith("PAPI_TOT")) | .value | .reason // "counts"]' "$work/json") \
        <(jq -c '[.events | to_entries[] | select(.key | startswith("PAPI_TOT")) | .value | .reason // "counts"]' "$work/all") ||
        complain "--events=json says something else than the stats: $(jq -c .events.PAPI_TOT_INS "$work/json")"
    # The list is what counts: what it has counts when asked for.
    "${run[@]}" "$emu" --events=list >"$work/list" || complain "--events=list ends with $?"
    listed=$(grep '::' "$work/list" | grep -vE '^(default|sde|hardware)' | cut -d ' ' -f 1 | head -n 12 | paste -sd,)
    [[ $user == no || -n $listed ]] || complain "--events=list lists no software event"
    if [[ -n $listed ]]; then
        count listed --events="$listed"
        holds listed '.events | length > 0 and all(.[]; .value != null)' "listed events count"
    fi
    # Sampling by PAPI, or by the timer with the reason.
    "${run[@]}" "$emu" --sample="$work/samples" --sample-by=papi "$elf" >/dev/null 2>"$work/err" </dev/null || complain "--sample-by=papi ends with $?"
    if [[ $papi == on && $user == yes ]]; then
        jq -e '.by == "perf::TASK-CLOCK" and .instead_of == null' "$work/samples" >/dev/null || complain "not sampled by PAPI: $(jq -c '[.by, .instead_of]' "$work/samples") $(<"$work/err")"
    else
        jq -e '.by == "timer" and (.instead_of | startswith("--sample-by=papi: "))' "$work/samples" >/dev/null || complain "sampled by $(jq -c '[.by, .instead_of]' "$work/samples")"
        grep -qxE 'emu: --sample-by=papi: .*: the timer samples instead' "$work/err" || complain "no word of the timer: $(<"$work/err")"
        "${run[@]}" "$emu" --sample="$work/samples" --sample-by=perf::TASK-CLOCK "$elf" >/dev/null 2>&1 </dev/null
        [[ $? == 125 ]] || complain "an event by name that cannot be sampled is not refused"
    fi
}
name="this machine"
machine
for lack in papi perf papi,perf; do
    name="without $lack" run=("$hide" "$lack")
    machine
done
run=() name="unprivileged"
if [[ $(id -u) != 0 ]] || ! setpriv --reuid 65534 --clear-groups test -x "$emu" -a -r "$elf" -a -x "$hide"; then
    echo "$name: not tried, it takes a root and a build folder that others may enter"
else
    chmod 777 "$work"
    touch "$work"/{all,json,list,listed,samples} && chmod 666 "$work"/*
    chmod 755 "$work/can_count"
    run=(setpriv --reuid 65534 --clear-groups)
    machine
    run=("$hide" papi setpriv --reuid 65534 --clear-groups) name="unprivileged, without papi"
    machine
    run=()
fi
name=counters

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

# What is not there says so, and hurts nothing that is: with PAPI's names, and without.
for lack in "" papi; do
    run=() name="unknown names"
    [[ -z $lack ]] || run=("$hide" "$lack") name="unknown names without $lack"
    count wrong --events=perf::NO-SUCH,PAPI_NO_SUCH,sde:::emu::no_such,sde:::other::x,sde:::emu::host_instructions,nonsense,,sde:::emu::exceptions
    holds wrong '.events | length == 7 and ([to_entries[] | select(.value.value == null) | .key] | length) == 6 and
        (.["sde:::emu::host_instructions"].reason == "needs --profile") and
        (.["sde:::emu::exceptions"].value == 0)' "unknown names"
done

name=usage
"$emu" --events=default "$elf" >/dev/null 2>&1 </dev/null
[[ $? == 64 ]] || complain "--events without --stats is no usage error"
exit $status
