#!/usr/bin/env bash
# soak.sh [SECONDS]: long runs, without growth of memory, descriptors or mappings. Default 600 seconds; by hand and nightly.
#
#   machines   one process makes and frees machines of both guests, every other one with a code cache that is flushed all the
#              time, and lets two take turns (emulator/tests/system/test_soak.c)
#   random     random instruction streams, one process, new seeds (emulator/tests/diff/test_streams.c)
#   forks      a Linux program forks 10,000 times; emu is looked at after the first hundred and at the end
#   night      a night of 8 hours at a clock that runs 1000 times as fast (ci/tools/fast_clock.c), with the fake emulator
# Figures go to standard output. Exit status: 0, or 1 if something grew or failed.
set -uo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-600}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "soak.sh: SECONDS is a whole number" >&2; exit 64; }
tests=build/rel/emulator/tests
make -s --no-print-directory all "$tests/system/test_soak" "$tests/diff/test_streams" build/gen/fast_clock.so || exit 1
clock=$PWD/build/gen/fast_clock.so
source bench/tests/lib.sh
set +e
bad=0
grew() { echo "GREW $*"; bad=1; }
# looks PID: KiB of memory, descriptors, mappings
looks() { echo "$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status") $(ls "/proc/$1/fd" | wc -l) $(wc -l <"/proc/$1/maps")"; }
# compare NAME KIB FDS MAPPINGS KIB FDS MAPPINGS SLACK [OPEN]: at the beginning, at the end, how many KiB more may be, and how
# many descriptors a look may meet in use
compare() {
    echo "$1: $2 -> $5 KiB, $3 -> $6 descriptors, $4 -> $7 mappings"
    (($5 <= $2 + $8)) || grew "$1: memory"
    (($6 <= $3 + ${9:-0})) || grew "$1: descriptors"
    (($7 <= $4 + 8)) || grew "$1: mappings"
}

end=$((SECONDS + seconds / 3))
while ((SECONDS < end)); do
    SOAK_ROUNDS=600 "$tests/system/test_soak" >"$T/machines" 2>&1 || { cat "$T/machines"; grew machines; break; }
    grep 'machines:' "$T/machines"
done

"$tests/diff/test_streams" --runs=1000000 --seed="$(date +%s)" >"$T/random" 2>&1 &
pid=$!
sleep $((seconds / 10 + 1))
first=$(looks $pid)
sleep $((seconds / 3))
if kill -0 $pid 2>/dev/null; then
    compare random $first $(looks $pid) 8192
    kill $pid
else
    tail -n 5 "$T/random"
    grew "random: it ended"
fi
wait $pid 2>/dev/null

emulator/tests/user/build.sh "$T/forks" emulator/tests/user/forks.c -O2 || bad=1
mkfifo "$T/in" "$T/out"
build/rel/emu --user "$T/forks" 10000 <"$T/in" >"$T/out" &
pid=$!
exec 3>"$T/in" 4<"$T/out"
read -r _ <&4 && first=$(looks $pid) && echo >&3
read -r _ <&4 && last=$(looks $pid) && echo >&3
wait $pid || { echo "forks: emu ended with $?"; bad=1; }
compare "forks (10,000)" $first $last 1024

began=$SECONDS
LD_PRELOAD=$clock NIGHTJAR_CLOCK=1000 "$NIGHTJAR" bench --emu "$T/emu" --workloads-dir "$T/workloads" --elf-dir "$T/elf" --peers-dir "$T/peers" \
    --noise "$T/noise.json" -o "$T/night.json" --matrix ends --peer none --reps 100000 --exact-reps 1 --time-budget 8h --timeout 20h \
    >"$T/log" 2>&1 &
pid=$!
while kill -0 $pid 2>/dev/null && ! [[ $(wc -l 2>/dev/null <"$T/night.json.journal") -gt 200 ]]; do sleep 0.2; done
first=$(looks $pid) at=$(wc -l <"$T/night.json.journal")
while [[ -e /proc/$pid/status ]] && looked=$(looks $pid 2>/dev/null) && [[ $looked == [0-9]* ]]; do last=$looked; sleep 0.2; done
wait $pid || { tail -n 3 "$T/log"; grew "night: it failed"; }
samples=$(jq '.samples | length' "$T/night.json")
compare "night ($samples samples, $at at the first look)" $first $last $((16 * samples)) 6
jq -r '"night: \([.samples[].wall_ns] | add / 3.6e12 * 100 | floor / 100) hours of samples, \([.samples[] | select(.valid | not)] | length) invalid, stopped by \(.plan.stopped)"' "$T/night.json"
"$NIGHTJAR" validate "$T/night.json" >/dev/null || grew "night: the document"
jq -e '.plan.stopped == "time budget" and ([.samples[].wall_ns] | add) < 8.5 * 3.6e12' "$T/night.json" >/dev/null || grew "night: its time"
echo "night: took $((SECONDS - began)) seconds"
exit $bad
