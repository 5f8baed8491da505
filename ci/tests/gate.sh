#!/usr/bin/env bash
# tests: alone (it measures time)
# Oracle: the plant, in emulators whose counts are known, built from revisions of a small repository. Equal ones pass; one
# more count is a regression with its switch; what is missing is exit 3; what was accepted passes, nothing else does; a
# time that doubles is caught, with equal counts.
source "$(dirname "$0")/../../bench/tests/lib.sh"
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t
R=$T/repo
WHERE=(--workloads-dir "$T/workloads" --elf-dir "$T/elf")
gate() { nj gate --repo "$R" --work "$T/revisions" "${WHERE[@]}" "$@"; }
git init -q -b main "$R"
# revision MESSAGE ENVIRONMENT: a commit whose `make emu` builds the fake emulator with this environment
revision() {
    printf 'emu:\n\tmkdir -p build/rel\n\tprintf "#!/bin/sh\\n%s exec %s \\"\\$$@\\"\\n" > build/rel/emu\n\tchmod +x build/rel/emu\n' "$2" "$T/emu" >"$R/Makefile"
    git -C "$R" add Makefile && git -C "$R" commit -q --allow-empty -m "$1" && git -C "$R" rev-parse HEAD
}
same=$(revision "the first" "FAKE_SLOW=0")
docs=$(revision "a document changed" "FAKE_SLOW=0")
slow=$(revision "one more" "FAKE_SLOW=3:flags")
printf 'emu:\n\t@echo "x.c:1: error: planted" >&2; false\n' >"$R/Makefile" && git -C "$R" commit -q -am "does not build" && broken=$(git -C "$R" rev-parse HEAD)
accepted=$(revision $'better than nothing\n\nNightjar-Accept: alpha/*/* host_instructions it must be' "FAKE_SLOW=3:flags")
dear=$(revision "time alone" "FAKE_BURN=100")
crash=$(revision "crashes" "FAKE_EMU=crash:none,+chain,+flags,+regcache,+tlb,+fold")

# ---- equal: silent, and it says what it judged
expect 0 gate --base "$same" --head "$docs" --exact-only
says "gate: pass"
says "judged 24 of 24 cells"
says "no exact count moved"

# ---- one more: regressed, named, explained, in every form
expect 1 gate --base "$same" --head "$slow" --exact-only --md "$T/g.md" --json "$T/g.json" --junit "$T/g.xml" --github "$T/g.github" --gitlab "$T/g.gitlab"
says "gate: regressed"
says "host_instructions: +1000 with everything on, equal without flags"
says "again: nightjar gate --repo"
jq -e '.schema == "nightjar.gate/1" and .exit == 1 and .coverage.expected == 24 and .coverage.judged == 24 and
       ([.exact[] | select(.metric == "host_instructions" and .verdict == "regressed")] | length == 12) and
       all(.exact[]; .cell | test("no-flags") | not) and (.explain | length == 1)' "$T/g.json" >/dev/null || fail "json: $(cat "$T/g.json")"
grep -q '^| alpha/rv64/all-on | `host_instructions` | 64000 | 65000 | +1.56 % | regressed |$' "$T/g.md" || fail "Markdown: $(cat "$T/g.md")"
/usr/bin/python3 - "$T/g.xml" <<'EOF' || fail "JUnit"
import sys, xml.etree.ElementTree as t
s = t.parse(sys.argv[1]).getroot()
assert s.tag == "testsuite" and s.get("failures") == "12" and s.get("errors") == "0" and len(s.findall("testcase/failure")) == 12
EOF
grep -qx '::error title=nightjar gate::alpha/rv64/all-on host_instructions: 64000 -> 65000 (+1.56 %25)' "$T/g.github" || fail "GitHub: $(cat "$T/g.github")"
jq -e 'length == 12 and all(.[]; .fingerprint | length == 64) and .[0].location.path == "workloads/alpha/manifest.json"' "$T/g.gitlab" >/dev/null || fail "GitLab"
# Better is reported, too, and passes.
expect 0 gate --base "$slow" --head "$same" --exact-only
says "gate: improved"
says "65000 -> 64000"
expect 0 gate --base "$same" --head "$slow" --exact-only --exact-gate 5
expect 0 gate --base "$same" --head "$slow" --exact-only --gate-on units_translated
# At most one cell of the two workloads is accepted: the other still fails.
expect 1 gate --base "$same" --head "$accepted" --exact-only --json "$T/g.json"
jq -e '([.accepted[].cell] | length == 6 and all(startswith("alpha/"))) and ([.exact[].cell] | length == 6 and all(startswith("beta/"))) and .accepted[0].reason == "it must be"' "$T/g.json" >/dev/null ||
    fail "acceptance: $(jq -c '[.accepted, .exact]' "$T/g.json")"
expect 0 gate --base "$same" --head "$accepted" --exact-only --workload alpha
says "accepted: it must be"

# ---- what cannot be judged
expect 65 gate --base "$same" --head "$broken"
says "does not build: x.c:1: error: planted"
expect 65 gate --base "$same" --head no-such-branch
says "neither a file nor a commit"
expect 3 gate --base "$same" --head "$crash" --exact-only
says "NOT JUDGED alpha/rv64/all-on"
expect 64 gate --base "$same"
expect 64 gate --base "$same" --head "$docs" --blocks 2
says "never runs on fewer than 3 rounds"

# ---- runs in place of revisions
expect 0 bench "$T/a.json" --features all --features none --peer none --reps 0
expect 0 gate --base "$T/a.json" --head "$T/a.json"
expect 64 gate --base "$T/a.json" --head "$same"
says "the other is not"
jq '.workloads |= map(select(.name != "beta")) | .samples |= map(select(.workload != "beta")) | .summary.cells |= map(select(.workload != "beta")) |
    .summary.speedups |= map(select(.workload != "beta")) | .summary.attribution |= map(select(.workload != "beta"))' "$T/a.json" >"$T/gone.json"
expect 3 gate --base "$T/a.json" --head "$T/gone.json" --json "$T/g.json"
jq -e '.coverage.expected == 4 and .coverage.judged == 2 and (.coverage.missing | length > 0)' "$T/g.json" >/dev/null || fail "a workload vanished: $(cat "$T/g.json")"
jq '(.samples[] | select(.config == "all-on" and .workload == "alpha")).metrics.guest_instructions = 5' "$T/a.json" >"$T/work.json"
expect 3 gate --base "$T/a.json" --head "$T/work.json"
says "another number of instructions"
jq '.plan.exact_isa = "fma"' "$T/a.json" >"$T/isa.json"
expect 4 gate --base "$T/a.json" --head "$T/isa.json"
says "other host instructions"

# ---- times. The samples are long enough that starting a process does not matter.
echo "400000 alpha" >"$T/elf/rv64/alpha-quick.elf"
expect 1 gate --base "$same" --head "$dear" --workload alpha --matrix ends --blocks 5 --json "$T/g.json"
jq -e '.exact == [] and .time[0].verdict == "regressed" and .time[0].ratio > 1.5 and .time[0].confirmed_by == 5 and .time[0].same_code and .control.cells == 1' "$T/g.json" >/dev/null ||
    fail "twice the time: $(jq -c .time "$T/g.json")"
code=0
gate --base "$same" --head "$docs" --workload alpha --matrix ends --blocks 5 >"$T/log" 2>&1 || code=$?
[[ $code == 0 ]] || fail "the same emulator twice: exit $code"
nj gate --help | grep -q -- '--exact-only' || fail "--help"
echo "gate: ok"
