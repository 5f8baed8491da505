#!/usr/bin/env bash
# Oracle: each program checks itself; that its expectations are right is shown by real QEMU, when it is installed.
# tests: rel asan hostile
#
# Privileged modes and paging: every engine, with all switches on, all off, and each one alone off; a small code cache.
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
dir=emulator/tests/guest quoted=$(printf %q "$emu") # for the shell of run.sh
$dir/build.sh || exit 1
status=0
each() { # each TITLE COMMAND: prints only what failed
    local out
    out=$($dir/run.sh --folder rv64_priv "$2" 2>&1) || status=1
    echo "$1: $(tail -n 1 <<<"$out")"
    grep -v '^pass' <<<"$out" | sed '$d'
}
each "interp" "$quoted --engine=interp {elf}"
each "all" "$quoted --features=all {elf}"
each "none" "$quoted --features=none {elf}"
for feature in chain ibtc regcache tlb flags region fold cse bounds dce; do
    each "without $feature" "$quoted --features=-$feature {elf}"
done
each "tlb alone" "$quoted --features=none,+tlb {elf}"
each "64K of code" "$quoted --code-cache=64K {elf}"
if command -v qemu-system-riscv64 >/dev/null; then each "QEMU" "$($dir/run.sh --qemu)"; else echo "QEMU: not installed"; fi
exit $status
