#!/usr/bin/env bash
# Oracle: the same plan run without a fault. N random faults (kill -9, SIGTERM, a disk that is full, a second run, a rebuilt
# emulator, a torn or empty journal) hit a night; every sample that was ever in a journal is in the document or in a file that
# was kept, the next night always runs, and its counts are those of the undisturbed one. bench/tests/faults.sh [N [SEED]]
# tests: by-hand
source "$(dirname "$0")/lib.sh"
N=${1:-300} RANDOM=${2:-1}
ARGS=(--matrix ends --peer none --reps 6 --exact-reps 1)
counts() { jq -c '[.samples[] | select(.valid) | [.id, .config, .workload, .metrics.host_instructions]]' "$1"; }
expect 0 bench "$T/whole.json" "${ARGS[@]}"
counts "$T/whole.json" >"$T/want"
cp "$T/emu" "$T/emu-0"
night() { nj bench --emu "$T/emu" --workloads-dir "$T/workloads" --elf-dir "$T/elf" --peers-dir "$T/peers" --noise "$T/noise.json" -o "$T/night.json" "${ARGS[@]}" "$@"; }
# Every line of a sample that was in a journal is remembered, with the journal that it was in.
ids() { [[ -s $T/night.json.journal ]] && head -c -0 "$T/night.json.journal" | tail -n +2 | jq -cR 'fromjson? | .wall_ns' || true; }
build=0 nights=0 lost=0
declare -A seen
remember() { local w; for w in $(ids); do seen[$w]=1; done; }
for ((i = 1; i <= N; i++)); do
    "$NIGHTJAR" bench --emu "$T/emu" --workloads-dir "$T/workloads" --elf-dir "$T/elf" --peers-dir "$T/peers" -o "$T/night.json" "${ARGS[@]}" --resume >"$T/out" 2>&1 &
    victim=$!
    sleep 0.0$((RANDOM % 9 + 1))
    case $((RANDOM % 6)) in
    0) kill -9 $victim 2>/dev/null || true ;;
    1) kill -TERM $victim 2>/dev/null || true ;;
    2) night --resume >"$T/second" 2>&1 && [[ $(jq -r .plan_hash "$T/night.json") ]] || true # refused, or the first one was done
       kill -9 $victim 2>/dev/null || true ;;
    3) kill -9 $victim 2>/dev/null || true
       wait $victim 2>/dev/null || true
       remember
       build=$((build + 1)) && cp "$T/emu-0" "$T/emu-new" && echo "build $build" >>"$T/emu-new" && mv "$T/emu-new" "$T/emu" ;; # another hash
    4) kill -9 $victim 2>/dev/null || true
       wait $victim 2>/dev/null || true
       remember
       (trap '' XFSZ; ulimit -f $((RANDOM % 12 + 1)); night --resume >"$T/full" 2>&1) || true ;;
    5) kill -9 $victim 2>/dev/null || true
       wait $victim 2>/dev/null || true
       remember
       case $((RANDOM % 2)) in
       0) [[ -e $T/night.json.journal ]] && printf '{"id": 3, "blo' >>"$T/night.json.journal" || true ;;
       1) [[ -e $T/night.json.journal ]] || : >"$T/night.json.journal" ;;
       esac ;;
    esac
    wait $victim 2>/dev/null || true
    remember
    if ((i % 10 == 0)); then # the next night
        night --resume >"$T/out" 2>&1 || { cat "$T/out" >&2; fail "after fault $i the night does not run"; }
        [[ $(counts "$T/night.json") == "$(cat "$T/want")" ]] || { diff "$T/want" <(counts "$T/night.json") | cut -c1-400 >&2; fail "after fault $i the counts are other ones"; }
        nj validate "$T/night.json" >/dev/null || fail "after fault $i the document is not whole"
        nights=$((nights + 1))
    fi
done
# Where is every sample that was ever written?
declare -A kept
for w in $(cat "$T"/night*.json | jq '.samples[]?.wall_ns') $(cat "$T"/night.json.journal* 2>/dev/null | jq -R 'fromjson? | .wall_ns // empty'); do kept[$w]=1; done
for w in "${!seen[@]}"; do [[ ${kept[$w]:-} ]] || lost=$((lost + 1)); done
[[ $lost == 0 ]] || fail "$lost of ${#seen[@]} samples are nowhere"
[[ ${#seen[@]} -gt $((N / 8)) ]] || fail "only ${#seen[@]} samples were ever in a journal"
[[ ! -e .git/index.lock ]] || fail "git's index is locked: a git that the harness had started was killed"
echo "faults: ok: $N faults, $build rebuilds, $nights nights, ${#seen[@]} samples in journals, none lost"
