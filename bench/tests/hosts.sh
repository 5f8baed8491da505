#!/usr/bin/env bash
# Oracle: the fake emulator, whose counts on each host are known by hand, and the real rules of the format. Hosts are an axis: the
# other machines' are counted and never timed, ratios stay within a host, comparison goes host by host, and names what is missing.
source "$(dirname "$0")/lib.sh"
[[ $(uname -m) == x86_64 ]] || { echo "skipped: its fake QEMUs stand for other machines than x86-64"; exit 77; }
mkdir "$T/bin" "$T/none" "$T/slow"
for host in rv64 a64; do cp "$T/emu" "$T/emu-$host"; done
for qemu in qemu-riscv64 qemu-aarch64; do
    # shellcheck disable=SC2016
    printf '#!/bin/bash\n[[ $1 == --version ]] && echo "%s version 9.9" || exec "$@"\n' $qemu >"$T/bin/$qemu"
    chmod +x "$T/bin/$qemu"
done
printf '#!/bin/bash\nFAKE_SLOW=50 exec "%s" "$@"\n' "$T/emu-rv64" >"$T/slow/emu-rv64"
chmod +x "$T/slow/emu-rv64"
PATH=$T/bin:$PATH
OTHERS=(--emu rv64="$T/emu-rv64" --emu a64="$T/emu-a64")
RUN=(--matrix ends --peer none --reps 3 --workload alpha "${OTHERS[@]}")
check() { jq -e "$2" "$1" >/dev/null || fail "$1: not so: $2"; }

# ---- three hosts: 64, 96 and 128 host instructions for 1000 guest instructions
expect 0 bench "$T/three.json" "${RUN[@]}" --host a64,x64,rv64
says "host rv64: counted, not timed: emu ran in qemu-riscv64 version 9.9"
grep -E 'all-on@rv64 .*not timed .* 0\.096' "$T/log" >/dev/null || fail "bench's table has no line of rv64"
expect 0 nj validate "$T/three.json"
check "$T/three.json" '[.configs[] | [.id, .host, .timed]] == [["all-on", "x64", true], ["all-on@a64", "a64", false],
    ["all-on@rv64", "rv64", false], ["all-off", "x64", true], ["all-off@a64", "a64", false], ["all-off@rv64", "rv64", false]]'
check "$T/three.json" '[.hosts[] | [.name, .through, (.untimed | type), .exact_isa]] == [["x64", null, "null", "none"],
    ["a64", "qemu-aarch64 version 9.9", "string", "none"], ["rv64", "qemu-riscv64 version 9.9", "string", "none"]]'
check "$T/three.json" '[.summary.cells[] | select(.metric == "host_per_guest" and (.config | startswith("all-on"))) | .median] == [0.064, 0.128, 0.096]'
check "$T/three.json" '[.samples[] | .valid, (.window == true)] | all'
check "$T/three.json" '[.samples[] | select(.purpose == "exact") | .metrics.guest_instructions] | unique == [1000000]'
# Nothing of another host has a time, not even a zero.
check "$T/three.json" '[.samples[] | select(.config | contains("@")) | .purpose == "exact" and (.metrics | has("cpu_ns") or has("wall_ns") | not)] | all and length == 8'
check "$T/three.json" '[.summary.speedups[] | (.config | split("@")[1]) == (.baseline | split("@")[1])] | all'
check "$T/three.json" '.summary.baseline == "all-off" and ([.summary.speedups[] | select(.config == "all-on@rv64" and .metric == "host_instructions") | .ratio] == [48])'

# ---- the report: a column a host
expect 0 nj report --output "$T/page" --no-plots "$T/three.json"
grep -E '^  all on .* 0\.064 +0\.13 +0\.096' "$T/log" >/dev/null || { cat "$T/log"; fail "the report on the terminal"; }
says "No times of rv64: emu ran in qemu-riscv64 version 9.9"
grep -q 'id="hosts"' "$T/page/index.html" || fail "the page has no table of hosts"
grep -q 'Host/guest, rv64' "$T/page/index.html" || fail "the table of cells has no column of rv64"
grep -q '| host/guest, x64 | host/guest, a64 | host/guest, rv64 |' "$T/page/summary.md" || fail "the summary has no columns of hosts"

# ---- shards
for i in 1 2; do expect 0 bench "$T/part$i.json" "${RUN[@]}" --host x64,rv64 --shard $i/2; done
expect 0 nj merge "$T/part2.json" "$T/part1.json" -o "$T/merged.json"
check "$T/merged.json" '(.hosts | length) == 2 and ([.samples[] | select(.config == "all-on@rv64")] | length == 2)'
expect 0 bench "$T/two.json" "${RUN[@]}" --host x64,rv64
expect 0 nj compare --exact-only "$T/merged.json" "$T/two.json"
jq '.samples[0].window = false' "$T/part1.json" >"$T/part3.json"
expect 3 nj merge "$T/part3.json" "$T/part2.json" -o "$T/merged.json"
check "$T/merged.json" '[.errors[] | [.metric, (.values | sort)]] == [["window", ["a window", "no window"]]]'

# ---- through emu itself: the same counts
expect 0 bench "$T/emu.json" "${RUN[@]}" --host rv64 --through emu
check "$T/emu.json" '.hosts[0].through == "emu 0.0.1" and .emulator.version.hosts == ["rv64"] and all(.samples[]; .purpose == "exact")'
expect 0 nj compare --exact-only "$T/two.json" "$T/emu.json"
says "the host x64 was not measured in the run after: it is not compared"
expect 64 bench "$T/x.json" "${RUN[@]}" --host a64 --through emu
says "emu runs Linux programs of riscv64 only"

# ---- comparison, host by host
expect 0 bench "$T/one.json" "${RUN[@]}"
check "$T/one.json" '[.hosts[].name] == ["x64"]'
expect 0 nj compare --exact-only "$T/two.json" "$T/one.json"
says "the host rv64 was not measured in the run after: it is not compared"
expect 4 nj compare --exact-only "$T/one.json" "$T/emu.json"
says "other hosts (x64; rv64)"
expect 0 bench "$T/slow.json" "${RUN[@]}" --host x64,rv64 --emu rv64="$T/slow/emu-rv64"
expect 1 nj compare --exact-only --json "$T/compared.json" "$T/two.json" "$T/slow.json"
check "$T/compared.json" '[.entries[] | select(.verdict == "regressed" and .gates) | .config] | unique == ["all-off@rv64", "all-on@rv64"]'
expect 0 bench "$T/isa.json" "${RUN[@]}" --host x64,rv64 --exact-isa none --time-isa none
jq '.hosts[1].exact_isa = "zbb"' "$T/isa.json" >"$T/zbb.json"
expect 4 nj compare --exact-only "$T/two.json" "$T/zbb.json"
says 'the counted runs of host rv64 could use `none` and `zbb`'

# ---- other counts because there was no window are named so, equal ones pass
FAKE_EMU=no-window FAKE_SLOW=10 expect 0 bench "$T/low.json" "${RUN[@]}"
expect 3 nj compare --exact-only "$T/one.json" "$T/low.json"
says "the board had no window of RAM in the run after"
FAKE_EMU=no-window expect 0 bench "$T/low.json" "${RUN[@]}"
expect 0 nj compare --exact-only "$T/one.json" "$T/low.json"
check "$T/low.json" '[.samples[].window] | unique == [false]'

# ---- what is missing is named with what to do
expect 64 bench "$T/x.json" --matrix ends --peer none --workload alpha --host rv64
says 'there is no emulator of the host rv64: `make HOST=rv64 emu` builds it'
PATH=$T/none expect 64 bench "$T/x.json" "${RUN[@]}" --host rv64
says "qemu-riscv64 is not installed: it runs the emulator of the host rv64 here: apt-get install qemu-user"
expect 64 bench "$T/x.json" "${RUN[@]}" --host rv64 --emu rv64="$T/emu"
says "is built for the host x64, and not for rv64"
expect 64 bench "$T/x.json" "${RUN[@]}" --host mips
says "--host mips: there is no such host; there are x64 rv64 a64"
expect 64 nj aa --emu "$T/emu" --workloads-dir "$T/workloads" --elf-dir "$T/elf" --host x64,rv64 "${OTHERS[@]}"
says "aa measures the noise of times"
jq '.configs[1].host = "z80"' "$T/three.json" >"$T/x.json"
expect 65 nj validate "$T/x.json"
says '`configs[1].host` is z80, which `hosts` does not have'
echo "hosts: all as they should be"
