#!/usr/bin/env bash
# fuzz.sh [-s SECONDS] [-t NAME] [-S SEED] [-m MODE]: the random tests of the suite with new seeds, in turn, until the time is over.
#
# `make fuzz SECONDS=600 T=streams MODE=hostile`. Without a seed the clock chooses one. A failure prints the command that
# repeats it, keeps the log, and the others go on. Exit status: 0 no difference found, 1 some were, 64 usage.
# A log of what ran is build/fuzz-logs/runs.tsv: target, mode, seed, runs, result. fuzz.sh --shrink LOG makes a failure small and a
# regression test (ci/fuzz_shrink.sh; `make fuzz-shrink LOG=FILE`). docs/FUZZING.md says more.
#
# Targets, each against the oracle that its test names:
#   streams rx      random instructions of RV64 and RX: interpreter against translator, random switches
#   qemu rxqemu     the same against QEMU                 units   random IR through allocator and emitter
#   passes          random IR through random passes       c own   random C programs, csmith's and ours: native, QEMU, emu
#   calls           random system calls, a canary         elf gdb broken ELFs, packets
#   changes         changed inputs of all guided targets, in any mode
#   guided          by coverage, with libFuzzer: all of them a while each, or guided-NAME alone; MODE does not matter.
set -uo pipefail
cd "$(dirname "$0")/.."
[[ ${1:-} != --shrink ]] || { shift; exec ci/fuzz_shrink.sh "$@"; }
seconds=60 only= seed=$(date +%s) mode=${MODE:-rel}
while getopts s:t:S:m: option; do
    case $option in
    s) seconds=$OPTARG ;;
    t) only=$OPTARG ;;
    S) seed=$OPTARG ;;
    m) mode=$OPTARG ;;
    *) sed -n '2,4p' "$0" >&2; exit 64 ;;
    esac
done
of_emu=(elf boot decode engines ir replay gdb devices calls) of_nightjar=(run stats profile noise journal columns manifest peers golden)
guided=("${of_emu[@]/#/guided-}" "${of_nightjar[@]/#/guided-}")
targets=(streams rx units passes qemu rxqemu c own calls elf gdb changes)
if [[ $only == guided ]]; then
    targets=("${guided[@]}")
elif [[ -n $only ]]; then
    [[ " ${targets[*]} ${guided[*]} " == *" $only "* ]] ||
        { echo "fuzz.sh: there is no target '$only'; there are ${targets[*]} guided ${guided[*]}" >&2; exit 64; }
    targets=("$only")
fi
[[ $seconds =~ ^[1-9][0-9]*$ && $seed =~ ^[0-9]+$ ]] || { echo "fuzz.sh: seconds and seed are whole numbers" >&2; exit 64; }
out=build/$mode/emulator/tests
logs=build/fuzz-logs
mkdir -p "$logs"

# guided_of NAME: the program that has the target, and its blind companion, which knows the seeds.
guided_of() {
    if [[ " ${of_emu[*]} " == *" $1 "* ]]; then echo emulator; else echo ci; fi
}

# command TARGET SEED: one round; sets `runs`, `binary` (what make builds for it) and `line` (what runs).
command_of() {
    local s=$2
    binary= runs=1
    case $1 in
    streams) runs=2000 binary=$out/diff/test_streams line="$out/diff/test_streams --runs=2000 --seed=$s" ;;
    rx) runs=2000 binary=$out/guest/test_rx_streams line="$out/guest/test_rx_streams 2000 $s" ;;
    units) runs=2000 binary=$out/emit/test_units line="env NJ_SEED=$s NJ_UNITS=2000 $out/emit/test_units" ;;
    passes) runs=2000 binary=$out/opt/test_opt_random line="env NJ_SEED=$s NJ_UNITS=2000 $out/opt/test_opt_random" ;;
    qemu) runs=1000 binary=$out/diff/test_streams line="emulator/tests/diff/qemu.test.sh 1000 $s" ;;
    rxqemu) runs=1000 binary=$out/guest/test_rx_streams line="emulator/tests/diff/rx_qemu.test.sh 1000 $s" ;;
    c) runs=10 line="emulator/tests/diff/csmith.test.sh --count 10 --seed $s" ;;
    own) runs=10 line="env KEEP=$logs emulator/tests/diff/random_c.test.sh --count 10 --seed $s" ;;
    calls) line="env SEEDS=$s CALLS=20000 emulator/tests/user/fuzz.test.sh" ;;
    elf) runs=20000 binary=$out/fuzz/test_fuzz_elf line="$out/fuzz/test_fuzz_elf 20000 $s" ;;
    gdb) runs=500 binary=$out/fuzz/test_fuzz_gdb line="$out/fuzz/test_fuzz_gdb 500 $s" ;;
    changes)
        local names=("${of_emu[@]}" "${of_nightjar[@]}") name
        name=${names[s / 5000 % ${#names[@]}]} runs=1000
        binary="$out/fuzz/test_corpus build/$mode/ci/tests/test_corpus"
        if [[ $(guided_of "$name") == ci ]]; then line="build/$mode/ci/tests/test_corpus $name $runs $s"; else line="$out/fuzz/test_corpus $name $runs $s"; fi
        ;;
    guided-*)
        local name=${1#guided-} room left=$((end - SECONDS))
        room=$(guided_of "$name")
        binary="build/fuzz/$room/guided $(blind "$room")"
        line="guided $name $room $((left < slice ? left : slice)) $s"
        ;;
    esac
}
blind() { if [[ $1 == ci ]]; then echo build/rel/ci/tests/test_corpus; else echo build/rel/emulator/tests/fuzz/test_corpus; fi; }

# guided NAME ROOM SECONDS SEED: libFuzzer from the corpus of this machine, which begins as the seeds and grows. Says how many ran.
guided() {
    local corpus=build/fuzz/corpus/$1 found=build/fuzz/found/$1/ status=0
    mkdir -p "$corpus" "$found"
    "$(blind "$2")" --seeds "$1" "$corpus" || return 1
    grep -ohE '"[a-z_0-9]{3,}"|MEMBER\([A-Za-z]+, [a-z_0-9]+' bench/model/*.inc bench/peers/*.json workloads/*/manifest.json |
        sed -E 's/.*, /"/; s/"?$/"/; s/^"(.*)"$/"\\"\1\\""/' | sort -u >"build/fuzz/dictionary"
    TARGET=$1 "build/fuzz/$2/guided" -max_total_time="$3" -seed="$(($4 % 4294967295 + 1))" -timeout=60 -rss_limit_mb=4096 -use_value_profile=1 \
        -dict=build/fuzz/dictionary -artifact_prefix="$found" -print_final_stats=1 "$corpus" || status=$?
    return $status
}

slice=60
end=$((SECONDS + seconds))
((seconds / ${#targets[@]} >= slice)) || slice=$((seconds / ${#targets[@]} > 5 ? seconds / ${#targets[@]} : 5))
needed=(build/rel/emu) of_mode=() of_fuzz=()
for t in "${targets[@]}"; do
    command_of "$t" 0
    for b in $binary; do
        case $b in build/fuzz/*) of_fuzz+=("$b") ;; build/rel/*) needed+=("$b") ;; *) of_mode+=("$b") ;; esac
    done
done
make --no-print-directory -s "${needed[@]}" || exit 1
((${#of_mode[@]} == 0)) || make --no-print-directory -s MODE="$mode" "${of_mode[@]}" || exit 1
((${#of_fuzz[@]} == 0)) || make --no-print-directory -s MODE=fuzz "${of_fuzz[@]}" || exit 1
[[ ! -x build/$mode/emu ]] || export EMU=$PWD/build/$mode/emu
export MODE=$mode

end=$((SECONDS + seconds)) failed=0 rounds=0 total=0
echo "fuzz: ${targets[*]}, MODE=$mode, from seed $seed, $seconds s"
while ((SECONDS < end)); do
    for t in "${targets[@]}"; do
        ((SECONDS < end)) || break
        command_of "$t" "$seed"
        log=$logs/$t.$mode.$seed.log status=0
        if [[ $t == guided-* ]]; then
            $line >"$log" 2>&1 || status=$?
            runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        else
            timeout 1800 $line >"$log" 2>&1 || status=$?
        fi
        case $status in
        0) result=same && rm "$log" ;;
        77) [[ $t != guided-* ]] && result=skipped && tail -n 1 "$log" && rm "$log" || { result=FAILED failed=$((failed + 1)); echo "FAILED  $line   ($log)"; } ;;
        *)
            result=FAILED failed=$((failed + 1))
            echo "FAILED  MODE=$mode $line   ($log)"
            grep -aE 'runtime error|ERROR:|nightjar: bug|FAIL|seed [0-9]' "$log" | head -n 3 | sed 's/^/    /'
            ;;
        esac
        printf '%s\t%s\t%s\t%s\t%s\n' "$t" "$mode" "$seed" "${runs:-0}" "$result" >>"$logs/runs.tsv"
        rounds=$((rounds + 1)) total=$((total + ${runs:-0}))
    done
    seed=$((seed + 5000)) # a round takes seeds up to SEED + runs
done
echo "fuzz: $rounds rounds, $total runs, $failed failed; $logs/runs.tsv has them"
((failed == 0)) || echo "fuzz: ci/fuzz.sh --shrink LOG makes one small and a regression test"
((failed == 0))
