#!/usr/bin/env bash
# Oracle: perf report and perf annotate, which read the jitdump; the ELF's own symbols.
# tests: rel
set -euo pipefail
cd "$(dirname "$0")/../.."
emu=$(realpath "${EMU:-build/rel/emu}")
elf=$(realpath build/workloads/rv64/coremark.elf)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

"$emu" --perf-map --jitdump="$dir" "$elf" >/dev/null &
pid=$!
wait $pid || fail "emu ended with $?"
grep -q '^[0-9a-f]* [0-9a-f]* matrix_run.*rv64' "/tmp/perf-$pid.map" || fail "the map does not name matrix_run"
rm -f "/tmp/perf-$pid.map"
[ "$(head -c 4 "$dir/jit-$pid.dump")" = DTiJ ] || fail "the dump does not begin as a jitdump"
rm -f "$dir"/jit-*.dump

command -v perf >/dev/null || { echo "perf is not installed"; exit 77; }
cd "$dir"
perf record -k mono -e cpu-clock:u -o a.data "$emu" --jitdump="$dir" "$elf" >/dev/null 2>&1 || { echo "perf record is not permitted here"; exit 77; }
perf inject --jit -i a.data -o b.data >/dev/null 2>&1 || fail "perf inject"
perf report -i b.data --stdio 2>/dev/null >report
grep -q 'matrix_run.*\[rv64 region' report || fail "perf report does not name the hot region"
perf annotate -i b.data --stdio 2>/dev/null >annotated
grep -q 'Disassembly of section .text' annotated || fail "perf annotate shows no code"
echo "perf names and annotates translated code"
