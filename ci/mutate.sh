#!/usr/bin/env bash
# mutate.sh [-n COUNT] [-s SEED] [-r ROOM]... [-w] [-c TESTS]: plants one fault at a time in the sources and counts how many the tests catch.
#
# The places are chosen by a seed (ci/tools/mutate.c: operators, constants, conditions, dropped statements, bits of
# instruction patterns). A mutant is one object, compiled from a changed copy; nothing in the checkout is written. A mutant
# that does not compile, or compiles to the same code, is not judged: the next place is taken. The others meet the tests of
# their room up to the first that fails: first those that caught another mutant of the file or include its header, then the
# cheapest; a test that takes ten times its CPU time has failed too.
#   -n COUNT  mutants to judge, 200 without it, shared among the rooms by their weight
#   -s SEED   1 without it       -r ROOM  only this room (may be repeated)
#   -w        survivors of a former run meet the tests again; without it every verdict is kept while the source is the same
#   -c TESTS  only so many of a room's tests, the cheapest: a mutant that passes them is open, not judged, and stays so for the
#             next run
# Verdicts are in build/mutate/results.tsv, so a run that was stopped goes on. ci/mutate.survivors has the survivors that
# were looked at: file, kind, old, new, the line, and the reason why no test can or need tell them from the original; what it
# calls equivalent meets no test.
# Exit status: 0 at least 95 % are caught, equivalent ones aside, and every survivor is listed; 1 else; 64 usage.
set -uo pipefail
cd "$(dirname "$0")/.."
unset MAKEFLAGS MFLAGS MAKELEVEL
out=$PWD/build/mutate
results=$out/results.tsv
reasons=ci/mutate.survivors
GOAL=95 WALL=3600

# ---- the rooms: weight of 200, files, tests. A test is MODE:PATH, a program or a script.
rooms=(opt ra x64 lift table judge)
declare -A weight=([opt]=50 [ra]=35 [x64]=45 [lift]=15 [table]=10 [judge]=45)
declare -A files=(
    [opt]='emulator/opt/*.c'
    [ra]='emulator/ra/*.c'
    [x64]='emulator/host/x64/{alu,atomic,control,enc,entry,float,memory,operand,x64}.c emulator/host/{driver,edges,detour}.c'
    [lift]='emulator/guest/{decode,lift}.c emulator/guest/rv64/lift*.c emulator/guest/rx/{operands,lift*}.c'
    [table]='emulator/guest/*/*.insn'
    [judge]='bench/{judge*,noise,attribution,validity}.c bench/base/{ranks,statistics}.c ci/{gate_judge,gate_time,detect,drift,changes}.c'
)
units='rel:emulator/tests/emit/test_units.c rel:emulator/tests/diff/test_streams.c rel:emulator/tests/guest/test_rx_streams.c'
checked='asan:emulator/tests/emit/test_units.c asan:emulator/tests/diff/test_streams.c asan:emulator/tests/guest/test_rx_streams.c'
guests='rel:emulator/tests/guest/rv64.test.sh rel:emulator/tests/guest/rv64_priv.test.sh rel:emulator/tests/guest/rv64_float.test.sh rel:emulator/tests/guest/test_rx.c'
code='rel:emulator/tests/shape/shape.test.sh rel:ci/tests/golden_fresh.sh'
decoders="rel:emulator/tests/decode/test_rv64.c rel:emulator/tests/decode/test_rx.c rel:emulator/tests/decode/test_rand.c
    rel:emulator/tests/guest/test_lift.c rel:emulator/tests/guest/test_rx.c rel:emulator/tests/guest/test_rx_operands.c
    rel:emulator/tests/guest/test_rx_memory.c rel:emulator/tests/guest/test_rx_control.c rel:emulator/tests/guest/test_rx_float.c
    $guests $units rel:emulator/tests/guest/test_rv64_trap.c rel:emulator/tests/shape/shape.test.sh
    rel:emulator/tests/diff/qemu.test.sh rel:emulator/tests/diff/programs.test.sh"
declare -A tests=(
    [lift]=$decoders
    [table]=$decoders
    [opt]="rel:emulator/tests/opt/test_opt.c rel:emulator/tests/opt/test_opt_random.c $code $units $guests $checked"
    [ra]="rel:emulator/tests/emit/test_stores.c rel:emulator/tests/emit/test_ra_print.c $code rel:emulator/tests/emit/test_ops.c $units $guests $checked"
    [x64]="rel:emulator/tests/host/test_x64_enc.c rel:emulator/tests/host/test_saved.c rel:emulator/tests/emit/test_edges.c rel:emulator/tests/emit/test_rows.c
           rel:emulator/tests/emit/test_ops.c rel:emulator/tests/emit/test_floats.c rel:emulator/tests/emit/test_atomic.c $code $units
           rel:emulator/tests/emit/test_stores.c $guests rel:emulator/tests/diff/programs.test.sh $checked"
    [judge]="rel:bench/tests/test_files.c rel:bench/tests/test_noise.c rel:bench/tests/test_stats.c rel:bench/tests/test_judge.c rel:bench/tests/test_attribution.c rel:ci/tests/test_detect.c
             rel:ci/tests/test_gate.c rel:ci/tests/test_gate_judge.c rel:ci/tests/test_bridge.c rel:ci/tests/test_changes.c rel:bench/tests/test_plan.c rel:ci/tests/test_simulate.c
             asan:bench/tests/test_stats.c asan:bench/tests/test_judge.c asan:ci/tests/test_detect.c asan:ci/tests/test_gate_judge.c
             asan:ci/tests/test_changes.c asan:bench/tests/test_noise.c rel:bench/tests/test_coverage.c asan:bench/tests/test_nights.c
             rel:bench/tests/test_nights.c rel:ci/tests/trend.sh rel:bench/tests/compare.sh rel:ci/tests/gate.sh
             rel:bench/tests/bench.sh rel:bench/tests/robust.sh"
)

usage() { sed -n '2p' "$0" >&2; exit 64; }
count=200 seed=1 again=false first=99 chosen=()
while getopts n:s:r:wc: option; do
    case $option in
    n) count=$OPTARG ;;
    s) seed=$OPTARG ;;
    r) chosen+=("$OPTARG") ;;
    w) again=true ;;
    c) first=$OPTARG ;;
    *) usage ;;
    esac
done
[[ $count =~ ^[1-9][0-9]*$ && $first =~ ^[1-9][0-9]*$ && $seed =~ ^[0-9]+$ && $OPTIND -gt $# ]] || usage
for room in "${chosen[@]}"; do
    [[ -n ${weight[$room]-} ]] || { echo "mutate.sh: there is no room '$room'; there are ${rooms[*]}" >&2; exit 64; }
done
((${#chosen[@]})) || chosen=("${rooms[@]}")

# ---- building: the objects of the ordinary build, and one in place of the archive's
value_of() { make -s MODE="$1" "print-$2"; } # MODE VARIABLE
is_emulator() { [[ $1 == emulator/* ]]; }
# prepare MODE: what the tests of the chosen rooms link. The checked build only when a mutant has passed all of the other.
prepare() {
    local mode=$1 test room goals=("build/$1/libemu.a" "build/$1/emu")
    [[ $mode == rel ]] && goals+=(build/rel/libnightjar.a build/rel/nightjar build/gen/hide build/gen/mutate)
    [[ $mode == rel && ! -e build/workloads/rx/coremark-test.elf ]] && goals+=(workloads)
    for room in "${chosen[@]}"; do
        for test in ${tests[$room]}; do [[ $test == "$mode":*.c ]] && test=${test#*:} && goals+=("build/$mode/${test%.c}"); done
    done
    mkdir -p "$out/base"
    [[ $mode == rel ]] && emulator/tests/guest/build.sh # what its tests would write, as a user who may not
    # Several rooms may be judged at once, each by a run of its own.
    nice -n 5 flock "$out/lock" make -s -j "${NIGHTJAR_JOBS:-2}" MODE="$mode" "${goals[@]}" >"$out/build-$mode.log" 2>&1 || { tail "$out/build-$mode.log" >&2; exit 1; }
    sed 's/ -MMD -MP//; s/ -g / -g0 /' "build/$mode/flags" >"$out/base/$mode.compile"
    value_of "$mode" LDFLAGS >"$out/base/$mode.ldflags"
}

# compile MODE SOURCE TEXT OBJECT: -x c and - so that the object does not depend on where the text is
compile() {
    local command
    command=$(<"$out/base/$1.compile")
    eval "$command -w -iquote '${4%/*}/gen' -iquote '${2%/*}' -x c -c -o '$4' -" <"$3" 2>"$4.log"
}

# build_mutant MODE PLACE-FILE FOLDER OFFSET LENGTH NEW: FOLDER/MODE.o; 1: does not compile; 2: the same code
build_mutant() {
    local mode=$1 file=$2 dir=$3 source=$2 text base
    text=$dir/text
    build/gen/mutate apply "$file" "$4" "$5" "$6" >"$text" || return 1
    if [[ $file == *.insn ]]; then
        local guest
        guest=$(basename "$file" .insn)
        source=${file%/*}/table.c
        mkdir -p "$dir/gen"
        build/gen/mkdecode "$guest" "$text" >"$dir/gen/$guest.insn.inc" 2>"$dir/$mode.o.log" || return 1
        text=$source
    fi
    compile "$mode" "$source" "$text" "$dir/$mode.o" || return 1
    base=$out/base/$mode.${source//\//.}.o
    if [[ ! -e $base || $source -nt $base ]]; then
        mkdir -p "$out/base"
        compile "$mode" "$source" "$source" "$base" || exit 1
    fi
    ! cmp -s "$base" "$dir/$mode.o" || return 2
}

# link MODE OUT MAIN-OBJECT OBJECT: a program of the build with OBJECT (or none) in place of its original
link() {
    local mode=$1 program=$2 main=$3 object=$4 flags archive libs extra=()
    if [[ ${main#"build/$mode/obj/"} == emulator/* || $main == */included.o ]]; then archive=libemu.a libs=$emu_libs; else archive=libnightjar.a libs=$nightjar_libs; fi
    [[ $main == */tests/* || $main == */included.o ]] && libs+=" -lcmocka"
    case $main in
    */emulator/tests/* | */included.o) extra=("build/$mode"/obj/emulator/tests/lib/*.o) ;;
    */tests/*) extra=("build/$mode"/obj/{bench,ci}/tests/lib_*.o) ;;
    esac
    flags=$(<"$out/base/$1.ldflags")
    # shellcheck disable=SC2086
    gcc $flags -o "$program" "$main" "${extra[@]}" $object "build/$mode/$archive" $libs 2>"$program.log"
}

# ---- running a test on a mutant
as=()
# A mutant may do anything: as a root, tests of it run as a user that owns nothing but a folder.
[[ $(id -u) == 0 ]] && as=(setpriv --reuid 65534 --regid 65534 --clear-groups)

# includes TEST FILE: is the mutated source itself a part of the test's?
includes() { grep -qF "#include \"${2#emulator/}\"" "$1"; }

# main_of FOLDER MODE TEST FILE: the test's object; of one that includes the source of the fault it is made anew
main_of() {
    local own=$1/inc/${4#emulator/}
    includes "$3" "$4" || { echo "build/$2/obj/${3%.c}.o"; return; }
    mkdir -p "${own%/*}"
    cp "$1/text" "$own"
    eval "$(<"$out/base/$2.compile") -w -iquote '$1/inc' -c -o '$1/included.o' '$3'" 2>"$1/included.log" || return 1
    echo "$1/included.o"
}

# run_test FOLDER TEST OBJECT FILE CPU-SECONDS: the test's exit status
run_test() {
    local dir=$1 mode=${2%%:*} test=${2#*:} object=$3 command main data=8589934592
    if [[ $test == *.c ]]; then
        main=$(main_of "$dir" "$mode" "$test" "$4") || return 125
        [[ $main == build/* ]] || object=
        link "$mode" "$dir/test" "$main" "$object" || return 125
        command=("$dir/test")
    else
        link "$mode" "$dir/emu" "build/$mode/obj/emulator/run/main.o" "$(is_emulator "$4" && echo "$object")" || return 125
        link "$mode" "$dir/nightjar" "build/$mode/obj/bench/main.o" "$(is_emulator "$4" || echo "$object")" || return 125
        command=("./$test")
    fi
    [[ $mode != asan ]] || data=unlimited # the sanitizer reserves terabytes
    rm -rf "$dir/tmp"
    mkdir -p "$dir/tmp"
    ((${#as[@]})) && chown 65534:65534 "$dir/tmp"
    env MODE="$mode" EMU="$dir/emu" NIGHTJAR="$dir/nightjar" HIDE="$PWD/build/gen/hide" TMPDIR="$dir/tmp" HOME="$dir/tmp" \
        timeout -k 5 "$WALL" "${as[@]}" prlimit --cpu="$5" --data="$data" --core=0 "${command[@]}" >"$dir/test.log" 2>&1 </dev/null
}

cpu_ms() { # of a command's children: TIMEFORMAT of bash
    local TIMEFORMAT='%U %S'
    { time "$@"; } 2>&1 | awk 'END { printf "%d\n", ($1 + $2) * 1000 }'
    return "${PIPESTATUS[0]}"
}
# limit_of TEST: CPU seconds that it may take. The unchanged program must pass it.
limit_of() {
    local test=$1 base=$out/base/${1//\//.}.ms dir=$out/plain-$$ file=emulator/x
    [[ $test == *:emulator/* ]] || file=bench/x
    if [[ ! -s $base ]]; then
        mkdir -p "$dir" "$out/base"
        local ms
        ms=$(cpu_ms run_test "$dir" "$test" "" "$file" 3600) || { ms=fails; cp "$dir/test.log" "$base.log"; }
        echo "$ms" >"$base"
    fi
    [[ $(<"$base") == fails ]] && { echo "mutate.sh: left out: $test fails without a fault: $base.log" >&2; return 1; }
    echo $(($(<"$base") / 100 + 10))
}

# tests_for ROOM FILE: the room's tests, the likely ones first
tests_for() {
    local header=${2%.c}.h killers test likely=() others=()
    killers=$(awk -F '\t' -v file="$2" '$3 == file && $8 ~ /^killed/ { split($8, v, " "); print v[2] }' "$results")
    header=${header#emulator/}
    for test in ${tests[$1]}; do
        if grep -qxF "$test" <<<"$killers" || grep -qF "#include \"$header\"" "${test#*:}"; then likely+=("$test"); else others+=("$test"); fi
    done
    echo "${likely[@]}" "${others[@]}"
}

# judge ROOM FILE OFFSET LENGTH NEW FOLDER: prints `killed TEST`, `survived -`, `open -`, `stillborn -` or `same -`
judge() {
    local room=$1 file=$2 dir=$6 test limit status mode tried=0
    local -A built=()
    for test in rel: $(tests_for "$room" "$file"); do
        mode=${test%%:*}
        if [[ -z ${built[$mode]-} ]]; then
            [[ -e $out/base/$mode.compile ]] || prepare "$mode"
            status=0
            build_mutant "$mode" "$file" "$dir" "$3" "$4" "$5" || status=$?
            built[$mode]=$status
            case $mode$status in
            rel1) [[ $file == *.insn ]] && echo "killed mkdecode" || echo "stillborn -"; return ;;
            rel2) echo "same -"; return ;;
            esac
        fi
        [[ $test != rel: && ${built[$mode]} == 0 ]] || continue
        ((tried++ < first)) || { echo "open -"; return; }
        limit=$(limit_of "$test") || continue
        run_test "$dir" "$test" "$dir/$mode.o" "$file" "$limit"
        status=$?
        ((status == 0 || status == 77)) && continue
        echo "killed $test $status"
        return
    done
    echo "survived -"
}

# ---- a room: places in their order until enough are judged
line_of() { sed -n "$2{s/^ *//;s/\t/ /g;p}" "$1"; }
known() { # HASH: the verdict that is kept
    awk -F '\t' -v hash="$1" -v again=$again '$1 == hash && $8 !~ /^open/ && (again == "false" || $8 !~ /^survived/) { v = $8 } END { print v }' "$results"
}
# Is it listed as one that no run can tell from the original? Then no test is asked.
is_equivalent() { # FILE LINE KIND OLD NEW
    awk -F '\t' -v file="$1" -v kind="$3" -v old="${4:--}" -v new="${5:--}" -v text="$(line_of "$1" "$2")" '
        !/^#/ && $1 == file && $2 == kind && $3 == old && $4 == new && $5 == text && $6 ~ /^equivalent/ { found = 1 }
        END { exit !found }' "$reasons"
}
room() {
    local room=$1 wanted=$2 judged=0 file offset length line kind old new hash verdict dir=$out/work-$1 began
    mkdir -p "$dir"
    # shellcheck disable=SC2046
    while IFS=$'\t' read -r file offset length line kind old new; do
        ((judged < wanted)) || break
        hash=$({ build/gen/mutate apply "$file" "$offset" "$length" "$new"; } | sha256sum)
        hash=${hash:0:16}
        verdict=$(known "$hash")
        if [[ -z $verdict ]]; then
            began=$SECONDS
            if is_equivalent "$file" "$line" "$kind" "$old" "$new"; then
                verdict='survived -'
            else
                verdict=$(judge "$room" "$file" "$offset" "$length" "$new" "$dir")
            fi
            printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$hash" "$room" "$file" "$line" "$kind" "${old:--}" "${new:--}" "$verdict" \
                $((SECONDS - began)) "$(line_of "$file" "$line")" >>"$results"
        fi
        [[ $verdict == open* ]] && opened=$((opened + 1))
        case $verdict in killed* | survived*) judged=$((judged + 1)) && echo "$hash" >>"$out/judged" ;; esac
        printf '%-8s %3d/%d %-10s %s:%s: %s: %s -> %s  %s\n' "$room" "$judged" "$wanted" "${verdict%% *}" "$file" "$line" "$kind" "$old" "$new" "${verdict#* }"
    done < <(build/gen/mutate pick "$seed" $(eval "ls ${files[$room]}"))
}

rm -f "$out"/base/*.compile
prepare rel
emu_libs=$(value_of rel EMU_LIBS) nightjar_libs=$(value_of rel NIGHTJAR_LIBS)
touch "$results"
: >"$out/judged"
total=0 opened=0
for room in "${chosen[@]}"; do total=$((total + weight[$room])); done
for room in "${chosen[@]}"; do room "$room" $(((count * weight[$room] + total - 1) / total)) || exit 1; done

# ---- the account: of the last verdict on each mutant of this run
awk -F '\t' -v goal=$GOAL -v list="$reasons" '
    FILENAME == list { if (!/^#/ && NF >= 6) reason[$1 FS $2 FS $3 FS $4 FS $5] = $6; next }
    FILENAME ~ /judged$/ { of_this[$1] = 1; next }
    $1 in of_this { row[$1] = $0 }
    END {
        for (h in row) {
            split(row[h], f, "\t"); n++; rooms[f[2]]++
            if (f[8] ~ /^killed/) { killed++; k[f[2]]++; continue }
            why = reason[f[3] FS f[5] FS f[6] FS f[7] FS f[10]]
            if (why ~ /^equivalent/) { equal++; e[f[2]]++ } else if (why == "") unlisted++
            printf "survivor %s:%s: %s: %s -> %s   %s\n         %s\n", f[3], f[4], f[5], f[6], f[7], f[10], why == "" ? "NOT LISTED in " list : why
        }
        for (r in rooms) printf "%-8s %3d judged, %3d caught, %2d equivalent\n", r, rooms[r], k[r], e[r]
        if (!n) { print "no mutant was judged"; exit 1 }
        score = 100 * killed / (n - equal)
        printf "%d mutants judged, %d caught (%.1f %%; %.1f %% without %d equivalent ones), %d survivors not listed\n", n, killed, 100 * killed / n, score, equal, unlisted
        exit !(score >= goal && !unlisted)
    }' "$reasons" "$out/judged" "$results"
status=$?
((opened == 0)) || echo "$opened more passed the cheapest tests and are open: run it without -c"
((status == 0 && opened == 0))
