#!/usr/bin/env bash
# Oracle: what the fake emulator was told and what it reports. Host instructions that emitted code may use are pinned for
# counted runs, recorded, and runs that differ in them are refused by name; so is an emulator that does other than told.
source "$(dirname "$0")/lib.sh"
RUN=(--features all --peer none --reps 3 --workload alpha)
expect 0 bench "$T/a.json" "${RUN[@]}"
jq -e '.plan.exact_isa == "none" and .plan.time_isa == "bmi2,fma" and
       all(.samples[]; .host_isa == (if .purpose == "exact" then "none" else "bmi2,fma" end)) and
       all(.samples[] | select(.purpose == "exact"); .code_sha256 | length > 10)' "$T/a.json" >/dev/null || fail "what was planned is not what ran"
expect 0 nj validate "$T/a.json"

# Another machine counts the same, and times something else.
FAKE_ISA=none expect 0 bench "$T/old-cpu.json" "${RUN[@]}"
expect 0 nj compare "$T/a.json" "$T/old-cpu.json" --exact-only
expect 4 nj compare "$T/a.json" "$T/old-cpu.json" --noise "$T/none.json"
says 'other host instructions: the timed runs could use `bmi2,fma` and `none`'
expect 0 bench "$T/v3.json" "${RUN[@]}" --exact-isa v3
jq -e '.plan.exact_isa == "bmi2,fma"' "$T/v3.json" >/dev/null || fail "--exact-isa v3"
expect 4 nj compare "$T/a.json" "$T/v3.json" --exact-only
says 'other host instructions: the counted runs could use `none` and `bmi2,fma`'
expect 0 bench "$T/list.json" "${RUN[@]}" --exact-isa fma,v2,fma
jq -e '.plan.exact_isa == "fma"' "$T/list.json" >/dev/null || fail "a list"

# An emulator from before.
FAKE_EMU=no-isa expect 0 bench "$T/before.json" "${RUN[@]}"
jq -e '.plan.exact_isa == "unknown" and all(.samples[]; has("host_isa") | not)' "$T/before.json" >/dev/null || fail "an emulator without the option"
expect 4 nj compare "$T/before.json" "$T/a.json" --exact-only
says '`unknown` and `none`'

# Mistakes.
expect 64 bench "$T/x.json" "${RUN[@]}" --exact-isa v9
says 'does not know `v9`; known: native none bmi2 fma v2 v3'
FAKE_ISA=bmi2 expect 64 bench "$T/x.json" "${RUN[@]}" --time-isa v3
says "this machine has no fma"
FAKE_EMU=isa expect 3 bench "$T/x.json" "${RUN[@]}"
jq -e 'all(.samples[]; .valid == false and (.reason | startswith("host_isa: the emulator reports `sse9`")))' "$T/x.json" >/dev/null || fail "another ISA than planned counts"
FAKE_EMU=code expect 3 bench "$T/x.json" "${RUN[@]}"
jq -e '.errors | length == 1 and .[0].metric == "code_sha256" and .[0].kind == "inexact"' "$T/x.json" >/dev/null || fail "code that varies is no error"
