#!/usr/bin/env bash
# Oracle: the same commands with room enough. On a disk with less and less room - a small tmpfs, in a mount namespace that ends with the
# test - a night, a report, a merged document, a comparison and the pages of a history end with 74 and a message, or are whole;
# nothing half made is left, and with room again the night goes on from its journal to the same counts.
source "$(dirname "$0")/lib.sh"
unshare -rm true 2>/dev/null || { echo "skipped: no mount namespace here"; exit 77; }
ARGS=(--matrix ends --peer none --reps 3 --exact-reps 1 --seed 4)
expect 0 bench "$T/whole.json" "${ARGS[@]}"
for i in 1 2; do expect 0 bench "$T/s$i.json" "${ARGS[@]}" --shard $i/2; done
expect 0 nj history init --store "$T/store" --repo .
expect 0 nj history add --store "$T/store" "$T/whole.json"
mkdir "$T/disk"
export T NIGHTJAR D=$T/disk
cat >"$T/full.sh" <<'END'
set -u
fail() { echo "FAILED: room for $room KiB, $*" >&2; cat "$T/log" >&2; exit 1; }
counts() { jq -c '[.samples[] | [.id, .config, .workload, .valid, .metrics.host_instructions]]' "$1"; }
mount -t tmpfs -o size=2m none "$D" || exit 77
# leave KIB: so much room, however much the files need that are there
leave() {
    rm -f "$D/filler"
    local free
    free=$(df --output=avail -k "$D" | tail -n 1)
    ((free <= $1)) || head -c $(((free - $1) * 1024)) /dev/zero >"$D/filler"
}
ends() { # the last command's code is 0 or 74, and 74 says why
    ((code == 0)) && return
    [[ $code == 74 ]] && grep -q 'No space left on device' "$T/log" || fail "$1: exit $code"
    short=$((short + 1))
}
night() {
    "$NIGHTJAR" bench --emu "$T/emu" --workloads-dir "$T/workloads" --elf-dir "$T/elf" --peers-dir "$T/peers" --noise "$T/noise.json" \
        -o "$D/night.json" --matrix ends --peer none --reps 3 --exact-reps 1 --seed 4 "$@" >"$T/log" 2>&1
}
whole() { # FILE WHAT: it is not there, or what it is elsewhere
    [[ ! -e $1 ]] || "$NIGHTJAR" validate "$1" >/dev/null 2>&1 || fail "$2: half a document"
}
short=0 tries=0 kept=0
for room in 0 4 16 64 128 256 288 320 384 512; do
    rm -rf "${D:?}"/*
    leave $room
    code=0; night || code=$?
    tries=$((tries + 1))
    ends "a night"
    whole "$D/night.json" "a night"
    [[ ! -s $D/night.json.journal ]] || kept=$((kept + $(wc -l <"$D/night.json.journal") - 1))
    rm -f "$D/filler"
    night --resume || fail "with room again: the night does not go on"
    [[ $(counts "$D/night.json") == "$(counts "$T/whole.json")" ]] || fail "with room again: other counts"
    for what in "merge $T/s1.json $T/s2.json -o $D/x" "compare $T/whole.json $T/whole.json --json $D/x" \
        "report $T/whole.json -o $D/x --no-plots" "site --store $T/store -o $D/x"; do
        rm -rf "$D/x"
        leave $room
        code=0; "$NIGHTJAR" $what >"$T/log" 2>&1 || code=$?
        tries=$((tries + 1))
        ends "$what"
        [[ $what != merge* ]] || whole "$D/x" "$what"
        [[ $what != compare* || ! -e $D/x ]] || jq -e .verdict "$D/x" >/dev/null || fail "$what: half a document"
        [[ $code != 0 || -e $D/x ]] || fail "$what: exit 0, and nothing is there"
        [[ -z $(find "$D" -name '.tmp*' -o -name '*.new') ]] || fail "$what: something is left: $(find "$D" -name '.tmp*' -o -name '*.new')"
    done
done
((short > 8 && short < tries && kept > 0)) || fail "$short of $tries had no room, $kept samples were kept: the test has lost its meaning"
echo "full disk: $tries tries, $short without room, $kept samples kept in journals"
END
code=0
unshare -rm bash "$T/full.sh" || code=$?
[[ $code != 77 ]] || { echo "skipped: no tmpfs in a mount namespace here"; exit 77; }
exit $code
