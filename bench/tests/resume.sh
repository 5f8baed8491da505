#!/usr/bin/env bash
# Oracle: the same plan run without a disturbance: after kill -9 and --resume, the same samples, counts and attribution, none lost, none twice.
source "$(dirname "$0")/lib.sh"

# What must be the same: everything but times.
stable() {
    jq -S '{plan_hash, configs, workloads, errors, samples: [.samples[] | {id, block, config, workload, purpose, valid, reason,
            exact: (.metrics | with_entries(select(.key | test("instructions|units|per_guest"))))}],
            cells: [.summary.cells[] | select(.metric | test("instructions|units|per_guest"))], keys: [.summary.cells[] | [.config, .workload, .metric, .n]],
            attribution: [.summary.attribution[] | select(.metric == "host_instructions")]}' "$1"
}
RUN=(--matrix full --reps 3 --peer echo --seed 5)
expect 0 bench "$T/whole.json" "${RUN[@]}"

# Not the function of lib.sh: $! must be the harness itself, not a shell around it.
CUT=("$NIGHTJAR" bench --emu "$T/emu" --workloads-dir "$T/workloads" --elf-dir "$T/elf" --peers-dir "$T/peers" --noise "$T/noise.json"
    -o "$T/cut.json" "${RUN[@]}")
# The harness does as many runs as there are bytes in the gate, and its state between two of them is known.
mkfifo "$T/gate"
exec 9<>"$T/gate"
let_run() { head -c "$1" /dev/zero >&9; }
# Until that is true, or the harness has ended.
until_true() { while ! "$@" && kill -0 $victim 2>/dev/null; do sleep 0.01; done; }
more_lines_than() { [[ $(lines) -gt $1 ]]; }
lines() { [[ -e $T/cut.json.journal ]] && wc -l <"$T/cut.json.journal" || echo 0; }
FAKE_GATE=$T/gate "${CUT[@]}" >/dev/null 2>&1 &
victim=$!
for round in 1 2 3 4 5; do
    # Two harnesses on one journal would mix their samples: the second one is refused.
    if [[ $round == 2 ]]; then
        before=$(lines)
        let_run 2
        until_true more_lines_than "$before"
        expect 74 bench "$T/cut.json" "${RUN[@]}" --resume
        says "another nightjar"
    fi
    # Wait for progress, then kill without warning.
    before=$(lines)
    let_run $((5 * round + 2))
    until_true more_lines_than $((before + 5 * round))
    kill -9 $victim 2>/dev/null || true
    wait $victim 2>/dev/null || true
    [[ -e $T/cut.json ]] && fail "finished before it could be killed"
    [[ $round == 3 ]] && printf '{"id": 99, "blo' >>"$T/cut.json.journal" # a torn last line
    [[ $round == 5 ]] && break
    FAKE_GATE=$T/gate "${CUT[@]}" --resume >/dev/null 2>&1 &
    victim=$!
done
# Without --resume the interrupted run is not thrown away.
expect 74 bench "$T/cut.json" "${RUN[@]}"
says "--resume"
expect 0 bench "$T/cut.json" "${RUN[@]}" --resume
diff <(stable "$T/whole.json") <(stable "$T/cut.json") || fail "the resumed run is not the undisturbed one"
jq -e '[.samples[].id] == [range(0; .plan.samples_planned)]' "$T/cut.json" >/dev/null || fail "a sample is missing or twice"

cp "$T/cut.json" "$T/before.json"
expect 0 bench "$T/cut.json" "${RUN[@]}" --resume
says "already whole"
cmp "$T/cut.json" "$T/before.json" || fail "a whole run was touched"

# The emulator is built anew in the middle: the run ends, it does not mix.
cp "$T/emu" "$T/emu2"
FAKE_GATE=$T/gate "$NIGHTJAR" bench --emu "$T/emu2" --workloads-dir "$T/workloads" --elf-dir "$T/elf" -o "$T/rebuilt.json" --matrix full --peer none >"$T/log" 2>&1 &
victim=$!
let_run 1
until_true test -s "$T/rebuilt.json.journal"
cp "$T/emu" "$T/emu3" && mv "$T/emu3" "$T/emu2"
let_run 1000
code=0
wait $victim || code=$?
[[ $code == 74 ]] || fail "rebuilt emulator: exit $code"
says "changed while it was being measured"

# Ctrl-C: exit 130, the journal stays, the hanging child is gone.
FAKE_EMU=hang "$NIGHTJAR" bench --emu "$T/emu" --workloads-dir "$T/workloads" --elf-dir "$T/elf" --peers-dir "$T/peers" -o "$T/int.json" \
    --matrix ends --peer none >"$T/log" 2>&1 &
victim=$!
until_true pgrep -f "$T/emu .*--stats" >/dev/null
kill -TERM $victim
code=0
wait $victim || code=$?
[[ $code == 130 ]] || fail "interrupted run exits with $code"
says "--resume"
[[ -e $T/int.json.journal && ! -e $T/int.json ]] || fail "an interrupted run must leave its journal and no document"
pgrep -f "$T/emu" >/dev/null && fail "a sample outlived its harness"
expect 0 bench "$T/int.json" --matrix ends --peer none --resume
echo "resume: ok"
