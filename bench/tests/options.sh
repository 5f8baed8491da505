#!/usr/bin/env bash
# Oracle: the sentences of `nightjar bench --help` and `nightjar profile --help`: what each option takes. Anything else is refused with 64 and
# a message that names the option and says what to give; nothing is written.
source "$(dirname "$0")/lib.sh"
refused() { # COMMAND OPTION VALUE WHAT-IT-SAYS
    local command=$1 option=$2 value=$3 text=$4
    if [[ $command == bench ]]; then
        expect 64 bench "$T/x.json" --matrix ends --peer none "--$option=$value"
    else
        expect 64 nj "$command" alpha --emu "$T/emu" "--$option=$value" -o "$T/x"
    fi
    says "--$option"
    says "$text"
    [[ ! -e $T/x.json && ! -e $T/x.json.journal && ! -e $T/x ]] || fail "--$option=$value: something was written"
}
while read -r command option text; do
    read -ra values
    for value in "${values[@]}"; do refused "$command" "$option" "$value" "$text"; done
done <<'TABLE'
bench reps give a whole number from 0 to 100000
-1 100001 x 1x 99999999999999999999
bench exact-reps give a whole number from 0 to 100
101 -1 1.5
bench seed give a whole number
-1 9007199254740993 x
bench time-budget give a time such as 90s, 10m or 1h
0 -1s x 5d 5ss inf nan
bench timeout give a time such as 90s, 10m or 1h
0 m 1hh
bench memory-limit give a size such as 512M or 8G
x 8T 8GG -1 M 99999999999G
bench shard give I/N with 1 <= I <= N
0/2 3/2 1 1/0 a/b 1/2/3
bench pin give a whole number from 0 to 1023
-1 1024 x
bench size there are quick, full and test
huge quic
bench exact-size there are quick, full and test
huge
bench host there is no such host; there are
x86 x64,vax
bench through it is qemu or emu
x
profile engine it is jit or interp
x
profile work give a whole number from 1 to 4294967295
0 -1 x 12x 99999999999
profile timeout give a time such as 90s, 10m or 1h
0 -1 x 5x 1hh nan
profile top give a whole number from 1 to 1000000
0 -1 x 5x 99999999999
profile pairs give a whole number from 0 to 8
-1 x 9 1x
profile host there is no such host; there are
vax
profile through it is qemu or emu
x
profile rank it is host, hits, guest or time
x
TABLE
expect 64 nj profile diff "$T/a" "$T/b" --top=5x
says "give a whole number from 1 to 1000000"
# A CPU that this process may not use: it is allowed one alone.
only=$(taskset -cp $$ | sed 's/.*: *\([0-9]*\).*/\1/') code=0
taskset -c "$only" "$NIGHTJAR" bench --pin $(((only + 1) % 1024)) --matrix ends -o "$T/x.json" >"$T/log" 2>&1 || code=$?
[[ $code == 64 ]] || fail "--pin of a CPU that is not allowed: exit $code"
says "this process may not run on that CPU"
# And what they take.
expect 0 bench "$T/good.json" --matrix ends --peer none --workload alpha --reps 1 --exact-reps 1 --memory-limit 512M --timeout 1m --pin "$only" --seed 9007199254740992 \
    --time-budget 1h --size quick --exact-size test
jq -e --argjson cpu "$only" '.plan.pin == $cpu and .plan.seed == 9007199254740992 and .plan.size == "quick"' "$T/good.json" >/dev/null || fail "what was asked for is not in the plan"
