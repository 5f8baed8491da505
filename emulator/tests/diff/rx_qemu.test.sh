#!/usr/bin/env bash
# Oracle: qemu-system-rx. Random RX streams in one image print hashes of registers, flags, accumulator and data; emu prints the same.
# tests: rel
#
# rx_qemu.test.sh [STREAMS [SEED]]. What QEMU 7.2 does otherwise than the manual says is left out or made invisible:
#   left out          SATR, RACW, RMPA, SCCnd to memory
#   overwritten       O and C after SHLL; O after SHLR and NEG; Z, S, O after ABS; C after SUNTIL; C and Z after SWHILE; Z after
#                     FTOI and ROUND (TST computes it again)
#   avoided operands  shift counts of 32, 64, ... in a register; two NaNs in an operation; FTOI and ROUND of a negative NaN
#   in a new block    floating point, DIV, DIVU and string instructions: QEMU does not say that they write flags and R1..R3, and
#                     reads what it had loaded before in the same block
#   not compared      FPSW, with it DN = 0 and enabled exceptions; exceptions and user mode; memory that is not there
# Why, and where: tests/lib/rx_image.c.
set -uo pipefail
cd "$(dirname "$0")/../../.." || exit 1
emu=${EMU:-$PWD/build/rel/emu}
maker=build/${MODE:-rel}/emulator/tests/guest/test_rx_streams
streams=${1:-2000} seed=${2:-1}
command -v qemu-system-rx > /dev/null || { echo "skipped: qemu-system-rx is not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
"$maker" --image="$work/image.elf" --runs="$streams" --seed="$seed" || exit 1
timeout 1000 workloads/lib/rx/qemu.sh "$work/image.elf" > "$work/want" || { echo "FAIL QEMU: code $?"; exit 1; }
[[ $(wc -l < "$work/want") == $((streams + 1)) ]] || { echo "FAIL QEMU printed $(wc -l < "$work/want") lines"; exit 1; }
for options in "--engine=interp --features=none" --engine=interp --features=all --features=none "--features=all --code-cache=64K"; do
    # shellcheck disable=SC2086
    timeout 1000 "$emu" $options "$work/image.elf" > "$work/got" < /dev/null || { echo "FAIL $options: code $?"; status=1; }
    cmp -s "$work/want" "$work/got" && continue
    first=$(diff "$work/want" "$work/got" | grep -om1 '^[0-9]*')
    echo "FAIL $options: $(diff "$work/want" "$work/got" | grep -c '^<') of $streams differ, the first is seed $((seed + first - 1)):" \
        "$0 1 $((seed + first - 1))"
    diff "$work/want" "$work/got" | head -n 4
    status=1
done
echo "$streams streams from seed $seed"
exit $status
