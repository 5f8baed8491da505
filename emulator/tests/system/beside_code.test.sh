#!/usr/bin/env bash
# Oracle: what a run counts. A store beside translated code, on the same line of 64 bytes, is a store like others: only those that
# hit a translation, devices and failed checks make the run loop execute an instruction alone.
# tests: rel asan
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
for guest in rv64 rx; do
    "$emu" --stats="$work/stats" "build/workloads/$guest/patch-test.elf" < /dev/null > "$work/out" || { echo "FAIL $guest: ended with $?"; status=1; }
    jq -e '.counters | .code_writes > 100 and .slow_stores > 2 * .code_writes
        and .stepped_instructions <= .code_writes + .mmio_accesses + .bounds_failed + 64' "$work/stats" > /dev/null ||
        { echo "FAIL $guest: $(jq -c '.counters | {code_writes, slow_stores, stepped_instructions, mmio_accesses, bounds_failed}' "$work/stats")"; status=1; }
done
exit $status
