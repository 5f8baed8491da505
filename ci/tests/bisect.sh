#!/usr/bin/env bash
# tests: alone (it measures time)
# Oracle: the plant, and measuring every commit. In a line of commits with one that does not build, the commit that made
# the number move is found, as exhaustive measurement finds it; where only commits that do not build lie between, the
# answer is the range; git's own bisection with --step comes to the same.
source "$(dirname "$0")/../../bench/tests/lib.sh"
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t
R=$T/repo
WHERE=(--repo "$R" --work "$T/revisions" --workloads-dir "$T/workloads" --elf-dir "$T/elf")
bisect() { nj bisect "${WHERE[@]}" "$@"; }
git init -q -b main "$R"
revision() { # revision ENVIRONMENT
    printf 'emu:\n\tmkdir -p build/rel\n\tprintf "#!/bin/sh\\n%s exec %s \\"\\$$@\\"\\n" > build/rel/emu\n\tchmod +x build/rel/emu\n' "$1" "$T/emu" >"$R/Makefile"
    [[ $1 != broken ]] || printf 'emu:\n\tfalse\n' >"$R/Makefile"
    git -C "$R" add Makefile && git -C "$R" commit -q --allow-empty -m "$1" && c+=("$(git -C "$R" rev-parse HEAD)")
}
c=()
for e in FAKE_SLOW=0 FAKE_SLOW=0 broken FAKE_SLOW=0 FAKE_SLOW=0 FAKE_SLOW=3 FAKE_SLOW=3 broken FAKE_SLOW=3 FAKE_SLOW=3; do revision "$e"; done
CELL=(--cell alpha/rv64/all-on --metric host_instructions)

expect 0 bisect "${c[0]}" "${c[9]}" "${CELL[@]}" --json "$T/b.json"
says "host_instructions of alpha/rv64/all-on: 64000 at ${c[4]:0:12}, 65000 at ${c[5]:0:12}"
says "the first bad commit is"
jq -e --arg c "${c[5]}" '.schema == "nightjar.bisect/1" and .suspects == [$c] and ([.commits[] | select(.state == "measured")] | length < 8)' "$T/b.json" >/dev/null ||
    fail "more than a search: $(cat "$T/b.json")"
expect 0 bisect "${c[0]}" "${c[9]}" "${CELL[@]}" --exhaustive --json "$T/all.json"
jq -e --slurpfile b "$T/b.json" '.suspects == $b[0].suspects and ([.commits[].state] == ["measured", "measured", "broken", "measured", "measured",
    "measured", "measured", "broken", "measured", "measured"]) and ([.commits[] | .value] | index(65000) == 5)' "$T/all.json" >/dev/null || fail "exhaustive: $(cat "$T/all.json")"
# Any order of good and bad, any form of commit.
expect 0 bisect "main~8" main "${CELL[@]}"
says "${c[5]:0:12}"
# Another configuration, another direction.
expect 2 bisect "${c[0]}" "${c[3]}" --cell alpha/rv64/no-chain --metric host_instructions
says "nothing to find"
expect 0 bisect "${c[0]}" "${c[9]}" --cell beta/rv64/only-tlb-fold --metric host_instructions
says "${c[5]:0:12}"

# ---- only commits that do not build between the last good and the first bad one
revision broken
revision broken
revision FAKE_SLOW=10
expect 3 bisect "${c[9]}" "${c[12]}" "${CELL[@]}" --json "$T/b.json"
says "one of these 3 commits"
jq -e --argjson want "[\"${c[10]}\", \"${c[11]}\", \"${c[12]}\"]" '.suspects == $want' "$T/b.json" >/dev/null || fail "the range: $(cat "$T/b.json")"
expect 65 bisect "${c[9]}" "${c[11]}" "${CELL[@]}"
says "good and bad must"

# ---- git bisect run
git -C "$R" checkout -q -f "${c[12]}"
STEP=("$NIGHTJAR" bisect "${WHERE[@]}" --step "${CELL[@]}" --good-value 64000 --bad-value 65000)
git -C "$R" bisect start "${c[9]}" "${c[0]}" >/dev/null
(cd "$R" && git bisect run "${STEP[@]}") >"$T/log" 2>&1 || { code=$?; cat "$T/log"; fail "git bisect run: $code"; }
[[ $(git -C "$R" rev-parse refs/bisect/bad) == "${c[5]}" ]] || { cat "$T/log"; fail "git bisect run found another"; }
git -C "$R" bisect reset >/dev/null 2>&1
git -C "$R" checkout -q -f "${c[2]}"
expect 125 "${STEP[@]}"
git -C "$R" checkout -q -f "${c[1]}"
expect 0 "${STEP[@]}"
git -C "$R" checkout -q -f "${c[8]}"
expect 1 "${STEP[@]}"
git -C "$R" checkout -q -f main

# ---- a time
echo "300000 alpha" >"$T/elf/rv64/alpha-quick.elf"
revision FAKE_BURN=100
revision FAKE_BURN=100
expect 0 bisect "${c[9]}" "${c[14]}" --cell alpha/rv64/all-on --metric cpu_ns --json "$T/b.json"
jq -e --arg c "${c[13]}" '.suspects == [$c] and .bad > 1.4' "$T/b.json" >/dev/null || fail "time: $(cat "$T/b.json")"

# ---- mistakes
expect 64 bisect "${c[0]}" "${c[9]}" --cell alpha --metric host_instructions
expect 64 bisect "${c[0]}" "${c[9]}" --cell alpha/rv64/weird --metric host_instructions
expect 64 bisect "${c[0]}" --cell alpha/rv64/all-on --metric host_instructions
expect 64 bisect --step "${CELL[@]}"
expect 65 bisect "${c[9]}" "${c[0]}" "${CELL[@]}"
says "no commit lies between"
expect 65 bisect nothing "${c[0]}" "${CELL[@]}"
says "nothing is no commit"
expect 65 bisect "${c[0]}" "${c[9]}" --cell alpha/rv64/all-on --metric no-such-count
nj bisect --help | grep -q -- '--step' || fail "--help"
echo "bisect: ok"
