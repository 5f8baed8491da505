#!/usr/bin/env bash
# tests: alone (it measures time)
# Oracle: the plant. The same emulator twice must not be called different; one made 3 % dearer must be caught by the exact count, one made
# five times as slow by the time, too: however busy the machine is, that is seen.
source "$(dirname "$0")/lib.sh"
for w in alpha beta; do echo "100000 $w" >"$T/elf/rv64/$w-quick.elf"; done # 6.4 ms: well above the cost of starting a process
RUN=(--features all --peer none --reps 9)
expect 0 bench "$T/a.json" "${RUN[@]}"
expect 0 bench "$T/b.json" "${RUN[@]}"
FAKE_SLOW=3 expect 0 bench "$T/slow3.json" "${RUN[@]}"
FAKE_SLOW=400 expect 0 bench "$T/slow400.json" "${RUN[@]}"

expect 0 nj compare "$T/a.json" "$T/b.json" --exact-only
says "verdict: pass"
expect 0 nj compare "$T/a.json" "$T/b.json" --noise "$T/none.json" # equal builds pass, whatever the machine did
says "the same emulator emitted the same code"
# FAKE_SLOW changes what the emulator does, not its file: here it is another build.
for slow in slow3 slow400; do jq '.emulator.sha256 = "0" * 64' "$T/$slow.json" >"$T/new.json" && mv "$T/new.json" "$T/$slow.json"; done
expect 1 nj compare "$T/a.json" "$T/slow3.json" --noise "$T/none.json" --json "$T/c.json" --md "$T/c.md"
jq -e 'all(.entries[] | select(.metric == "host_instructions"); .verdict == "regressed" and (.ratio * 65 / 64 - 1 | fabs < 1e-9)) and .verdict == "regressed"' "$T/c.json" >/dev/null ||
    fail "3 % more host instructions were not caught"
grep -q '^## Verdict: regressed' "$T/c.md" || fail "Markdown"
expect 1 nj compare "$T/a.json" "$T/slow400.json" --noise "$T/none.json" --json "$T/c.json"
jq -e 'all(.entries[] | select(.metric == "cpu_ns"); .verdict == "regressed" and .ratio < 0.5) and all(.together[]; .meaning == "more host instructions, and slower")' \
    "$T/c.json" >/dev/null || fail "a fifth of the speed was not caught"
expect 0 nj compare "$T/slow400.json" "$T/a.json" --noise "$T/none.json"
says "verdict: improved"

# Refusals.
expect 64 nj compare "$T/a.json" "$T/slow3.json" --gate 1% --noise "$T/none.json"
says "nightjar aa"
expect 65 nj compare "$T/a.json" "$T/nothing.json"
head -c 5000 "$T/b.json" >"$T/cut.json"
expect 65 nj compare "$T/a.json" "$T/cut.json"
says "truncated"
jq '.schema = "nightjar.run/9"' "$T/b.json" >"$T/new.json"
expect 65 nj compare "$T/a.json" "$T/new.json"
says "newer"
jq '.environment.cpu_model = "Another"' "$T/b.json" >"$T/cpu.json"
expect 4 nj compare "$T/a.json" "$T/cpu.json"
says "other CPU"
expect 0 nj compare "$T/a.json" "$T/cpu.json" --exact-only
jq '.workloads[0].elf_sha256 = "0" * 64' "$T/b.json" >"$T/elf.json"
expect 3 nj compare "$T/a.json" "$T/elf.json"
says "ELF differs"
jq '.workloads[].elf_sha256 = "0" * 64 | .workloads[].exact.elf_sha256 = "0" * 64' "$T/b.json" >"$T/elves.json"
expect 4 nj compare "$T/a.json" "$T/elves.json"
says "every guest program differs"

# A side that lost a workload or a configuration never passes, and the cell is named; counts alone neither.
expect 0 bench "$T/asked.json" "${RUN[@]}" --workload alpha
jq '.plan.workloads = []' "$T/asked.json" >"$T/lost.json"
for only in "" --exact-only; do
    expect 3 nj compare "$T/a.json" "$T/lost.json" $only
    says "beta (rv64)"
    says "missing in the run after"
done
expect 0 nj compare "$T/a.json" "$T/asked.json"
says "was not asked for"
expect 0 nj compare "$T/a.json" "$T/a.json"
says "one and the same run"

# A/A: the harness measures itself, stores its floor, and compare then refuses a tighter gate.
code=0
nj aa --emu "$T/emu" --workloads-dir "$T/workloads" --elf-dir "$T/elf" --noise "$T/noise.json" -o "$T/aa.json" --reps 12 --workload alpha >"$T/log" 2>&1 || code=$?
[[ $code == 0 ]] || { cat "$T/log"; fail "an A/A run reports a change: exit $code"; }
jq -e '.schema == "nightjar.noise/2" and all(.entries[]; .floor >= 0.01 and .mde >= .floor and .n == 12 and .size == "quick" and (.spread | length) == 24)' "$T/noise.json" >/dev/null || fail "noise file"
expect 64 nj compare "$T/a.json" "$T/slow3.json" --gate 0.001% --noise "$T/noise.json"
says "tighter than the noise floor"
expect 0 bench "$T/with-noise.json" --features all --peer none --reps 3 --workload alpha
jq -e '.noise | length > 0 and all(.n == 3)' "$T/with-noise.json" >/dev/null || fail "the noise floor is not in the document, for its n"
expect 0 bench "$T/other-size.json" --features all --peer none --reps 3 --workload alpha --size full
jq -e '.noise | length == 0' "$T/other-size.json" >/dev/null || fail "the noise floor of another size is in the document"

# Doctor.
code=0
nj doctor --json=- --emu "$T/emu" >"$T/doctor.json" || code=$?
[[ $code == 0 ]] || fail "doctor: exit $code"
jq -e '.schema == "nightjar.doctor/1" and ([.checks[].name] | contains(["cpu", "perf_event_paranoid", "governor", "turbo", "smt", "load", "steal",
       "aslr", "clock", "neighbour", "events", "disk", "gnuplot", "emu", "noise"])) and all(.checks[]; .status | test("^(ok|note|warn|fail)$"))' \
    "$T/doctor.json" >/dev/null || fail "doctor"
jq -e '(.checks[] | select(.name == "events") | .status == "note" and .why == "no PMU in a fake" and .value == "1 of 2 probed events count, 0 of them hardware")
       and .events["perf::TASK-CLOCK"].via == "perf_event_open" and .events.PAPI_TOT_INS.reason == "no PMU in a fake"' \
    "$T/doctor.json" >/dev/null || fail "doctor does not say of events what the emulator says"
nj doctor --json=- --emu /bin/true >"$T/doctor.json" || code=$?
jq -e '.checks[] | select(.name == "events") | .status == "warn" and (.why | test("nightjar.events/1"))' "$T/doctor.json" >/dev/null || fail "doctor without an emulator"
echo "compare: ok"
