#!/usr/bin/env bash
# Oracle: emu of this machine, and the evaluator of the IR. emu that is built for another machine does the same: each op, random
# units, workloads of both guests under combinations of switches, with the same number of guest instructions; programs of --user
# that fork. Golden text: the code of short guest sequences (tests/shape). Under QEMU.
# tests: rel
# Skipped without what `make HOST=NAME` fetches. FULL=1 in the environment: all 32 combinations, more workloads, more units.
# HOSTS="rv64": this one alone.
#
# Most runs have no window (mem/window.c): QEMU 7.2 takes 5 s to note each page of what that reserves.
set -uo pipefail
cd "$(dirname "$0")/../../.."
emu=${EMU:-$PWD/build/rel/emu} full=${FULL:-} status=0 runs=0
declare -A qemu=([rv64]=qemu-riscv64 [a64]=qemu-aarch64)
tests=(rows ops floats units atomic stores)
switches=(chain flags regcache tlb ibtc)
workloads=(rv64/dhrystone rv64/coremark-validation rv64/nbody rx/dhrystone rx/coremark-validation rx/mandelbrot)
[[ $full ]] && workloads+=(rv64/spectral rv64/mandelbrot rv64/matrix rx/strings rx/matrix)
narrow=(prlimit "--as=$((40 << 30))")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

complain() { echo "FAIL $*"; status=1; }

# Both switches of each, or each one off, all and none.
combinations() {
    local i k set
    for ((i = 0; i < 32; i++)); do
        set=none
        for k in 0 1 2 3 4; do ((i >> k & 1)) && set+=",+${switches[k]}"; done
        [[ -n $full || $i == 0 || $i == 31 || $i =~ ^(15|23|27|29|30)$ ]] && echo "$set"
    done
    echo all
}

# run TITLE PROGRAM COMMAND...: what it prints is that of this machine's emu.
run() {
    local title=$1 program=$2
    shift 2
    runs=$((runs + 1))
    titles[runs]=$title
    timeout 1000 "$@" --stats="$work/$runs" "build/workloads/$program-test.elf" < /dev/null > "$work/out" 2> "$work/err" ||
        complain "$title: ended with $?: $(tail -n 1 "$work/err")"
    ((runs == first)) && cp "$work/out" "$work/want"
    cmp -s "$work/out" "$work/want" || complain "$title: prints something else"
}

same_counts() {
    local n guest want=
    while IFS=$'\t' read -r n guest; do
        n=${n##*/}
        ((n == first)) && want=$guest
        [[ $guest == "$want" ]] || complain "${titles[n]}: $guest guest instructions, here $want"
    done < <(for ((n = first; n <= runs; n++)); do echo "$work/$n"; done |
        xargs jq -r '"\(input_filename)\t\(.counters.guest_instructions)"')
}

check_emitted() { # HOST: each op and random units
    local t
    for t in "${tests[@]}"; do
        NJ_UNITS=${full:+10}300 timeout 1000 "${qemu[$1]}" "build/$1/emulator/tests/emit/test_$t" > "$work/log" 2>&1 && continue
        complain "$1: test_$t"
        tail -n 20 "$work/log"
    done
}

check_workloads() {
    local host=$1 program set
    for program in "${workloads[@]}"; do
        first=$((runs + 1))
        run "$program here" "$program" "$emu" --features=all
        while read -r set; do
            run "$program on $host, $set" "$program" "${narrow[@]}" "${qemu[$host]}" "build/$host/emu" "--features=$set"
        done < <(combinations)
        [[ -z $full && $program != rv64/nbody ]] ||
            run "$program on $host, interpreted" "$program" "${narrow[@]}" "${qemu[$host]}" "build/$host/emu" --engine=interp
        run "$program on $host, 1 MiB of code" "$program" "${qemu[$host]}" "build/$host/emu" --code-cache=1M
        [[ $(jq .window "$work/$runs") == true ]] || complain "$program on $host: there is no window"
        run "$program on $host without extensions" "$program" "${narrow[@]}" "${qemu[$host]}" "build/$host/emu" --host-isa=none
        same_counts
        [[ -z $full ]] || echo "$program on $host: $((runs - first + 1)) runs of $(jq .counters.guest_instructions "$work/$first") guest instructions"
    done
}

# Modes and paging; each program checks itself.
check_paging() {
    local host=$1
    emulator/tests/guest/build.sh && emulator/tests/guest/run.sh --folder rv64_priv "${qemu[$host]} build/$host/emu {elf}" > "$work/log" 2>&1 ||
        { complain "$host: programs with paging"; grep -v '^pass' "$work/log"; }
}

# A child of fork() has a code cache of its own, which QEMU does not map as the kernel does.
check_forks() {
    local host=$1 command=("${qemu[$1]}" "$PWD/build/$1/emu" --user)
    emulator/tests/user/build.sh "$work/forking" emulator/tests/user/forking.c -O2 || { complain "forking.c: not built"; return; }
    (cd "$work" && timeout 1000 qemu-riscv64 forking < /dev/null > want 2> /dev/null; echo "$?" >> want)
    (cd "$work" && timeout 1000 "${command[@]}" forking < /dev/null > out 2> err; echo "$?" >> out)
    cmp -s "$work/out" "$work/want" || { complain "$host: programs that fork"; diff "$work/want" "$work/out"; head -n 3 "$work/err"; }
}

# The harness runs there, too (ci/examples/hosts.yml): what needs no library that is not fetched compiles.
check_harness() {
    local host=$1 f
    for f in bench/environment.c bench/cpu_other.c bench/model/hosts.c bench/base/process.c; do
        "build/cross/$host/cc" -std=gnu11 -D_GNU_SOURCE -I. -Iemulator -Wall -Wextra -Werror -fsyntax-only "$f" > "$work/log" 2>&1 ||
            { complain "$host: $f does not compile"; head -n 5 "$work/log"; }
    done
}

# The page shows text as it is.
check_profile() {
    local host=$1
    build/rel/nightjar profile dhrystone --host "$host" --size test --pairs 0 -o "$work/profile" > "$work/log" 2>&1 ||
        { complain "$host: no profile"; tail "$work/log"; }
    grep -q '"why"' "$work/profile/profile.json" || complain "$host: a profile without code"
    grep -qF '\t' "$work/profile/profile.json" && complain "$host: tabs in the text of the profile"
    return 0
}

# emu in emu: the outer one runs the inner one's code, which is generated while it runs.
check_in_emu() {
    local host=$1 program
    [[ $host == rv64 ]] || return 0
    for program in rv64/dhrystone rv64/coremark rx/coremark-validation; do
        first=$((runs + 1))
        run "$program here" "$program" "$emu"
        run "$program on $host in emu" "$program" "$emu" --user "build/$host/emu"
        same_counts
    done
}

done=()
for host in ${HOSTS:-rv64 a64}; do
    [[ -e build/cross/$host/FETCHED ]] || continue
    command -v "${qemu[$host]}" > /dev/null || { echo "skipped: no ${qemu[$host]}"; exit 77; }
    # shellcheck disable=SC2086
    make -s HOST="$host" emu $(printf "build/$host/emulator/tests/emit/test_%s " "${tests[@]}") > "$work/log" 2>&1 ||
        { complain "HOST=$host cannot be built"; tail "$work/log"; continue; }
    check_emitted "$host"
    emulator/tests/shape/shape.test.sh "$host" || status=1
    check_paging "$host"
    check_forks "$host"
    check_harness "$host"
    check_profile "$host"
    check_workloads "$host"
    check_in_emu "$host"
    done+=("$host")
done
((${#done[@]})) || ((status)) || { echo "skipped: no other host was built: make HOST=rv64"; exit 77; }
echo "${done[*]}: $runs runs"
exit $status
