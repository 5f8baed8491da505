#!/usr/bin/env bash
# Oracle: the files themselves and git. What was added is there, byte for byte; the index is a function of the files, so
# without it, with a broken one, and with files that came in another order the answers are identical; the order is that
# of first parents, which the test makes by hand; a writer that is killed or has no room loses nothing.
source "$(dirname "$0")/../../bench/tests/lib.sh"
unset NIGHTJAR_HISTORY
H=$T/history
R=$T/repo
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t
history() { nj history "$@" --store "$H"; }

# ---- a repository: c0 - c1 - c3(merge of b2) - c4, and b2 beside it
git init -q -b main "$R"
commit() { git -C "$R" commit -q --allow-empty -m "$1" && git -C "$R" rev-parse HEAD; }
c0=$(commit 0) c1=$(commit 1)
git -C "$R" checkout -q -b side && b2=$(commit 2)
git -C "$R" checkout -q main && git -C "$R" merge -q --no-ff -m 3 side && c3=$(git -C "$R" rev-parse HEAD)
c4=$(commit 4)

expect 0 bench "$T/a.json" --features all --features none --peer none --reps 3
# run COMMIT DAY: a run of that commit, measured on that day
run() { jq --arg c "${1:0:12}" --arg d "2026-01-${2}T02:00:00Z" '.emulator.version.commit = $c | .created = $d' "$T/a.json" >"$T/run-$2.json"; }
run "$c4" 01 && run "$c1" 02 && run "$b2" 03 && run "$c0" 04 && run "$c3" 05 && run fffffffffffff 06

# ---- init, add
expect 65 history list
says "there is no history here"
expect 0 nj history init --store "$H" --repo "$R" --branch main
expect 65 nj history init --store "$H"
expect 65 history add "$T/nothing.json"
expect 0 history add "$T"/run-0[1-6].json
expect 0 history add "$T/run-03.json"
says "was there"
[[ $(find "$H/runs" -type f | wc -l) == 6 ]] || fail "six runs are not six files"

# ---- the order is that of first parents: c0 c1 (b2 left there) c3 c4; what git does not know stands by its time
order() { history list --json | jq -r '.[] | .commit' | cut -c1-7 | tr '\n' ' '; }
want="${c0:0:7} ${c1:0:7} ${b2:0:7} ${c3:0:7} ${c4:0:7} fffffff "
[[ $(order) == "$want" ]] || fail "order: $(order), not $want"
history list --json | jq -e --arg b "${b2:0:12}" '.[] | select(.commit == $b) | .on_line == false' >/dev/null || fail "b2 is not on the line"

# ---- show gives back what was measured
expect 0 history show "$c3" -o "$T/back.json"
expect 0 nj validate "$T/back.json"
cmp <(jq -S '.samples, .configs, .workloads, .environment, .plan, .errors, .metrics' "$T/back.json") \
    <(jq -S '.samples, .configs, .workloads, .environment, .plan, .errors, .metrics' "$T/run-05.json") || fail "a run came back changed"
cmp <(jq -S '[.summary.cells[] | {config, workload, metric, n}]' "$T/back.json") <(jq -S '[.summary.cells[] | {config, workload, metric, n}]' "$T/run-05.json") || fail "the summary is another"
expect 0 nj compare "$T/back.json" "$T/run-05.json" --exact-only
expect 0 history show latest~1
says "${c4:0:12}"
expect 65 history show latest~9
expect 65 history show 2026
expect 65 history show "$b2^^{tree}"
expect 64 history show

# ---- identical answers: without an index, with a broken one, with files in another order
answers() { history list --json && history export --format csv && history export --format openmetrics && history export --format json; }
answers >"$T/answers"
[[ $(grep -c . "$T/answers") -gt 100 ]] || fail "few answers"
rm "$H/index.sqlite"
answers | cmp - "$T/answers" || fail "other answers after the index was deleted"
head -c 5000 /dev/urandom >"$H/index.sqlite"
answers | cmp - "$T/answers" || fail "other answers after the index was broken"
head -c 20000 "$H/index.sqlite" >"$T/cut" && cp "$T/cut" "$H/index.sqlite"
answers | cmp - "$T/answers" || fail "other answers after the index was cut"
cp -r "$H" "$T/kept" && rm -r "$T/kept/runs" "$T/kept/index.sqlite" && mkdir "$T/kept/runs"
for f in $(find "$H/runs" -type f | sort -r); do
    cp -p "$f" "$T/kept/runs"
    nj history list --store "$T/kept" >/dev/null || fail "list while files come"
done
H=$T/kept answers | cmp - "$T/answers" || fail "other answers after the files came in another order"

# ---- a run that was kept before there were columns: the same answers, the same name, and never written again
mkdir -p "$T/old/runs" "$T/old/notes" && cp "$H/history.json" "$T/old"
for n in 01 02 03 04 05 06; do
    jq -c 'del(.summary, .metrics, .errors) | . as $run | .samples |= map(. as $s | if ([$run.configs[] | select(.id == $s.config) | .features][0]) == .features then del(.features) else . end)' "$T/run-$n.json" |
        tr -d '\n' >"$T/text"
    name=$(basename "$(find "$H/runs" -name "202601${n}T*")")
    gzip -c "$T/text" >"$T/old/runs/${name%-*}-$(sha256sum "$T/text" | cut -c1-16).json.gz"
done
H=$T/old answers | jq -R 'gsub("-[0-9a-f]{16}.json.gz"; "") | gsub("\"bytes\": [0-9]+"; "")' >"$T/old-answers"
jq -R 'gsub("-[0-9a-f]{16}.json.gz"; "") | gsub("\"bytes\": [0-9]+"; "")' "$T/answers" | cmp - "$T/old-answers" || fail "other answers from runs without columns"
sums=$(cat "$T"/old/runs/* | cksum)
H=$T/old expect 0 history verify
says "6 files are whole, 0 damaged"
[[ $(cat "$T"/old/runs/* | cksum) == "$sums" ]] || fail "an old file was written again"

# ---- export
history export --format csv --metric host_instructions --cell 'alpha/rv64/all-on' >"$T/csv"
[[ $(tail -n +2 "$T/csv" | wc -l) == 6 && $(tail -n +2 "$T/csv" | cut -d, -f13 | sort -u) == 64000 ]] || fail "the counts of all-on: $(cat "$T/csv")"
history export --format openmetrics | tail -n 1 | grep -qx '# EOF' || fail "OpenMetrics ends with # EOF"
history export --format csv --metric minor_faults | grep -q ',minor_faults,' || fail "a metric that the index does not hold"
expect 64 history export --format csv --metric no-such-metric
says "no run has it"
expect 64 history export --format xml
expect 0 history export --format sqlite -o "$T/copy.sqlite"
/usr/bin/python3 - "$T/copy.sqlite" <<'EOF' || fail "the copy is not a database"
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
assert db.execute("SELECT count(*) FROM runs").fetchone() == (6,)
EOF

# ---- a renaming
expect 64 history alias workload alpha
expect 64 history alias machine a b
expect 0 history alias workload alpha omega
expect 0 history alias workload omega omega2
history export --format csv --cell 'omega2/*' | grep -q ',omega2,rv64,' || fail "an alias of an alias"
[[ -z $(history export --format csv | grep ',alpha,') ]] || fail "the old name is still there"

# ---- damage is named, the rest stays
one=$(find "$H/runs" -type f | sort | head -n 1)
cp -p "$one" "$T/whole.gz"
head -c 700 "$T/whole.gz" >"$one"
expect 3 history list
says "DAMAGED"
[[ $(grep -c samples "$T/log") == 5 ]] || fail "the other five are gone"
expect 3 history verify
says "damaged or truncated"
expect 0 history export --format csv
expect 0 history add "$T/run-01.json" # the same run heals it
expect 0 history verify
says "8 files are whole, 0 damaged"
echo leftover >"$H/runs/.tmp-1-x"
expect 0 history verify
says "not of the history: runs/.tmp-1-x"

# ---- no room: nothing is lost, nothing half there
before=$(answers | cksum)
(ulimit -f 1 && trap '' XFSZ && history add <(:) >/dev/null 2>&1) || true
code=0
run "$c4" 07
jq '.title = ([range(4000)] | tostring)' "$T/run-07.json" >"$T/large.json"
(trap '' XFSZ && ulimit -f 4 && history add "$T/large.json") >"$T/log" 2>&1 || code=$?
[[ $code == 74 ]] || { cat "$T/log"; fail "no room: exit $code"; }
says "File too large"
[[ $(answers | cksum) == "$before" ]] || fail "no room: the history is another"

# A disk that is full: a small one of the test's own, in a mount namespace that ends with it.
cat >"$T/full.sh" <<'END'
set -eu
mount -t tmpfs -o size=1m,nr_inodes=200 none "$D"
"$NIGHTJAR" history init --store "$D/history" --repo "$R" --branch main >/dev/null
"$NIGHTJAR" history add "$T"/run-0[1-3].json --store "$D/history" >/dev/null
answers() { "$NIGHTJAR" history list --json --store "$D/history"; "$NIGHTJAR" history export --format csv --store "$D/history"; }
before=$(answers | cksum)
head -c 2m /dev/zero >"$D/filler" 2>/dev/null || true
for k in 1 2 3; do
    code=0
    "$NIGHTJAR" history add "$T/large.json" --store "$D/history" >"$T/log" 2>&1 || code=$?
    [ "$code" = 74 ] && grep -q 'No space left on device' "$T/log" || { echo "a full disk: exit $code"; cat "$T/log"; exit 1; }
    code=0
    "$NIGHTJAR" history alias workload beta gamma --store "$D/history" >"$T/log" 2>&1 || code=$?
    [ "$code" = 74 ] && grep -q 'No space left on device' "$T/log" || { echo "a full disk, a note: exit $code"; cat "$T/log"; exit 1; }
    rm -f "$D/history/index.sqlite" # what it frees is taken at once
    head -c 2m /dev/zero >>"$D/filler" 2>/dev/null || true
    [ "$(answers | cksum)" = "$before" ] || { echo "a full disk: other answers"; exit 1; }
done
"$NIGHTJAR" history verify --store "$D/history" | grep -qx '3 files are whole, 0 damaged' || { echo "a full disk: verify"; exit 1; }
[ -z "$(find "$D/history" -name '.tmp*')" ] || { echo "a full disk: something was left over"; exit 1; }
rm "$D/filler"
"$NIGHTJAR" history add "$T/large.json" --store "$D/history" >/dev/null
[ "$("$NIGHTJAR" history list --json --store "$D/history" | jq length)" = 4 ] || { echo "room again: it was not added"; exit 1; }
touch $(seq -f "$D/inode-%g" 300) 2>/dev/null || true
code=0
"$NIGHTJAR" history add "$T/run-05.json" --store "$D/history" >"$T/log" 2>&1 || code=$?
[ "$code" = 74 ] && grep -q 'No space left on device' "$T/log" || { echo "no inodes: exit $code"; cat "$T/log"; exit 1; }
END
mkdir "$T/disk"
if unshare -m true 2>/dev/null; then
    D=$T/disk R=$R T=$T NIGHTJAR=$NIGHTJAR unshare -m sh "$T/full.sh" || fail "a full disk"
else
    echo "no mount namespace here: a full disk is only a limit of file sizes"
fi

# ---- kill -9 at 50 random points, two and eight writers. A run that was acknowledged stays.
for k in $(seq 24); do
    run "$c4" "$(printf %02d "$k")"
    jq --arg t "$k" '.title = $t' "$T/run-$(printf %02d "$k").json" >"$T/w$k.json"
done
for writers in 2 8; do
    K=$T/killed-$writers
    nj history init --store "$K" --repo "$R" >/dev/null
    : >"$T/acknowledged"
    for round in $(seq $((50 / writers + 1))); do
        pids=()
        for w in $(seq "$writers"); do
            (for k in $(seq "$w" "$writers" 24); do nj history add "$T/w$k.json" --store "$K" >>"$T/acknowledged" 2>/dev/null; done) &
            pids+=($!)
            disown $! # no word of its end
        done
        sleep "0.0$((RANDOM % 90 + 10))"
        for p in "${pids[@]}"; do
            child=$(cat "/proc/$p/task/$p/children" 2>/dev/null || true)
            kill -9 "$p" $child 2>/dev/null || true
        done
        for p in "${pids[@]}"; do while kill -0 "$p" 2>/dev/null; do sleep 0.01; done; done
        nj history verify --store "$K" >"$T/log" || { cat "$T/log"; fail "kill -9 left something damaged"; }
        nj history list --store "$K" >/dev/null || fail "kill -9: the list"
    done
    while read -r name _; do [[ -e $K/$name ]] || fail "$name was acknowledged and is gone"; done <"$T/acknowledged"
    for k in $(seq 24); do nj history add "$T/w$k.json" --store "$K" >/dev/null || fail "adding after kill -9"; done
    [[ $(nj history list --json --store "$K" | jq length) == 24 ]] || fail "not all 24 runs are there in the end"
    nj history export --format csv --store "$K" >"$T/a.csv"
    rm "$K/index.sqlite"
    nj history export --format csv --store "$K" | cmp - "$T/a.csv" || fail "kill -9: the index is another"
done

# ---- prune
expect 64 history prune
expect 64 history prune --before 2026-13-45
# A note that cannot be read: each command that uses notes says so and goes on without it; nothing is removed, for it may be of a bridge.
note=$(find "$H/notes" -name '*-alias-*.json' | sort | head -n 1)
cp "$note" "$T/note"
echo '{' >"$note"
expect 0 history export --format csv
says "${note##*/}"
says "this note is left out"
expect 65 history prune --keep 2
says "no run is removed while a note cannot be read"
[[ $(find "$H/runs" -name '*.gz' | wc -l) == 6 ]] || fail "prune beside a note that cannot be read removed something"
cp "$T/note" "$note"
expect 0 history prune --keep 2 --dry-run
says "would go"
[[ $(find "$H/runs" -name '*.gz' | wc -l) == 6 ]] || fail "--dry-run removed something"
expect 0 history prune --keep 2
[[ $(history list --json | jq length) == 2 && $(find "$H/runs" -name '*.gz' | wc -l) == 2 ]] || fail "--keep 2"
expect 64 history frobnicate
nj history --help | grep -q 'history init' || fail "--help"
echo "history: ok"
