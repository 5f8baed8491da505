#!/usr/bin/env bash
# Oracle: what the program prints that it did, and the counts of the same run without slices.
# tests: rel
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAIL $*" >&2; exit 1; }

for guest in rv64 rx; do
    for n in 1 7 300; do
        "$emu" --work=$n --stats="$work/s" "build/workloads/$guest/dhrystone.elf" >"$work/out" || fail "$guest: --work=$n: exit $?"
        grep -qx "$n runs" "$work/out" || fail "$guest: --work=$n did not do $n runs"
        grep -qx VALID "$work/out" || fail "$guest: --work=$n: not valid"
        [[ $(jq .work "$work/s") == "$n" ]] || fail "$guest: the stats do not say --work=$n"
    done
    # The file whose number was built in, and the one that is told the same number, execute the same instructions.
    "$emu" --stats="$work/built" "build/workloads/$guest/coremark-test.elf" >"$work/out.built" || fail "$guest: coremark-test"
    "$emu" --stats="$work/told" --work=10 "build/workloads/$guest/coremark.elf" >"$work/out.told" || fail "$guest: coremark --work=10"
    cmp "$work/out.built" "$work/out.told" || fail "$guest: other output"
    [[ $(jq -c .counters "$work/built") == "$(jq -c .counters "$work/told")" ]] || fail "$guest: other counts"
    # Slices: each ends where it should, up to a block; times grow; what is executed stays, but for the entries of the run loop.
    "$emu" --stats="$work/sliced" --slices=100000 --work=10 "build/workloads/$guest/coremark.elf" >"$work/out.sliced" || fail "$guest: --slices"
    cmp "$work/out.built" "$work/out.sliced" || fail "$guest: other output with --slices"
    jq -e '(.counters.guest_instructions / 100000 | floor) as $n | (.slices | length) == $n and $n > 20 and
           ([.slices | to_entries[] | .value.guest_instructions - 100000 * (.key + 1)] | min > -1000 and max < 1000) and
           ([.slices[].cpu_ns] | . == sort) and ([.slices[].translate_ns] | . == sort)' "$work/sliced" >/dev/null || fail "$guest: slices"
    # Without regions: one that a slice leaves goes on in blocks, some of which are made for that alone.
    "$emu" --features=all,-region --stats="$work/whole" --work=10 "build/workloads/$guest/coremark.elf" >"$work/out.whole" || fail "$guest: -region"
    "$emu" --features=all,-region --stats="$work/cut" --slices=100000 --work=10 "build/workloads/$guest/coremark.elf" >"$work/out.cut" ||
        fail "$guest: -region --slices"
    cmp "$work/out.whole" "$work/out.cut" || fail "$guest: other output with -region and --slices"
    counts='.counters | del(.run_loop_entries, .chain_patches, .ras_misses, .ibtc_misses) | tojson'
    [[ $(jq "$counts" "$work/whole") == "$(jq "$counts" "$work/cut")" ]] || fail "$guest: other counts with --slices"
done

refused() {
    local code=$1 text=$2 got=0
    shift 2
    "$emu" "$@" >"$work/out" 2>&1 || got=$?
    [[ $got == "$code" ]] || fail "exit $got, expected $code: $*"
    grep -qF -- "$text" "$work/out" || fail "did not say $text: $*"
}
printf '.globl _start\n_start: j _start\n' >"$work/x.S"
riscv64-unknown-elf-gcc -march=rv64imac -mabi=lp64 -nostdlib -static -T emulator/tests/guest/link.ld -Wl,--no-warn-rwx-segments \
    -o "$work/x.elf" "$work/x.S" || exit 1
refused 125 "no variable work_iterations" --work=5 "$work/x.elf"
refused 64 "from 1 to" --work=0 "$work/x.elf"
refused 64 "from 1 to" --work=4294967296 "$work/x.elf"
refused 64 "takes its arguments" --user --work=5 build/workloads/rv64-linux/dhrystone.elf
refused 64 "where they are written" --slices=100000 "$work/x.elf"
echo "work: ok"
