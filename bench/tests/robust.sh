#!/usr/bin/env bash
# Oracle: what was there before the fault. Whatever stands in the way of a run, the next one runs, and nothing that was
# measured is gone: it is in the document, in the journal, or in a file whose name was printed.
source "$(dirname "$0")/lib.sh"
RUN=(--matrix ends --peer none --reps 2 --exact-reps 1)
# The journal that a run had just before it was done.
journal_of() { jq -c '{schema: "nightjar.journal/1", created, title, tool, plan, plan_hash, environment, emulator, hosts, configs, workloads}, .samples[]' "$1"; }
samples() { jq '.samples | length' "$1"; }

# ---- a killed night, then another build: the journal is another plan's ----
expect 0 bench "$T/a.json" "${RUN[@]}" --seed 6
hash=$(jq -r '.plan_hash[:12]' "$T/a.json")
journal_of "$T/a.json" >"$T/night.json.journal"
cp "$T/night.json.journal" "$T/killed"
for how in "" --resume; do
    cp "$T/killed" "$T/night.json.journal"
    expect 0 bench "$T/night.json" "${RUN[@]}" $how
    says "was begun with another plan ($hash"
    says "(12 samples"
    kept=$T/night.json.journal.$hash${how:+-2}
    cmp "$kept" "$T/killed" || fail "the journal of the killed night is not kept as $kept"
    [[ -e $T/night.json.journal ]] && fail "the journal of a finished run is there"
    expect 0 nj validate "$T/night.json"
done
# Its own plan still goes on with it.
mv "$T/night.json.journal.$hash" "$T/again.json.journal"
expect 0 bench "$T/again.json" "${RUN[@]}" --seed 6 --resume
[[ $(samples "$T/again.json") == 12 ]] || fail "the kept journal does not resume"

# ---- journals that are no journals ----
: >"$T/night.json.journal"
expect 0 bench "$T/night.json" "${RUN[@]}" --resume
says "empty, so nothing is lost"
echo "not a journal" >"$T/night.json.journal"
expect 0 bench "$T/night.json" "${RUN[@]}"
says "night.json.journal.broken"
[[ $(cat "$T/night.json.journal.broken") == "not a journal" ]] || fail "what was there is gone"
# A hole in the middle: what is whole is taken over.
expect 0 bench "$T/b.json" "${RUN[@]}"
journal_of "$T/b.json" >"$T/hole.json.journal"
sed -i '4s/.*/\x00\x00\x00\x00/' "$T/hole.json.journal"
expect 0 bench "$T/hole.json" "${RUN[@]}" --resume
says "1 broken line in the middle"
[[ $(samples "$T/hole.json") == 12 ]] || fail "samples around a hole"
changed=$(diff <(jq -c '.samples[]' "$T/b.json") <(jq -c '.samples[]' "$T/hole.json") | sed -n 's/^> {"id":\([0-9]*\),.*/\1/p') || true
[[ $changed == 2 ]] || fail "sample 2 was to be taken again, not: $changed"

# ---- a second run while the first one lives ----
FAKE_EMU=hang "$NIGHTJAR" bench --emu "$T/emu" --workloads-dir "$T/workloads" --elf-dir "$T/elf" --peers-dir "$T/peers" -o "$T/two.json" \
    "${RUN[@]}" >/dev/null 2>&1 &
first=$!
for _ in $(seq 200); do [[ -s $T/two.json.journal ]] && break; sleep 0.01; done
for how in "" --resume "--seed 9"; do
    expect 74 bench "$T/two.json" "${RUN[@]}" $how
    says "another nightjar is writing this journal"
done
kill -9 $first
wait $first 2>/dev/null || true

# ---- the disk was full: what was lost is taken again ----
FAKE_EMU=no-stats expect 3 bench "$T/lost.json" "${RUN[@]}"
journal_of "$T/lost.json" >"$T/lost2.json.journal"
expect 0 bench "$T/lost2.json" "${RUN[@]}" --resume
says "12 samples of the interrupted run lost their counts and are taken again"
jq -e 'all(.samples[]; .valid) and ([.samples[].id] == [range(0; 12)])' "$T/lost2.json" >/dev/null || fail "lost samples"
# A journal that cannot grow ends the run at once; with room again, it goes on.
size=$(($(stat -c %s "$T/lost2.json") / 2048))
(trap '' XFSZ; ulimit -f $size; expect 74 bench "$T/full.json" "${RUN[@]}" --reps 30; says "make room and go on with --resume")
expect 0 bench "$T/full.json" "${RUN[@]}" --reps 30 --resume
jq -e 'all(.samples[]; .valid) and ([.samples[].id] == [range(0; .plan.samples_planned)])' "$T/full.json" >/dev/null || fail "a full disk"

# ---- places where nothing can be written, before anything is measured ----
refused() { # refused OUT TEXT
    FAKE_EMU=hang expect 74 timeout 1000 "$NIGHTJAR" bench --emu "$T/emu" --workloads-dir "$T/workloads" --elf-dir "$T/elf" --peers-dir "$T/peers" -o "$1" "${RUN[@]}"
    says "$2"
}
mkdir "$T/folder"
echo '{"schema": "nightjar.run/1"}' >"$T/read-only.json" && chmod 444 "$T/read-only.json"
echo 'my only copy' >"$T/thesis"
mkfifo "$T/fifo.json.journal"
for device in null full; do ln -s /dev/$device "$T/$device.json.journal"; done
refused "$T/folder" "is a folder"
refused "$T/read-only.json" "is read-only"
refused "$T/none/run.json" "the folder $T/none"
refused "$T/thesis/run.json" "thesis"
refused "$T/thesis" "it would be lost"
refused "$T/fifo.json" "is not a regular file"
for device in null full; do refused "$T/$device.json" "is not a regular file"; done
refused "" "empty"
[[ $(cat "$T/thesis") == 'my only copy' ]] || fail "a file that is no run was replaced"

# ---- a finished run is not replaced silently ----
expect 0 bench "$T/kept.json" "${RUN[@]}" --title first
for i in 1 2 3; do
    expect 0 bench "$T/kept.json" "${RUN[@]}" --title "again $i"
    says "kept.json: the run that was there is kept as $T/kept-20"
done
[[ $(jq -r .title "$T"/kept*.json | sort | tr '\n' ,) == "again 1,again 2,again 3,first," ]] || fail "a finished run is gone"

# ---- outputs that are no regular files are written to, never replaced ----
ln -s target.json "$T/link.json"
expect 0 bench "$T/link.json" "${RUN[@]}"
[[ -L $T/link.json && $(samples "$T/target.json") == 12 ]] || fail "a symbolic link"
mkfifo "$T/fifo"
cat "$T/fifo" >"$T/through" &
reader=$!
expect 0 bench "$T/fifo" "${RUN[@]}"
wait $reader
[[ -p $T/fifo && $(samples "$T/through") == 12 ]] || fail "a FIFO"
bench /dev/stdout "${RUN[@]}" >"$T/stdout.json" 2>"$T/log" || fail "/dev/stdout"
expect 0 nj validate "$T/stdout.json"
ls nightjar-*.journal build/nightjar-*.journal 2>/dev/null && fail "a journal was left behind"
expect 74 bench /dev/full "${RUN[@]}"
says "No space left on device"
[[ -c /dev/full ]] || fail "/dev/full was replaced"
rm -f nightjar-*.journal build/nightjar-*.journal

# ---- what cannot be printed is an error, in every command ----
cp "$T/a.json" "$T/run.json"
for command in "bench -o $T/p.json --emu $T/emu --workloads-dir $T/workloads --elf-dir $T/elf --peers-dir $T/peers ${RUN[*]}" "bench --dry-run" "bench --help" "aa --help" \
    "compare $T/run.json $T/run.json" "compare --help" "merge $T/run.json -o $T/m.json" "report $T/run.json -o $T/out --no-plots" "report --help" \
    "doctor" "doctor --json=-" "validate $T/run.json" "validate --schema" "profile --help" "--help" "--version"; do
    expect 74 bash -c "'$NIGHTJAR' $command >/dev/full"
    says "nightjar: "
    expect 74 bash -c "'$NIGHTJAR' $command >&-"
done

# ---- one shard of two is not the whole ----
for i in 1 2; do expect 0 bench "$T/s$i.json" "${RUN[@]}" --shard $i/2; done
expect 3 nj merge "$T/s1.json" -o "$T/half.json"
says "shard 2/2 is missing"
expect 0 nj merge "$T/s2.json" "$T/s1.json" -o "$T/both.json"
expect 0 bench "$T/one.json" --matrix ends --peer none --workload alpha --dry-run
says "2 configurations, 1 workload"
echo "robust: ok"
