#!/usr/bin/env bash
# fuzz.sh [-s SECONDS] [-t NAME] [-S SEED] [-m MODE]: the random tests of the suite with new seeds, in turn, until the time is over.
#
# `make fuzz SECONDS=600 T=streams MODE=hostile`. Without a seed the clock chooses one. A failure prints the command that
# repeats it, keeps the log, and the others go on. Exit status: 0 no difference found, 1 some were, 64 usage.
# A log of what ran is build/fuzz/runs.tsv: target, mode, seed, runs, result.
#
# Targets, each against the oracle that its test names:
#   streams rx      random instructions of RV64 and RX: interpreter against translator, random switches
#   qemu rxqemu     the same against QEMU                 units   random IR through allocator and emitter
#   passes          random IR through random passes       c       random C programs: native, QEMU, emu
#   calls           random system calls, a canary         elf     broken ELFs        gdb   broken packets
set -uo pipefail
cd "$(dirname "$0")/.."
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
targets=(streams rx units passes qemu rxqemu c calls elf gdb)
if [[ -n $only ]]; then
    [[ " ${targets[*]} " == *" $only "* ]] || { echo "fuzz.sh: there is no target '$only'; there are ${targets[*]}" >&2; exit 64; }
    targets=("$only")
fi
[[ $seconds =~ ^[1-9][0-9]*$ && $seed =~ ^[0-9]+$ ]] || { echo "fuzz.sh: seconds and seed are whole numbers" >&2; exit 64; }
out=build/$mode/emulator/tests
logs=build/fuzz
mkdir -p "$logs"

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
    calls) line="env SEEDS=$s CALLS=20000 emulator/tests/user/fuzz.test.sh" ;;
    elf) runs=20000 binary=$out/fuzz/test_fuzz_elf line="$out/fuzz/test_fuzz_elf 20000 $s" ;;
    gdb) runs=500 binary=$out/fuzz/test_fuzz_gdb line="$out/fuzz/test_fuzz_gdb 500 $s" ;;
    esac
}

needed=(build/rel/emu)
for t in "${targets[@]}"; do
    command_of "$t" 0
    needed+=($binary)
done
make --no-print-directory -s "${needed[0]}" || exit 1
((${#needed[@]} == 1)) || make --no-print-directory -s MODE="$mode" "${needed[@]:1}" || exit 1
[[ ! -x build/$mode/emu ]] || export EMU=$PWD/build/$mode/emu
export MODE=$mode

end=$((SECONDS + seconds)) failed=0 rounds=0
echo "fuzz: ${targets[*]}, MODE=$mode, from seed $seed, $seconds s"
while ((SECONDS < end)); do
    for t in "${targets[@]}"; do
        ((SECONDS < end)) || break
        command_of "$t" "$seed"
        log=$logs/$t.$mode.$seed.log status=0
        timeout 1800 $line >"$log" 2>&1 || status=$?
        case $status in
        0) result=same && rm "$log" ;;
        77) result=skipped && tail -n 1 "$log" && rm "$log" ;;
        *)
            result=FAILED failed=$((failed + 1))
            echo "FAILED  MODE=$mode $line   ($log)"
            tail -n 3 "$log" | sed 's/^/    /'
            ;;
        esac
        printf '%s\t%s\t%s\t%s\t%s\n' "$t" "$mode" "$seed" "$runs" "$result" >>"$logs/runs.tsv"
        rounds=$((rounds + 1))
    done
    seed=$((seed + 5000)) # a round takes seeds up to SEED + runs
done
echo "fuzz: $rounds rounds, $failed failed; $logs/runs.tsv has them"
((failed == 0))
