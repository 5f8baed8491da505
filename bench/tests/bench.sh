#!/usr/bin/env bash
# Oracle: a fake emulator whose costs are known: 48 = chain 4 sqrt 2 x regcache 2 x tlb 3 sqrt 2 and an
# interaction of 1/2 (8 x 6 alone, 24 together), worked out by hand; an independent JSON
# Schema validator; and, for each kind of bad sample, the misbehaviour that was ordered.
# tests: slow
source "$(dirname "$0")/lib.sh"

# ---- a whole run ----
expect 0 bench "$T/full.json" --matrix full --reps 4 --peer all --title "a test"
says "peer gone is not measured: no-such-program is not installed: cannot be had"
jq -e '.summary.attribution[] | select(.workload == "alpha" and .metric == "host_instructions" and .basis == "factorial")
       | .total == 48 and ([.parts[].shapley.ratio] | reduce .[] as $x (1; . * $x) | . > 47.999999 and . < 48.000001)
       and ([.parts[].feature] == ["chain", "flags", "regcache", "tlb"])
       and ([.parts[].shapley.ratio * 1000 | round] == [5657, 1000, 2000, 4243])
       and ([.interactions[] | select(.a == "chain" and .b == "tlb").ratio] | .[0] > 0.499999 and .[0] < 0.500001)' "$T/full.json" >/dev/null ||
    fail "attribution of the known costs"
jq -e '[.summary.attribution[] | select(.basis == "factorial") | . as $a | [.parts[].shapley.ratio] | reduce .[] as $x (1; . * $x)
        | (. / $a.total - 1) | fabs] | length > 4 and all(. < 1e-9)' "$T/full.json" >/dev/null || fail "parts do not make up the whole"
jq -e '(.samples | length) == .plan.samples_planned and all(.samples[]; .valid) and .errors == []' "$T/full.json" >/dev/null || fail "all samples"
jq -e '.plan.peers_missing[0].name == "gone" and any(.configs[]; .id == "peer:echo")
       and any(.summary.speedups[]; .baseline == "peer:echo" and .config == "all-on")' "$T/full.json" >/dev/null || fail "peers"
jq -e '[.summary.cells[] | select(.config == "no-tlb" and .metric == "host_per_guest").median] == [0.192, 0.192]' "$T/full.json" >/dev/null || fail "host_per_guest"
[[ ! -e $T/full.json.journal && ! -e $T/full.json.scratch ]] || fail "journal or scratch folder left behind"
expect 0 nj validate "$T/full.json"

# Debian's own python3, because Debian's python3-jsonschema belongs to it: another one may stand before it in PATH.
/usr/bin/python3 - bench/run.schema.json "$T/full.json" <<'EOF' || fail "the document does not fit bench/run.schema.json"
import copy, json, sys
import jsonschema
schema, doc = (json.load(open(f)) for f in sys.argv[1:])
jsonschema.Draft7Validator.check_schema(schema)
v = jsonschema.Draft7Validator(schema)
errors = ["%s: %s" % (list(e.path), e.message[:200]) for e in v.iter_errors(doc)]
def broken(change):
    d = copy.deepcopy(doc); change(d); return not v.is_valid(d)
# The schema must also say no.
assert broken(lambda d: d.update(schema="nightjar.run/2"))
assert broken(lambda d: d["samples"][0].update(valid=False))
assert broken(lambda d: d["samples"][0].pop("metrics"))
assert broken(lambda d: d["metrics"][0].update(kind="approximate"))
sys.exit("\n".join(errors) or 0)
EOF

# ---- a workload that boots ----
mkdir -p "$T/workloads/gamma"
cat >"$T/workloads/gamma/manifest.json" <<EOF
{"name": "gamma", "title": "gamma", "help": "", "kind": "system", "guests": ["rv64"], "sizes": {"full": 1, "test": 1}, "work_unit": "boots",
 "boot": {"kernel": "$T/kernel", "initrd": "$T/ram{size}", "append": "a=b c", "memory_mib": 64, "programs": []},
 "peers": ["echo", "words"], "check": {"exit": 0, "stdout": ["^result 42$", "^VALID$"]}}
EOF
echo '{"name": "words", "title": "Words", "commands": {}, "boot": {"rv64": ["printf", "%s\n", "result 42", "VALID", "{kernel}", "{append}", "{memory}"]}, "version": ["true"]}' \
    >"$T/peers/words.json"
expect 0 bench "$T/x.json" --matrix ends --dry-run
says "2 configurations, 2 workloads" # only when it is asked for
expect 0 bench "$T/x.json" --matrix ends --workload all --dry-run
says "workload gamma is skipped: $T/kernel is not here: run \`make linux\`"
expect 64 bench "$T/x.json" --matrix ends --workload gamma
says "workload gamma: $T/kernel: No such file or directory: run \`make linux\`"
echo "1000 kernel" >"$T/kernel" && echo "ram" | tee "$T/ram" >"$T/ram-test"
expect 0 bench "$T/boot.json" --matrix ends --workload gamma --peer words --peer echo --reps 2
says "the peer echo has no command for the guest rv64"
jq -e 'all(.samples[]; .valid) and .workloads[0].boot.append == "a=b c" and .workloads[0].boot.memory_bytes == 67108864
       and ([.samples[] | select(.config == "peer:words")] | length == 2)' "$T/boot.json" >/dev/null || fail "a boot"
expect 0 nj validate "$T/boot.json"
FAKE_EMU=append expect 3 bench "$T/other.json" --matrix ends --workload gamma --reps 2
says "elf: emulator ran"
echo "other ram" >"$T/ram"
jq -r '.workloads[0].elf_sha256' "$T/boot.json" >"$T/identity"
expect 0 bench "$T/boot.json" --matrix ends --workload gamma --reps 2
[[ $(jq -r '.workloads[0].elf_sha256' "$T/boot.json") != $(cat "$T/identity") ]] || fail "another initramfs, the same identity"
rm -r "$T/workloads/gamma" "$T/peers/words.json"

# ---- plans ----
expect 0 bench "$T/x.json" --matrix ablation --dry-run
says "all-off"
says "12 configurations, 2 workloads"
[[ ! -e $T/x.json ]] || fail "a dry run wrote something"
expect 64 bench "$T/x.json" --features +warp
says 'no switch `warp`'
expect 64 bench "$T/x.json" --reps many
FAKE_NO_TLB=1 expect 64 bench "$T/x.json" --matrix full
says 'built without the switch `tlb`'

# ---- shards ----
for i in 1 2; do expect 0 bench "$T/part$i.json" --matrix full --reps 4 --peer echo --shard $i/2; done
expect 0 nj merge "$T/part2.json" "$T/part1.json" -o "$T/merged.json"
expect 0 nj merge "$T/part1.json" "$T/part2.json" -o "$T/merged2.json"
cmp "$T/merged.json" "$T/merged2.json" || fail "merge depends on the order of its arguments"
jq -e '(.samples | length) == .plan.samples_planned and .plan.shard == null and (.summary.cells | length) > 100' "$T/merged.json" >/dev/null || fail "merge"
expect 65 nj merge "$T/part1.json" "$T/part1.json" -o "$T/m.json"
says "already in another part"
expect 4 nj merge "$T/part1.json" "$T/full.json" -o "$T/m.json"

# ---- time budget ----
expect 0 bench "$T/budget.json" --matrix ends --peer none --workload alpha --time-budget 0.2s
jq -e '.plan.stopped == "time budget" and .plan.reps == 100 and (.samples | length) < 204 and (.samples | length) >= 6' "$T/budget.json" >/dev/null || fail "time budget"

# ---- thinning: slow cells in 3 blocks, the others in all; the estimate of the budget knows it ----
expect 0 bench "$T/thin.json" --matrix ends --peer none --workload alpha --reps 6 --thin 0.00001s
jq -e '[.samples[] | select(.purpose == "time") | .config] | group_by(.) | map([.[0], length]) == [["all-off", 3], ["all-on", 3]]' "$T/thin.json" >/dev/null || fail "thinning"
expect 0 bench "$T/thin.json" --matrix ends --peer none --workload alpha --reps 6 --thin 1h
jq -e '(.samples | length) == .plan.samples_planned and .plan.thin_s == 3600' "$T/thin.json" >/dev/null || fail "nothing to thin"

# ---- an official build, as workloads/README.md documents it: no guests, the ELF's path from here, sizes.full ----
mkdir -p "$T/workloads/official"
cat >"$T/workloads/official/manifest.json" <<EOF
{"name": "official", "title": "Official", "help": "", "kind": "benchmark", "elf": {"rv64": "$(realpath --relative-to=. "$T/official.elf")"},
 "sizes": {"full": 4000}, "work_unit": "iterations", "check": {"exit": 0, "stdout": ["^result 42$", "^VALID$"]}, "peers": ["echo"]}
EOF
expect 64 bench "$T/official.json" --matrix ends --workload official
says "its manifest names this ELF"
echo "1000 official" >"$T/official.elf"
expect 0 bench "$T/official.json" --matrix ends --workload official --peer echo --reps 1
jq -e --arg sha "$(sha256sum <"$T/official.elf" | cut -d' ' -f1)" 'all(.samples[]; .valid and .elf_sha256 == $sha) and (.samples | length) == 7
       and (.workloads[0] | .guest == "rv64" and .size == "official" and .work == 4000 and .exact.work == 4000)' "$T/official.json" >/dev/null || fail "an official build"
rm -r "$T/workloads/official"

# ---- samples that do not count ----
bad() { # HOW CODE-OF-REASON [CONFIG]
    FAKE_EMU=$1${3:+:$3} expect 3 bench "$T/bad.json" --matrix ends --peer none --reps "${4-3}" --workload alpha --timeout "${5-100s}"
    jq -e --arg reason "$2" 'all(.samples[]; (.valid == false) == (.config == "all-off")) and
        all(.samples[] | select(.valid | not); .reason | startswith($reason)) and
        ([.summary.cells[] | select(.config == "all-off" and .n > 0)] == []) and
        any(.summary.cells[]; .config == "all-off" and .invalid > 0 and .median == null)' "$T/bad.json" >/dev/null ||
        { jq -c '.samples[] | [.config, .valid, .reason]' "$T/bad.json"; fail "$1 is not $2"; }
    expect 0 nj validate "$T/bad.json"
}
bad output "check: stdout does not match /^result 42$/" none
bad exit "exit: guest ended with 3, expected 0" none
bad features "features: asked for" none
bad crash "signal: killed by signal 6" none
bad hang "timeout: killed after 2 s" none 1 2s # long enough for the other configuration
bad no-stats "stats: " none
# One of two configurations differs: with as many samples on both sides neither is in the majority, so let the other side have more.
FAKE_EMU=guest-count:none expect 3 bench "$T/bad.json" --matrix ends --features -fold --peer none --reps 3 --workload alpha
jq -e 'all(.samples[]; .valid == (.config != "all-off")) and any(.samples[]; .reason // "" | startswith("guest_instructions: 3000001, most siblings have 3000000"))' \
    "$T/bad.json" >/dev/null || fail "guest instruction count"
FAKE_EMU=inexact:none expect 3 bench "$T/bad.json" --matrix ends --peer none --reps 3 --workload alpha
jq -e '[.errors[].config] | unique == ["all-off"]' "$T/bad.json" >/dev/null || fail "an exact metric that varies is not an error"
jq -e 'any(.summary.cells[]; .config == "all-off" and .metric == "host_instructions" and .varies and .median == null)' "$T/bad.json" >/dev/null || fail "varies"
echo "bench: ok"
