#!/usr/bin/env bash
# Oracle: the works that the programs themselves write down, and the counts of the fake emulator, which follow from them.
source "$(dirname "$0")/lib.sh"
# A program that can be told: the emulator is given the number, a peer gets a copy with the number in it.
cat >"$T/told.c" <<'END'
#include <stdio.h>
#include <stdlib.h>
const volatile unsigned work_iterations = 3;
int main(void) {
    FILE *f = fopen(getenv("TOLD_LOG"), "a");
    fprintf(f, "%u\n", work_iterations);
    for (volatile unsigned long i = 0; i < 1000ul * work_iterations; i++) {
    }
    puts("result 42\nVALID");
    return 0;
}
END
gcc -O1 -o "$T/elf/rv64/alpha.elf" "$T/told.c"
echo '{"name": "echo", "title": "Told", "commands": {"rv64": ["{elf}"]}, "version": ["true"]}' >"$T/peers/echo.json"
export TOLD_LOG=$T/told.log
RUN=(--features all --features all,-regcache --workload alpha --peer echo --sample 0.02s)

# Each cell has one work, each sample of it a short one beside it with an eighth; counts are those of the work.
expect 0 bench "$T/r.json" "${RUN[@]}" --reps 3
jq -e '
    (.plan.sample_s == 0.02) and (.plan.size == "chosen") and .workloads[0].size == "0.02 s" and
    ([.samples[] | select(.purpose == "time" or .purpose == "start")] | length == 18 and all(.valid)) and
    ([.samples[] | select(.purpose == "time")] | group_by(.config) | all(map(.work) | unique | length == 1)) and
    (.samples as $all | all(.samples[] | select(.purpose == "time"); . as $s |
        ([$all[] | select(.purpose == "start" and .block == $s.block and .config == $s.config)] |
            length == 1 and .[0].work == ((($s.work + 7) / 8) | floor)))) and
    all(.samples[] | select((.purpose == "time" or .purpose == "start") and .features); .metrics.guest_instructions == 1000000 * .work) and
    ([.samples[] | select(.purpose == "exact") | .metrics.guest_instructions] | unique == [1000000]) and
    (.summary.cells | any(.metric == "startup_ns" and .n == 3))' "$T/r.json" >/dev/null || fail "works"
# The peer ran copies with exactly these works (a calibration runs several).
comm -13 <(sort -u "$T/told.log") <(jq -r '.samples[] | select(.config == "peer:echo") | .work' "$T/r.json" | sort -u) | grep -q . &&
    fail "the peer did not run with the works of its samples"
[[ -e $T/r.json.scratch ]] && fail "scratch folder left behind"
# CPU time of a unit: the difference of both samples over the difference of their works.
jq -e '
    ([.samples[] | select(.config == "all-on" and .block == 0)] | map({(.purpose): .}) | add) as $b |
    (($b.time.metrics.cpu_ns - $b.start.metrics.cpu_ns) / ($b.time.work - $b.start.work)) as $unit |
    (.summary.cells[] | select(.config == "all-on" and .metric == "cpu_ns")) as $c |
    $c.n == 3 and $c.min <= $unit * 1.000001 and $c.max >= $unit * 0.999999' "$T/r.json" >/dev/null || fail "time of a unit"
# The warm-up: the fake says 9000 ns for the first slice, then 1000 each, but for 1000 + 8000 - 9000 + 2000 in the second.
jq -e '.summary.warmup | length == 1 and all(.n == 3 and (.slices | length) == 20 and .slices[0].cpu_ns == 9000 and .slices[0].translate_ns == 5000 and
       .steady_ns == 1000 and .first_pass_ns == 8000)' "$T/r.json" >/dev/null || fail "warm-up"

# Killed in the middle: the same works after --resume.
"$NIGHTJAR" bench --emu "$T/emu" --workloads-dir "$T/workloads" --elf-dir "$T/elf" --peers-dir "$T/peers" --noise "$T/noise.json" \
    -o "$T/cut.json" "${RUN[@]}" --reps 20 >/dev/null 2>&1 &
pid=$!
until [[ $(grep -c '"purpose": *"time"' "$T/cut.json.journal" 2>/dev/null) -ge 4 ]]; do
    kill -0 $pid 2>/dev/null || break
    sleep 0.1
done
kill -9 $pid 2>/dev/null || fail "it was done before it could be killed"
wait $pid 2>/dev/null || true
expect 0 bench "$T/cut.json" "${RUN[@]}" --reps 20 --resume
jq -e '([.samples[] | select(.purpose == "time")] | group_by(.config) | all(length == 20 and (map(.work) | unique | length == 1))) and
       .plan.sample_taken_s == 0.02' "$T/cut.json" >/dev/null || fail "other works after --resume"

# The same work for all with --size; an emulator that cannot be told; a program that cannot.
echo "2000 alpha" >"$T/elf/rv64/alpha-quick.elf"
expect 0 bench "$T/size.json" --features all --peer none --workload alpha --reps 1 --size quick
jq -e '[.samples[] | select(.work)] == [] and .plan.sample_s == null' "$T/size.json" >/dev/null || fail "--size"
FAKE_EMU=no-work expect 0 bench "$T/old.json" --features all --peer none --workload alpha --reps 1
says "cannot tell a program how much to do"
expect 0 bench "$T/beta.json" --features all --peer none --workload beta --reps 1
jq -e '[.samples[] | select(.work)] == [] and .workloads[0].size == "quick"' "$T/beta.json" >/dev/null || fail "a program that cannot be told"
expect 64 bench "$T/x.json" --sample 0s
echo "calibrate: ok"
