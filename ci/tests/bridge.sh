#!/usr/bin/env bash
# Oracle: the programs that the test makes: the new one takes half as many iterations more, and that is the factor of its counts; the
# old series gets one more night by today's emulator, so a change that came with the new program is found; the anchor that the
# history holds is the new file, and the note says which came after which.
source "$(dirname "$0")/../../bench/tests/lib.sh"
unset NIGHTJAR_HISTORY
H=$T/history
common=(--emu "$T/emu" --workloads-dir "$T/workloads" --elf-dir "$T/new" --store "$H" --size quick --workload alpha --reps 3)
sed -i 's/"peers": \["echo"\]/"peers": ["echo", "anchor"]/' "$T"/workloads/*/manifest.json
cp -r "$T/elf" "$T/new"
echo "1500 alpha" >"$T/new/rv64/alpha-test.elf"
bridge() { nj bridge --before-elf-dir "$T/elf" --matrix ends "${common[@]}" "$@"; }
expect 65 bridge
nj history init --store "$H" --repo "$T" >/dev/null

# ---- a new guest program
expect 0 bench "$T/night.json" --features all --features none --peer none --reps 3
jq '.created = "2026-01-01T02:00:00Z" | (.samples[] | select(.config == "all-on" and .purpose == "exact" and .workload == "alpha") | .metrics.host_instructions) = 63000' "$T/night.json" >"$T/old.json"
nj history add "$T/old.json" --store "$H" >/dev/null
expect 4 nj bridge --before-elf-dir "$T/new" --matrix ends "${common[@]}"
says "there is nothing to bridge"
[[ $(find "$H/runs" -type f | wc -l) == 1 ]] || fail "a refused bridge left runs"
expect 0 bridge
before=$(jq '[.samples[] | select(.config == "all-on" and .purpose == "exact" and .workload == "alpha") | .metrics.host_instructions][0]' "$T/night.json")
says "alpha/rv64/all-on: counts x "
jq -e --argjson b "$before" '.cells[] | select(.config == "all-on") | .host_instructions[0] == $b and .host_instructions[1] > $b and .exact_elf[0] != .exact_elf[1] and .factor > 0' "$H"/notes/*-bridge-*.json >/dev/null ||
    fail "the note: $(cat "$H"/notes/*)"
ratio=$(jq '.cells[] | select(.config == "all-on") | .host_instructions[1] / .host_instructions[0] * 1e6 | round / 1e6' "$H"/notes/*-bridge-*.json)
expect 0 nj trend --store "$H" --max-age 0
says "63000 -> $before" # by the old program, although the emulator changed together with it
says "bridged: by one emulator its host instructions are"
nj trend --store "$H" --max-age 0 --json - | jq -e --argjson r "$ratio" '.epochs[] | select(.config == "all-on" and .exact) | (.bridged * 1e6 | round / 1e6) == $r' >/dev/null || fail "the factor in the document"
expect 0 nj history prune --keep 1 --store "$H"
for side in before after; do [[ -e $H/$(jq -r ".$side" "$H"/notes/*-bridge-*.json) ]] || fail "prune took a side of the bridge"; done
expect 0 nj history verify --store "$H"
nj site --store "$H" -o "$T/site" >/dev/null
sed 's/^nightjarSite.add("nights",//; s/);$//' "$T/site/data/nights.js" | jq -e '.runs | length == 1' >/dev/null || fail "the old programs of a bridge are a night of the site"
sed 's/^nightjarSite.add("alpha\/rv64",//; s/);$//' "$T/site/data/rv64-alpha.js" | jq -e 'any(.events[].what; test("counts begin anew; by one emulator x [0-9.]+"))' >/dev/null || fail "the factor on the site: $(cat "$T/site/data/rv64-alpha.js")"
expect 64 bridge --reps 2
expect 64 bridge left-over

# ---- a new anchor
anchor() { nj anchor "${common[@]}" "$@"; }
for k in 1 2; do printf '#!/bin/sh\n[ "$1" != --version ] || { echo "anchor %s"; exit; }\nexec "%s" "$@"\n' "$k" "$T/emu" >"$T/anchor$k" && chmod +x "$T/anchor$k"; done
expect 65 anchor
says "there is no anchor yet"
mkdir "$H/anchor" && cp "$T/anchor1" "$H/anchor/emu"
expect 65 anchor --emu "$T/no-such"
expect 4 anchor --emu "$T/anchor1"
says "calls itself what the old one does"
cmp "$H/anchor/emu" "$T/anchor1" || fail "a refused renewal replaced the anchor"
expect 0 anchor --emu "$T/anchor2"
says "anchor 2 is the anchor now, after anchor 1"
cmp "$H/anchor/emu" "$T/anchor2" || fail "the anchor is not the new one"
jq -e '.from == "anchor 1" and .to == "anchor 2" and (.cells | length == 1) and .cells[0].factor > 0 and .cells[0].width > 0' "$H"/notes/*-anchor-*.json >/dev/null || fail "the note of the anchor"
nj bridge --help | grep -q 'worktree' || fail "--help"
nj anchor --help | grep -q 'by hand' || fail "--help"
echo "bridge: ok"
