#!/usr/bin/env bash
# faults.sh [-s N] [-k calls|heap] [CASE...]: each system call and each allocation of a command fails once.
#
# Oracle: the command without a fault. Where one strikes, the command ends with a code of its table and a message, or with 0 and
# the same result; each output file is as before or whole; no other file and no process is left; nothing hangs or crashes.
# Cases: bare user interp family (emu), night report merge compare history site gate (nightjar); default all.
#   -s N      only N of them a case and kind, evenly spread: what `make test` runs (emulator/tests/system/faults.test.sh,
#             bench/tests/host_faults.sh). Else every call, and every place of the program that allocates.
#   -k KIND   only `calls` or `heap`
#   -c NAMES  only these system calls (ci/tools/fault.c has the list)
# The failing ones are printed with the command that repeats them. Exit status: 0, or 1 if there was one.
set -uo pipefail
cd "$(dirname "$0")/.."
sample=0 kinds='calls heap' names=all
while getopts s:k:c: option; do
    case $option in
    s) sample=$OPTARG ;;
    k) kinds=$OPTARG ;;
    c) names=$OPTARG kinds=calls ;;
    *) sed -n '2,13p' "$0" >&2; exit 64 ;;
    esac
done
shift $((OPTIND - 1))
[[ $# -gt 0 ]] || set -- bare user interp family night report merge compare history site gate
EMU=$(realpath "${EMU:-build/rel/emu}") NIGHTJAR=$(realpath "${NIGHTJAR:-build/rel/nightjar}")
FAULT=$PWD/build/gen/fault FAIL_ALLOC=$PWD/build/gen/fail_alloc.so ROOT=$PWD
make -s --no-print-directory build/gen/fault build/gen/fail_alloc.so || exit 1
# The harness's cases have its tests' folder with a fake emulator, which is $T.
source bench/tests/lib.sh
set +e
work=$T/work bad=0 tried=0 alloc= places=()
case_of() { # sets up the folder $T, and how a run is judged
    command=() outputs=() codes='125' name=emu first="-p -c $names" again=() keeps= prepare=() guest=none
    case $1 in
    bare) command=("$EMU" --stats=s.json --profile=p.json "$ROOT/build/workloads/rv64/dhrystone-test.elf")
        outputs=('s.json .counters.guest_instructions' 'p.json .blocks|length') ;;
    interp) command=("$EMU" --engine=interp --stats=s.json "$ROOT/build/workloads/rx/loop-test.elf")
        outputs=('s.json .counters.guest_instructions') ;;
    user) command=("$EMU" --user --stats=s.json --profile=p.json "$ROOT/build/workloads/rv64-linux/dhrystone-test.elf")
        guest=write # the program's own: what it prints is lost, and it does not look
        outputs=('s.json .counters.guest_instructions > 1000' 'p.json .blocks|length > 9') ;;
    family) command=("$EMU" --user --stats=s.json "$T/forks" 2)
        codes='125|1' name='(emu|line [0-9]*|forks)' first="-c $names"
        outputs=('s.json .counters.guest_instructions > 1000')
        [[ -e $T/forks ]] || emulator/tests/user/build.sh "$T/forks" emulator/tests/user/forks.c -O2 || exit 1 ;;
    night) name=nightjar codes='3|64|65|74' keeps='night.json.journal night.json.scratch'
        command=("$NIGHTJAR" bench --emu "$T/emu" --workloads-dir "$T/workloads" --elf-dir "$T/elf" --peers-dir "$T/peers"
            --noise "$T/noise.json" --matrix ends --peer none --workload alpha --reps 1 --exact-reps 1 --seed 6 -o night.json)
        again=("${command[@]}" --resume)
        outputs=('night.json .samples|length') ;;
    report) name=nightjar codes='65|74' keeps='out'
        command=("$NIGHTJAR" report "$T/run.json" -o out --no-plots) ;;
    merge) name=nightjar codes='3|65|74'
        command=("$NIGHTJAR" merge "$T/s1.json" "$T/s2.json" -o both.json)
        outputs=('both.json .samples|length') ;;
    compare) name=nightjar codes='65|74'
        command=("$NIGHTJAR" compare "$T/run.json" "$T/run.json" --json c.json)
        outputs=('c.json .verdict') ;;
    history) name=nightjar codes='65|74' keeps=store
        prepare=("$NIGHTJAR" history init --store store --repo "$ROOT")
        command=("$NIGHTJAR" history add --store store "$T/run.json")
        again=("${command[@]}") ;;
    site) name=nightjar codes='65|74' keeps='store out'
        prepare=(cp -r "$T/store" .)
        command=("$NIGHTJAR" site --store store -o out)
        again=("${command[@]}") ;;
    gate) name=nightjar codes='3|65|74'
        command=("$NIGHTJAR" gate --base "$T/run.json" --head "$T/run.json" --exact-only --no-explain --json=g.json)
        outputs=('g.json .verdict') ;;
    *) echo "faults.sh: there is no case '$1'" >&2; exit 64 ;;
    esac
}

# run_one PREFIX...: the command in a fresh folder, its end in $verdict
run_one() {
    rm -rf "$work" && mkdir "$work"
    [[ ${#prepare[@]} == 0 ]] || (cd "$work" && "${prepare[@]}" >/dev/null)
    (cd "$work" && exec "$FAULT" -o "$T/verdict" "$@" ${alloc:+env "LD_PRELOAD=$FAIL_ALLOC" "NIGHTJAR_ALLOC=$alloc"} "${command[@]}" >"$T/stdout" 2>"$T/stderr" </dev/null)
    read -r verdict <"$T/verdict"
    local part
    for part in $verdict; do printf -v "v_${part%%=*}" %s "${part#*=}"; done
}

complain_of() { # complain_of WHAT: one line, how to repeat it, what was said
    bad=$((bad + 1))
    echo "FAILED $case $kind $n: $1 ($verdict)"
    tail -n 3 "$T/stderr" | sed 's/^/    /'
}

judge() {
    local output file filter have whole=yes
    tried=$((tried + 1))
    [[ $v_hung == 0 ]] || complain_of "it hangs"
    [[ $v_left == 0 ]] || complain_of "processes are left"
    if [[ $v_signal != 0 ]]; then complain_of "a signal ended it"; return; fi
    for output in "${outputs[@]}"; do
        file=${output%% *} filter=${output#* }
        if [[ ! -e $work/$file ]]; then whole=no; continue; fi
        have=$(jq -c "$filter" "$work/$file" 2>/dev/null)
        [[ -n $have && ( $v_exit != 0 || $have == "${want[$file]}" ) ]] || complain_of "$file is not whole: $have, not ${want[$file]}"
    done
    if [[ $v_exit == 0 ]]; then
        [[ $whole == yes ]] || complain_of "exit code 0, and a file is missing"
        [[ -z $steady || $v_failed == "$guest" ]] || cmp -s "$T/stdout" "$T/want" || complain_of "exit code 0, and it printed something else"
    else
        [[ $v_exit =~ ^($codes)$ ]] || complain_of "exit code $v_exit"
        grep -Eq "^$name: " "$T/stderr" "$T/stdout" || complain_of "no message"
    fi
    for file in $(ls -A "$work"); do
        [[ " $keeps ${outputs[*]%% *} " == *" $file "* ]] || complain_of "$file is left"
    done
    # What it kept is enough to go on.
    if [[ ${#again[@]} -gt 0 && $v_exit != 0 ]]; then
        (cd "$work" && "${again[@]}" >"$T/again" 2>&1 </dev/null) || complain_of "it cannot go on: $(tail -n 1 "$T/again")"
    fi
}

# Numbers 1 to $1, or $sample of them.
numbers() {
    if ((sample && sample < $1)); then
        for ((i = 0; i < sample; i++)); do echo $((1 + i * ($1 - 1) / (sample > 1 ? sample - 1 : 1))); done | uniq
    else
        seq "$1"
    fi
}

declare -A want
need_runs() { # what the harness's cases read
    [[ -e $T/run.json ]] && return
    (bench "$T/run.json" --matrix ends --peer none --reps 2 --exact-reps 1 && for i in 1 2; do
        bench "$T/s$i.json" --matrix ends --peer none --reps 2 --exact-reps 1 --seed 5 --shard $i/2
    done
    "$NIGHTJAR" history init --store "$T/store" --repo "$ROOT" && "$NIGHTJAR" history add --store "$T/store" "$T/run.json") >/dev/null 2>&1 ||
        fail "no run to work with"
}
for case in "$@"; do
    [[ $case =~ ^(bare|user|interp|night)$ ]] || need_runs
    case_of "$case"
    before=$tried before_bad=$bad
    verdict= n=0 kind=none
    run_one $first -n 0
    [[ $v_exit == 0 ]] || { complain_of "without a fault"; continue; }
    cp "$T/stdout" "$T/want"
    for output in "${outputs[@]}"; do want[${output%% *}]=$(jq -c "${output#* }" "$work/${output%% *}"); done
    calls=$v_calls
    run_one $first -n 0
    steady=; cmp -s "$T/stdout" "$T/want" && steady=yes
    if [[ $kinds == *calls* ]]; then
        kind=calls
        for n in $(numbers "$calls"); do run_one $first -n "$n"; kind=${v_failed:-none} judge; done
    fi
    if [[ $kinds == *heap* ]]; then
        kind=heap
        rm -f "$T/places"
        alloc=list:$T/places run_one -c execve
        mapfile -t places <"$T/places"
        for i in $(numbers ${#places[@]}); do
            n=${places[i - 1]}
            alloc=$n run_one -c execve
            judge
        done
    fi
    echo "$case: $((tried - before)) faults ($calls calls, ${#places[@]} places of the heap), $((bad - before_bad)) complaints"
done
echo "faults: $tried faults, $bad complaints"
((bad == 0))
