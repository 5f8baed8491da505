#!/usr/bin/env bash
# Oracle: the list below. An emulator that hangs, dies, prints garbage, counts what cannot be, or leaves processes: its
# samples do not count, each says why, the others do, the document is whole, and no process is left.
source "$(dirname "$0")/lib.sh"
RUN=(--matrix ends --peer none --workload alpha --reps 2 --exact-reps 1)
left() { pgrep -f "^$T/emu|^sleep 7777$" >"$T/left" && fail "$1: processes are left: $(ps -o pid,args -p "$(paste -sd, "$T/left")" | tail -n +2)"; true; }
while read -r how reason; do
    out=$T/$how.json
    FAKE_EMU=$how:none expect 3 bench "$out" "${RUN[@]}" --timeout 2
    expect 0 nj validate "$out"
    jq -e --arg reason "$reason" 'any(.samples[]; .valid) and ([.samples[] | select(.config == "all-off")] | length > 0 and
        all(.[]; .valid == false and (.reason | test($reason))))' "$out" >/dev/null ||
        fail "$how: $(jq -c '.samples[] | [.config, .valid, .reason]' "$out")"
    left "$how"
done <<'END'
hang ^timeout: killed after 2 s$
crash ^signal: killed by signal 6
exit ^exit: guest ended with 3, expected 0$
output stdout
garbage ^stats: .*stats.json
partial ^stats: .*stats.json
empty ^stats: the file is not nightjar.stats/1$
no-stats ^stats: .*stats.json
negative ^counts: guest_instructions is -5, which cannot be$
zero ^counts: guest_instructions is 0: nothing ran$
text ^counts: guest_instructions is "many", which cannot be$
unknown ^counts: flux is a counter that the emulator does not name in --version=json$
features ^features: asked for
strays ^processes: [12] that it started left its group and did not end with it; killed$
END
echo "misbehave: ok"
