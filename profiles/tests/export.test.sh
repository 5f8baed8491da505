#!/usr/bin/env bash
# Oracle: sums by awk, callgrind_annotate where it is installed, and the profile with itself and with a switch off.
# tests: rel
set -euo pipefail
cd "$(dirname "$0")/../.."
nightjar=${NIGHTJAR:-build/rel/nightjar} emu=${EMU:-build/rel/emu}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

"$nightjar" profile coremark --size test --emu "$emu" --pairs 1 --export all -o "$dir/b" >"$dir/text"
grep -q '^Exact' "$dir/text" || fail "the report does not say that it is exact"
grep -q 'Counting made the guest run' "$dir/text" || fail "the cost of counting is not printed"
host=$(sed -n 's/.* \([0-9,]*\) host instructions.*/\1/p' "$dir/text" | head -n 1 | tr -d ,)
[ -n "$host" ] || fail "no count of host instructions"

# Every export adds up to the same number.
stacks=$(awk '{n += $NF} END {printf "%.0f", n}' "$dir/b/stacks.txt")
callgrind=$(awk '/^totals:/ {exit} /^[0-9]/ {n += $2} END {printf "%.0f", n}' "$dir/b/callgrind.out.nightjar")
[ "$stacks" = "$host" ] || fail "stacks.txt: $stacks, not $host"
[ "$callgrind" = "$host" ] || fail "callgrind: $callgrind, not $host"
if command -v callgrind_annotate >/dev/null; then
    callgrind_annotate --show=Host "$dir/b/callgrind.out.nightjar" >"$dir/annotated" || fail "callgrind_annotate refuses the export"
    grep -q 'matrix_run' "$dir/annotated" || fail "callgrind_annotate does not name matrix_run"
fi

# The schema is the table of members that the reader has, and both accept what was written.
"$nightjar" validate --schema=profile | cmp - profiles/profile.schema.json ||
    fail "profiles/profile.schema.json is old: build/rel/nightjar validate --schema=profile >profiles/profile.schema.json"
"$nightjar" validate "$dir/b/profile.json" | grep -q ': ok: [1-9][0-9]* blocks$' || fail "validate refuses profile.json"
# Debian's own python3, because Debian's python3-jsonschema belongs to it.
/usr/bin/python3 -c 'import json, jsonschema, sys; jsonschema.validate(json.load(open(sys.argv[2])), json.load(open(sys.argv[1])))' \
    profiles/profile.schema.json "$dir/b/profile.json" || fail "profile.json does not follow its schema"
/usr/bin/python3 profiles/tests/speedscope.py "$dir/b/nightjar.speedscope.json" >"$dir/scopes" || fail "speedscope would refuse its file"
grep -qx "host instructions $host" "$dir/scopes" || fail "speedscope: $(cat "$dir/scopes"), not $host"
grep -qx "guest instructions $(jq .totals.guest_instructions "$dir/b/profile.json")" "$dir/scopes" || fail "speedscope: $(cat "$dir/scopes")"

# The page needs nothing from anywhere.
grep -Eq '(src|href)="(https?:)?//' "$dir/b/index.html" && fail "the page refers to the network"
grep -q 'class="code"' "$dir/b/index.html" || fail "the page shows no code"

# A profile does not differ from itself; without regcache the traffic with the CPU state of the hottest block is larger.
# WHY without regions: which blocks they hold depends on the switches, and with that how often a block of theirs runs.
"$nightjar" profile diff "$dir/b/profile.json" "$dir/b/profile.json" >"$dir/same"
grep -q '^1\.' "$dir/same" && fail "a profile differs from itself"
"$nightjar" profile coremark --size test --emu "$emu" --features=all,-region,-regcache --pairs 0 -q -o "$dir/a"
"$nightjar" profile coremark --size test --emu "$emu" --features=all,-region --pairs 0 -q -o "$dir/e"
"$nightjar" profile diff "$dir/a/profile.json" "$dir/e/profile.json" -o "$dir/d" >"$dir/diff"
grep -q '^B against A: +regcache' "$dir/diff" || fail "the switch is not named"
grep -q '^1\. .*moved: code' "$dir/diff" || fail "the first block did not move by its code"
first=$(sed -n '/^1\. /,/^2\. /p' "$dir/diff")
grep -q 'state -' <<<"$first" || fail "the reason of the first block is not named"
# The report says in words what the switch does to the hottest block, with the numbers of the two profiles.
hottest=$(jq -r '.blocks[0].symbol' "$dir/a/profile.json")
grep -q "^Against A, B has +regcache: the program takes .* fewer host instructions: .* fewer for state (guest registers .* What moved most is $hottest.*, the hottest block of A" "$dir/diff" ||
    fail "the diff does not say what regcache does: $(sed -n 4p "$dir/diff")"
fewer=$(jq -r -n --slurpfile a "$dir/a/profile.json" --slurpfile b "$dir/e/profile.json" '
    $a[0].blocks[0] as $x | ($b[0].blocks[] | select(.gpc == $x.gpc)) as $y | ($x.why.state - ($y.why.state // 0)) / $y.hits * 10 | round / 10')
grep -qE "Each of its [0-9,]+ executions takes .* instead of .*: ${fewer}(\.[0-9]+|[0-9]*) fewer for state" <<<"$first" ||
    fail "the diff does not say that each execution takes $fewer fewer for state: $first"
[ -s "$dir/d/index.html" ] && [ -s "$dir/d/diff.md" ] && [ -s "$dir/d/diff.json" ] || fail "files of the diff are missing"

# Without chain, what moves is the run loop, which is no block: it has a row, the first one, and all rows add up to the whole.
"$nightjar" profile coremark --size test --emu "$emu" --features=all,-chain --pairs 0 -q -o "$dir/c"
"$nightjar" profile diff "$dir/b/profile.json" "$dir/c/profile.json" -o "$dir/e" >"$dir/diff"
grep -q '^1\. (run loop) ' "$dir/diff" || fail "the run loop is not what moved most: $(grep '^1\.' "$dir/diff")"
grep -q 'What moved most is (run loop)\.' "$dir/diff" || fail "the first sentence does not say it"
entries=$(jq -r .totals.run_loop_entries "$dir/c/profile.json" | sed -e ':a' -e 's/\([0-9]\)\([0-9]\{3\}\)\($\|,\)/\1,\2\3/;ta')
grep -q "The run loop entered generated code $entries times instead of" "$dir/diff" || fail "the entries are not told: $entries"
jq -e '([.blocks[].delta] | add) == .b.totals.host_instructions - .a.totals.host_instructions' "$dir/e/diff.json" >/dev/null || fail "something moved that has no row"

# Without --size the work is chosen: 16 times that of the test size or more, a power of two, and cold code is under 1 % of it.
"$nightjar" profile dhrystone --emu "$emu" --pairs 0 -q -o "$dir/w"
work=$(jq -r '.workload.size | capture("^(?<n>[0-9]+) units of work, 0\\.[0-9]+ % of it cold code$").n' "$dir/w/profile.json") || fail "no work was chosen"
least=$(jq .sizes.test workloads/dhrystone/manifest.json) times=$((work / least))
((times >= 16 && times * least == work && (times & (times - 1)) == 0)) || fail "$work is not the test size times a power of two"

# Sampled time agrees with the exact shares where one function is a steady loop; PAPI's overflow, too, or it says why it cannot.
sampled_agrees() { # BY NAMED SAMPLES
    "$nightjar" profile loop --size test --emu "$emu" --pairs 0 --sample="$1" --rank time -q -o "$dir/l" 2>"$dir/why" || return 1
    jq -e --arg by "$2" --argjson n "$3" '. as $p | .functions[0] | (.host_instructions / $p.totals.host_instructions) as $share
           | .samples > $n and .sampled_lo <= $share and $share <= .sampled_hi and $p.sampled.by == $by
             and ([$p.blocks[].samples] | . == (sort | reverse)) and ($p.blocks | map(.rank)) == [range(1; 1 + ($p.blocks | length))]' \
        "$dir/l/profile.json" >/dev/null ||
        fail "sampled by $1: $(jq -c '.sampled, (.functions[0] | del(.why))' "$dir/l/profile.json")"
}
sampled_agrees timer timer 50 || fail "sampling by the timer: $(cat "$dir/why")"
# emulator/tests/system/events.test.sh knows which of the two it must be on which machine.
if "$emu" --sample="$dir/s" --sample-by=papi build/workloads/rv64/loop-test.elf >/dev/null 2>"$dir/why" && [ "$(jq -r .by "$dir/s")" = perf::TASK-CLOCK ]; then
    sampled_agrees papi perf::TASK-CLOCK 150 || fail "sampling by PAPI: $(cat "$dir/why")"
else
    sampled_agrees papi timer 50 || fail "sampling by the timer for PAPI: $(cat "$dir/why")"
    because=$(jq -r .instead_of "$dir/s")
    [ "$(jq -r .sampled.instead_of "$dir/l/profile.json")" = "$because" ] && grep -qF "The timer samples, because $because." "$dir/l/profile.md" &&
        grep -qF "the timer samples, because $because" "$dir/l/index.html" || fail "nothing says why it was the timer: $because"
fi
# Where PAPI has no perf events, too.
"${HIDE:-build/gen/hide}" papi "$nightjar" profile loop --size test --emu "$emu" --pairs 0 --sample=papi -q -o "$dir/t" 2>"$dir/why" || fail "profile without PAPI: $(cat "$dir/why")"
jq -e '.sampled.by == "timer" and (.sampled.instead_of | test("does not know this CPU|has no perf events here|perf_event_open is refused"))' "$dir/t/profile.json" >/dev/null && grep -qE "does not know this CPU|has no perf events here|perf_event_open is refused" "$dir/t/index.html" ||
    fail "without PAPI: $(jq -c .sampled "$dir/t/profile.json")"
status=0
"$emu" --sample="$dir/no" --sample-by=no::such build/workloads/rv64/loop-test.elf >/dev/null 2>"$dir/why" || status=$?
[ "$status" = 125 ] && grep -q 'sample-by=no::such: .' "$dir/why" || fail "an unknown event: exit code $status: $(cat "$dir/why")"

# A document that was cut, or of which a member is gone, is refused by both readers.
jq 'del(.blocks[0].why)' "$dir/b/profile.json" >"$dir/less.json"
for reader in validate "profile diff $dir/b/profile.json"; do
    status=0
    "$nightjar" $reader "$dir/less.json" >/dev/null 2>"$dir/err" || status=$?
    [ "$status" = 65 ] && grep -qF 'less.json: `blocks[0].why` is missing: not a whole nightjar.profile/1 document; run `nightjar profile` again' "$dir/err" ||
        fail "$reader takes a profile without a member: exit code $status: $(cat "$dir/err")"
done
status=0
"$nightjar" profile no-such-workload -o "$dir/x" 2>"$dir/err" || status=$?
[ "$status" = 65 ] && grep -q no-such-workload "$dir/err" || fail "an unknown workload: exit code $status"
echo "exports add up; diff names what moved"
