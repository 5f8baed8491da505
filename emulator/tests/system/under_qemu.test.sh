#!/usr/bin/env bash
# Oracle: the same emu on the processor. Under QEMU's user mode of the same machine every counter is the same: QEMU runs code as it
# was patched, and as it was written anew where the code cache was flushed, though it is written through another mapping.
# tests: rel
[[ ${REL_AS:-rel} != asan ]] || { echo "skipped: QEMU has no room for the shadow of the address sanitizer"; exit 77; }
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu} status=0
qemu=qemu-$(uname -m)
command -v "$qemu" > /dev/null || { echo "skipped: no $qemu"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# same PROGRAM [OPTION...]
same() {
    local elf=build/workloads/$1-test.elf way
    for way in processor qemu; do
        local run=("$emu")
        [[ $way == qemu ]] && run=("$qemu" "$emu")
        timeout 1000 "${run[@]}" "${@:2}" --stats="$work/$way.json" "$elf" > "$work/$way.out" 2> "$work/$way.err" ||
            { echo "FAIL $*: ended with $? ($way)"; cat "$work/$way.err"; status=1; return; }
        jq -S '.counters, .window' "$work/$way.json" > "$work/$way.counts"
    done
    cmp -s "$work/processor.out" "$work/qemu.out" || { echo "FAIL $*: prints something else under QEMU"; status=1; }
    [[ $(jq -s '.[0].chain_patches' "$work/processor.counts") -gt 10 ]] || { echo "FAIL $*: hardly anything was patched"; status=1; }
    diff -u "$work/processor.counts" "$work/qemu.counts" || { echo "FAIL $*: other counts under QEMU"; status=1; }
}

same rv64/dhrystone
same rx/coremark-validation --code-cache=64K
[[ $(jq -s '.[0].cache_flushes' "$work/processor.counts") -gt 0 ]] || { echo "FAIL: the code cache was never flushed"; status=1; }
exit $status
