#!/usr/bin/env bash
# What `make nightly` does once everything is built: the noise floor of this machine, a quick matrix of both benchmarks with
# every peer that is here, the report, the hot blocks. A few minutes. The same command after Ctrl-C, kill -9 or a power cut goes on where it was.
# Where `make linux` has fetched Debian's kernel, it also boots (a minute more); nothing is fetched here.
#
# Environment:
#   NIGHTJAR_BUDGET   time for the matrix, default 230s (the first round of every configuration is always finished)
#   NIGHTJAR_OUT      folder of the report, default reports/out
#   NIGHTJAR_HISTORY  the history that this night is added to, default build/history; keep it outside of what `make clean` removes
#   NIGHTJAR_SITE     folder of the pages over all nights, default reports/site
# Exit status: 0 done; 3 the report is there, but some samples do not count or pictures are missing; others as of nightjar.
set -uo pipefail
cd "$(dirname "$0")/.."

nightjar=build/rel/nightjar
run=build/nightly.json
out=${NIGHTJAR_OUT:-reports/out}
export NIGHTJAR_HISTORY=${NIGHTJAR_HISTORY:-build/history}
site=${NIGHTJAR_SITE:-reports/site}
# NAME-sv39: the same program in S-mode behind page tables, where the TLB saves what the field means by it.
workloads=(--workload dhrystone --workload coremark --workload dhrystone-sv39 --workload coremark-sv39)
# Every sample takes the same CPU time, however slow its configuration is, so that at least nine rounds fit.
plan=("${workloads[@]}" --matrix quick --peer all --events default --time-budget "${NIGHTJAR_BUDGET:-230s}"
    --title "nightly" -o "$run")
status=0

say() { printf '\nnightly: %s\n' "$*"; }

# The worst that happened decides; 3 (something does not count) does not stop the night. WHAT says where to look.
incomplete=()
keep() { # CODE WHAT
    local code=$1
    [ "$code" -eq 0 ] && return
    [ "$code" -eq 3 ] || exit "$code"
    incomplete+=("$2")
    status=3
}

# Is there a journal of exactly this plan, with this emulator?
interrupted() {
    local hash
    [ -s "$run.journal" ] || return 1
    hash=$("$nightjar" bench "${plan[@]}" --dry-run 2>/dev/null | sed -n 's/^plan \([0-9a-f]*\),.*/\1/p')
    [ -n "$hash" ] && head -n 1 "$run.journal" | grep -q "\"plan_hash\": *\"$hash"
}

# The anchor is the emulator of the first night; it runs beside that of every other. `nightjar anchor --emu FILE` renews it, and times
# go on; replaced by hand it begins them anew.
if [ ! -e "$NIGHTJAR_HISTORY/history.json" ]; then
    mkdir -p "$NIGHTJAR_HISTORY" && "$nightjar" history init || exit
fi
if [ ! -e "$NIGHTJAR_HISTORY/anchor/emu" ]; then
    mkdir -p "$NIGHTJAR_HISTORY/anchor" && cp build/rel/emu "$NIGHTJAR_HISTORY/anchor/emu.new" && mv "$NIGHTJAR_HISTORY/anchor/emu.new" "$NIGHTJAR_HISTORY/anchor/emu"
fi
mkdir -p build/anchor
cmp -s "$NIGHTJAR_HISTORY/anchor/emu" build/anchor/emu || cp "$NIGHTJAR_HISTORY/anchor/emu" build/anchor/emu

began=$SECONDS
if interrupted; then
    say "an interrupted run of this build is here and goes on"
    plan+=(--resume)
else
    say "1 of 3: how noisy is this machine? (half a minute)"
    "$nightjar" aa "${workloads[@]}" --events default --reps 9 --time-budget 30s
    code=$?
    # An alarm between two equal arms (1) is a finding about the machine, not a reason to stop: the report shows the floor.
    [ "$code" -eq 1 ] || keep "$code" "the noise floor"
fi

say "2 of 3: the matrix"
"$nightjar" bench "${plan[@]}"
keep $? "the matrix"

# WHY beside the matrix: they show what translating costs and what large, flat code becomes, which takes few configurations; an iteration
# is 90 M instructions, and every configuration of the matrix would be counted by one. Half a minute.
say "real programs: a compiler and an interpreter, beside native code and QEMU"
"$nightjar" bench --workload compiler --workload interpreter --features all --features all,-region --peer all \
    --reps 3 --exact-reps 1 --sample 0.3s --title "nightly: programs" -o build/nightly-programs.json
keep $? "the real programs"
for name in compiler interpreter; do
    "$nightjar" profile "$name" --size test --guest rv64 --pairs 0 -q --report ../../index.html -o "$out/programs/hot/rv64-$name"
    code=$?
    [ "$code" -eq 0 ] || keep 3 "the hot blocks of $name, exit code $code"
done
"$nightjar" report build/nightly-programs.json -o "$out/programs"
keep $? "the report of the real programs"

say "3 of 3: the hot blocks, and the report that leads to them"
for guest in rv64 rx; do
    for name in dhrystone coremark; do
        "$nightjar" profile "$name" --guest "$guest" --pairs 0 -q --report ../../index.html -o "$out/hot/$guest-$name"
        code=$?
        [ "$code" -eq 0 ] || keep 3 "the hot blocks of $name ($guest), exit code $code"
    done
done
since=()
previous=$(find build -maxdepth 1 -name 'nightly-2*.json' | sort | tail -n 1) # `bench` keeps a finished run under its time
if [ -n "$previous" ]; then
    # What moved is for a person to read: the gate decides elsewhere. A refusal (another machine) has nothing to show.
    "$nightjar" compare "$previous" "$run" --json "${run%.json}-since.compare" >"${run%.json}-since.txt" 2>&1
    [ $? -le 3 ] && since=(--since "${run%.json}-since.compare")
fi
"$nightjar" report "$run" "${since[@]}" -o "$out"
keep $? "the report or one of its pictures"

say "the history: this night is added, what changed is said, the pages over all nights are written"
profiles=()
for file in "$out"/hot/*/profile.json; do [ -e "$file" ] && profiles+=(--profile "$file"); done
"$nightjar" history add build/nightly-programs.json
keep $? "the history of the real programs"
"$nightjar" history add "$run" "${profiles[@]}"
keep $? "the history"
"$nightjar" trend --since 2
keep $? "what the history says changed"
ci/uplot.sh
"$nightjar" site -o "$site" --hot "$(realpath -m --relative-to "$site" "$out/hot")"
keep $? "the pages over all nights"

# WHY not in the matrix: a boot takes as long as all of Dhrystone, and fifteen times as long without the TLB.
if [ -e build/linux/FETCHED ]; then
    say "Linux boots, alone and with CoreMark, beside QEMU"
    "$nightjar" bench --workload linux-boot --workload linux-coremark --features all --features all,-region --features all,-chain \
        --peer qemu-system --reps 3 --exact-reps 2 --title "nightly: Linux" -o build/nightly-linux.json
    keep $? "the boots of Linux"
    "$nightjar" report build/nightly-linux.json -o "$out/linux"
    keep $? "the report of the boots"
else
    say "linux-boot and linux-coremark are skipped: \`make linux\` fetches Debian's kernel (110 MiB)"
fi

say "done in $(((SECONDS - began) / 60)) min $(((SECONDS - began) % 60)) s. Open $(realpath "$out")/index.html"
for what in "${incomplete[@]}"; do say "NOT WHOLE: $what (above, it says why)"; done
exit $status
