#!/usr/bin/env bash
# Oracle: bench/base/codes.h: 74 is the machine. What a command of ci/, profiles/ or reports/ cannot print, or cannot write into the
# file that it was told, reaches its exit code with a message. bench/tests/robust.sh has the commands of bench/.
source "$(dirname "$0")/../../bench/tests/lib.sh"
H=$T/store
expect 0 bench "$T/run.json" --matrix ends --peer none --workload alpha --reps 2 --exact-reps 1
expect 0 nj history init --store "$H" --repo .
expect 0 nj history add "$T/run.json" --store "$H"
id=$(nj history list --store "$H" --json | jq -r '.[0].id // .[0].run // empty')

# ---- printed: a device that is full, a descriptor that is closed
prints=("history list --store $H" "history list --json --store $H" "history verify --store $H" "history export --format csv --store $H"
    "history export --format json --store $H" "history export --format openmetrics --store $H" "trend --store $H --max-age 0"
    "trend --store $H --max-age 0 --json -" "gate --base $T/run.json --head $T/run.json --exact-only --no-explain"
    "gate --base $T/run.json --head $T/run.json --exact-only --no-explain --json -")
[[ -z $id ]] || prints+=("history show $id --store $H")
for command in history trend bridge anchor site gate bisect selftest golden accept profile report; do prints+=("$command --help"); done
for command in "${prints[@]}"; do
    for where in '>/dev/full' '>&-'; do
        expect 74 bash -c "'$NIGHTJAR' $command $where"
        says "nightjar: "
    done
done

# ---- written: into a device that is full, one of the test's own, and into a FIFO. Neither is replaced by a file.
writes=("history export --format sqlite --store $H -o" "history export --format csv --store $H -o" "trend --store $H --max-age 0 --json"
    "gate --base $T/run.json --head $T/run.json --exact-only --no-explain --md" "gate --base $T/run.json --head $T/run.json --exact-only --no-explain --junit"
    "gate --base $T/run.json --head $T/run.json --exact-only --no-explain --gitlab")
mkfifo "$T/fifo"
for command in "${writes[@]}"; do
    cat "$T/fifo" >"$T/through" &
    expect 0 nj $command "$T/fifo"
    wait $!
    [[ -p $T/fifo && -s $T/through ]] || fail "$command: a FIFO"
    mknod "$T/full" c 1 7 2>/dev/null && { : <>"$T/full"; } 2>/dev/null || continue # not permitted here
    expect 74 nj $command "$T/full"
    says "$T/full"
    [[ -c $T/full ]] || fail "$command: a device was replaced"
    rm "$T/full"
done
nj history export --format sqlite --store "$H" -o "$T/copy.db"
head -c 15 "$T/copy.db" | grep -q 'SQLite format 3' || fail "no database"
echo "output: ok: ${#prints[@]} commands print, ${#writes[@]} write"
