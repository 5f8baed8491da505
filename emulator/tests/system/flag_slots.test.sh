#!/usr/bin/env bash
# Oracle: the manuals: on RV64 the accrued flags (fflags) are flags, on RX C, Z, S and O and what they follow from. In a
# profile, an instruction that only moves such a slot is there for `flags`, one that moves another slot for `state`.
# tests: rel asan
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# "WHY SLOT" of the instructions that read or write a slot for its own sake, once each.
reasons() { # ELF
    "$emu" --features=none --max-insns=20000 --profile="$work/p" --profile-code "$1" >"$work/out" 2>&1
    jq -r '.units[].host[]? | select(.why == "flags" or .why == "state") | select(.text | test("\\[guest "))
        | .why + " " + (.text | capture("\\[guest (?<slot>[a-z_0-9]+)\\]").slot)' "$work/p" | sort -u
}

check() { # ELF FLAGS: an expression of all flag slots; the first of them must be seen
    [ -f "$1" ] || { echo "$1 is missing; run make workloads"; exit 77; }
    local seen
    seen=$(reasons "$1")
    grep -qE "^flags ($2)\$" <<<"$seen" || { echo "$1: no instruction is there for flags"; status=1; }
    grep -qE '^state ' <<<"$seen" || { echo "$1: no instruction is there for other state"; status=1; }
    grep -E "^state ($2)\$" <<<"$seen" && { echo "$1: these are flags"; status=1; }
    grep '^flags ' <<<"$seen" | grep -vE " ($2)\$" && { echo "$1: these are no flags"; status=1; }
}

for guest in $("$emu" --version=json | jq -r '.guests[]'); do
    case $guest in
    rv64) check build/workloads/rv64/nbody-test.elf fflags ;;
    rx) check build/workloads/rx/dhrystone-test.elf 'c|z|s|o|flag_[a-z]+' ;;
    *) echo "guest $guest: which of its slots are flags?"; status=1 ;;
    esac
done
exit $status
