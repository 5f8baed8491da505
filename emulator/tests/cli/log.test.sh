#!/usr/bin/env bash
# Oracle: the channels against each other. What the allocator is said to do is IR that the last pass left, word for word;
# its registers are those of the host; each channel says something, and no channel changes what the guest does.
# tests: rel asan
set -uo pipefail
cd "$(dirname "$0")/../../.."
. emulator/tests/lib/begin.sh
elves=(build/workloads/rv64/coremark-test.elf build/workloads/rx/dhrystone-test.elf)
for elf in "${elves[@]}"; do
    "$emu" "$elf" </dev/null >"$work/want" 2>/dev/null
    for channel in decode ir opt ra host exec; do
        "$emu" --log=$channel --log-file="$work/$channel" --max-insns=30000 "$elf" </dev/null >/dev/null 2>&1
        [[ $(wc -l <"$work/$channel") -gt 50 ]] || fail "$elf: --log=$channel says nothing"
    done
    "$emu" --log=ir,opt,ra --log-file="$work/both" "$elf" </dev/null >"$work/got" 2>/dev/null
    cmp -s "$work/want" "$work/got" || fail "$elf: --log changes what the guest prints"
    awk '
        function bad(what) { print "line " NR ": " what; wrong = 1; exit 1 }
        /^-- allocated/ { allocated = 1; units++; next }
        /^-- / { allocated = 0; delete left; next }
        !allocated && /^  / { text = $0; sub(/^ +/, "", text); left[text]; next }
        allocated && /;/ {
            text = $0; sub(/^[^;]*; /, "", text); sub(/ +\{.*$/, "", text); sub(/ +$/, "", text)
            if (!(text in left)) bad("the last pass left no `" text "`")
            insns++
            next
        }
        allocated && /<->|<-/ {
            if ($0 !~ /^ +(r[a-z0-9]+|xmm[0-9]+|\[[a-z0-9_]+\]|spill[0-9]+) +<->? /) bad("no move: " $0)
            moves++
            next
        }
        allocated && !/^(block|edge) [0-9]+$|^  goto block [0-9]+$|^  canon /  { bad("what is this: " $0) }
        END { if (!wrong && (units < 50 || insns < 1000 || moves < 200)) { print units " units, " insns " instructions, " moves " moves"; exit 1 } exit wrong }
    ' "$work/both" >"$work/why" || fail "$elf: $(cat "$work/why")"
done
exit $status
