#!/usr/bin/env bash
# Which unit is guilty? emulator/tools/bisect.sh [--emu EMU] [--check COMMAND] -- ARGUMENTS OF EMU
#
# Runs the guest with more and more units translated and the rest interpreted (emu --bisect-unit=N), and halves the range
# until one unit makes the difference. A run is right if COMMAND, which gets its standard output, exits with 0; without
# --check, if output and exit code are those of the run in which every unit is interpreted. Each run may take LIMIT seconds (default 60).
# Exit status: 0 found; 1 nothing to find: the translated run is right; 2 usage, or no run is right.
set -uo pipefail

emu=build/rel/emu check=
while [ $# -gt 0 ]; do
    case $1 in
    --emu) emu=$2 && shift 2 ;;
    --check) check=$2 && shift 2 ;;
    --) shift && break ;;
    --help | -h) sed -n '2,7s/^# \?//p' "$0" && exit 0 ;;
    *) echo "bisect.sh: unknown argument $1; see --help" >&2 && exit 2 ;;
    esac
done
[ $# -gt 0 ] && [ -x "$emu" ] || { echo "bisect.sh: give an emu (--emu, now $emu) and, behind --, its arguments" >&2 && exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

run() { timeout "${LIMIT:-60}" "$emu" "$@" </dev/null >"$work/out" 2>"$work/err"; echo "exit $?" >>"$work/out"; }
right() { # right N ARGUMENTS: with units from the N-th on interpreted
    local n=$1
    shift
    run --bisect-unit="$n" "$@"
    if [ -n "$check" ]; then sh -c "$check" <"$work/out" >/dev/null; else cmp -s "$work/out" "$work/oracle"; fi
}

if [ -z "$check" ]; then
    run --bisect-unit=1 "$@"
    cp "$work/out" "$work/oracle"
fi
right 1 "$@" || { echo "bisect.sh: the run is wrong although every unit is interpreted: the translator is not guilty" >&2 && exit 2; }
last=1
while right $((last * 2)) "$@"; do
    last=$((last * 2))
    if [ "$last" -gt 1000000 ]; then
        echo "bisect.sh: the run is right however many units are translated"
        exit 1
    fi
done
good=$last bad=$((last * 2)) # units below `good` may be translated; with those below `bad` the run is wrong
while [ $((bad - good)) -gt 1 ]; do
    middle=$(((good + bad) / 2))
    if right $middle "$@"; then good=$middle; else bad=$middle; fi
done
# Unit number `good` (from 1) is the first whose translation makes the run wrong; logs count from 0.
pc=$("$emu" --bisect-unit="$bad" --log=host "$@" </dev/null 2>&1 >/dev/null |
    sed -n "s/^-- host code of unit $((good - 1)), guest pc \(0x[0-9a-f]*\).*/\1/p" | head -n 1)
echo "unit $good (in logs $((good - 1))) is guilty; it begins at guest pc $pc"
echo "see it: $emu --bisect-unit=$bad --log=decode,opt,ra,host --log-pc=$pc $*"
