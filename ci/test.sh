#!/usr/bin/env bash
# Builds and runs tests; the last line is 'N passed, N failed[, N skipped]'; exit status 1 if one failed.
#
# A test is emulator/tests/*/test_*.c, {bench,profiles,reports,ci}/tests/test_*.c (built by the Makefile) or a script
# *.test.sh beside them (in the tests/ folders of the harness and of workloads, any executable *.sh but lib*.sh). Status 77
# means skipped: it fails unless ci/skips.allow has it. Words in the first 15 lines say how to run a test:
#   tests: rel asan    only in these modes (a program's default is all, a script's is rel)
#   tests: alone       not beside others: it measures time
#   tests: slow        before others, so that none of ten seconds is left for the end, where processors wait
#   tests: by-hand     not here: it installs or rewrites something
# Scripts get MODE, EMU, NIGHTJAR and HIDE (below). Logs: build/test-logs/MODE/. Environment:
#   NIGHTJAR_MODES     modes to test, default "rel asan"; ubsan and hostile are the others
#   NIGHTJAR_JOBS      what is compiled and tested at a time, default the number of processors, and one test more: some wait
#   NIGHTJAR_TESTS     extended regular expression: only tests whose path matches, and only what they need is built
#   NIGHTJAR_HIDE      what the machine shall lack: papi,perf,breakpoints,memfd,bmi2,fma,avx (ci/tools/hide.c). A test that
#                      tries both branches itself runs "$HIDE LIST COMMAND..."; ci/matrix.sh runs tests with each hidden.
set -uo pipefail
cd "$(dirname "$0")/.."
unset MAKEFLAGS MFLAGS MAKELEVEL # of the make that called us

modes=${NIGHTJAR_MODES:-rel asan}
jobs=${NIGHTJAR_JOBS:-$(nproc)} tests_at_a_time=${NIGHTJAR_JOBS:-$(($(nproc) + 1))}
only=${NIGHTJAR_TESTS:-.}
logs=build/test-logs
hide=$PWD/build/gen/hide
# Guards against tests that hang, for machines that are ten times slower than they could be: no test is to come near them.
CPU_SECONDS=600 WALL_SECONDS=3600

now_ms() { echo $(($(date +%s%N) / 1000000)); }
words_of() { head -n 15 "$1" | sed -n 's/.*tests: *//p' | tr '\n' ' '; }

# run_test MODE SOURCE: one line, a log, a status file
run_test() {
    local mode=$1 source=$2 status=0 began log command verdict
    log=$logs/$mode/${source//\//.}.log
    command=$source
    [[ $source == *.c ]] && command=build/$mode/${source%.c}
    began=$(now_ms)
    if [ -x "$command" ]; then
        MODE=$mode EMU=$PWD/build/$mode/emu NIGHTJAR=$PWD/build/$mode/nightjar HIDE=$hide \
            timeout -k 5 "$WALL_SECONDS" ${NIGHTJAR_HIDE:+"$hide" "$NIGHTJAR_HIDE"} \
            prlimit --cpu="$CPU_SECONDS" "./$command" >"$log" 2>&1 </dev/null || status=$?
        [ "$status" -eq 124 ] && echo "stopped after $WALL_SECONDS seconds" >>"$log"
    else
        echo "$command was not built or cannot be executed; see $logs/$mode/build.log" >"$log"
        status=127
    fi
    case $status in 0) verdict=passed ;; 77) verdict=skipped ;; *) verdict=FAILED ;; esac
    if [ "$verdict" = skipped ] && ! may_skip "$source" "$log"; then
        echo "it was skipped: ci/skips.allow has no line that allows it" >>"$log"
        verdict=FAILED
    fi
    echo "$verdict" >"${log%.log}.status"
    local ms=$(($(now_ms) - began))
    printf '%-7s %3d.%03d s  %-7s %s\n' "$verdict" $((ms / 1000)) $((ms % 1000)) "$mode" "$source"
}

# The reason is the last line of a test's log. A line of ci/skips.allow: the test's path, and what its reason must match.
reason_of() { tail -n 1 "$1" | sed 's/^skipped: *//'; }
may_skip() {
    local path reason
    while read -r path reason; do
        [ "$path" = "$1" ] && grep -qE -- "^$reason$" <<<"$(reason_of "$2")" && return
    done < <(grep -vE '^(#|$)' ci/skips.allow 2>/dev/null)
    return 1
}

# Prints the tests of a mode whose words say `alone` ($2 = yes) or do not, slow ones first.
tests_of() {
    local mode=$1 alone=$2 source words want others=()
    for source in emulator/tests/*/test_*.c {bench,profiles,reports,ci}/tests/test_*.c \
        emulator/tests/*/*.test.sh {bench,profiles,reports,ci,workloads}/tests/*.sh; do
        [ -f "$source" ] && [[ $source =~ $only ]] || continue
        [[ $source == *.sh && $source != *.test.sh ]] && { [ -x "$source" ] && [[ $source != */lib*.sh ]] || continue; }
        words=" $(words_of "$source")"
        [[ $words == *" by-hand "* ]] && continue
        want=no
        [[ $words == *" alone "* ]] && want=yes
        [ $want = "$alone" ] || continue
        if [[ $words =~ \ (rel|dbg|asan|ubsan|hostile|cov)\  ]]; then
            [[ $words == *" $mode "* ]] || continue
        elif [[ $source == *.sh && $mode != rel ]]; then
            continue
        fi
        if [[ $words == *" slow "* ]]; then echo "$source"; else others+=("$source"); fi
    done
    for source in "${others[@]}"; do echo "$source"; done
}

# What a script asks for beside emu: other programs of the build, by the paths that it names, also in its lib*.sh.
needs_of_script() {
    local source=$1 mode=$2 files=("$1") lib
    for lib in "${source%/*}"/lib*.sh emulator/tests/lib/*.sh; do [ -f "$lib" ] && files+=("$lib"); done
    [[ $source == emulator/* ]] || echo nightjar
    sed -nE 's#.*build/[^ ]*/(emulator/tests/[a-z_]+/test_[a-z_0-9]+).*#build/'"$mode"'/\1#p' "$source"
    grep -qE 'build/(workloads|linux)|profile (run|diff)|nightjar profile|bench ' "${files[@]}" && echo workloads
}
# All goals, or those of the tests on standard input.
goals_of() {
    local mode=$1 source
    if [ "$only" = . ]; then
        echo all test-bin
        [ "$mode" = rel ] && [ -x workloads/build.sh ] && echo workloads
        return
    fi
    while read -r source; do
        [ -n "$source" ] || continue
        if [[ $source == *.c ]]; then
            echo "build/$mode/${source%.c}"
            grep -qE 'build/(rel/|workloads)|"EMU"' "$source" && echo emu
            grep -q 'build/workloads' "$source" && echo workloads
        else
            echo emu
            needs_of_script "$source" "$mode"
        fi
    done
}

# Objects whose source is gone: tests that link "all objects" would take them.
remove_orphans() {
    local object source
    find "build/$1/obj" -name '*.o' 2>/dev/null | while read -r object; do
        source=${object#"build/$1/obj/"}
        [ -e "${source%.o}.c" ] || [ -e "${source%.o}.S" ] || rm -f "$object" "${object%.o}.d"
    done
}

# What can be built is built, whatever else cannot: a test that is missing then fails by name.
build() {
    local mode=$1 log=$logs/$1/build.log goals
    remove_orphans "$mode"
    mapfile -t goals < <(goals_of "$mode" | tr ' ' '\n' | sort -u)
    make -k -j "$jobs" MODE="$mode" build/gen/hide "${goals[@]}" >"$log" 2>&1 && return
    echo "FAILED  build MODE=$mode, from $log:"
    grep -E 'error|Error|undefined|\*\*\*' "$log" | head -n 20
    echo FAILED >"$logs/$mode/build.status"
}

# One runner in a build folder: each begins with the deletion of the logs. The lock goes with this process, however it ends;
# what tests leave behind does not have it (9>&-).
one_at_a_time() {
    mkdir -p build
    exec 9>build/test.lock
    flock -n 9 && return
    echo "another run of the tests is at work in this folder: this one waits for its end"
    flock 9
}

export -f run_test now_ms may_skip reason_of
export logs hide CPU_SECONDS WALL_SECONDS
one_at_a_time
rm -rf "$logs"
for mode in $modes; do
    mkdir -p "$logs/$mode"
    beside=$(tests_of "$mode" no) alone=$(tests_of "$mode" yes)
    [ -n "$beside$alone" ] || continue
    began=$(now_ms)
    build "$mode" <<<"$beside"$'\n'"$alone" 9>&-
    echo "built MODE=$mode in $((($(now_ms) - began) / 1000)) s"
    xargs -r -P "$tests_at_a_time" -I{} bash -c 'run_test "$@"' _ "$mode" {} <<<"$beside" 9>&-
    xargs -r -P 1 -I{} bash -c 'run_test "$@"' _ "$mode" {} <<<"$alone" 9>&-
done

count() { grep -rlx --include='*.status' "$1" "$logs" | wc -l; }
with_status() { grep -rlx --include='*.status' "$1" "$logs" | sort; }
while read -r status; do
    log=${status%.status}.log
    [ -n "$status" ] && printf 'skipped %s: %s\n' "${log#"$logs/"}" "$(reason_of "$log")"
done <<<"$(with_status skipped)"
while read -r status; do
    [ -n "$status" ] || continue
    printf '\n==== %s\n' "${status%.status}.log"
    tail -n 30 "${status%.status}.log"
done <<<"$(with_status FAILED)"
passed=$(count passed) failed=$(count FAILED) skipped=$(count skipped)
if [ $((passed + failed + skipped)) -eq 0 ]; then
    echo "no test matches '$only' in the modes $modes"
    failed=1
fi
echo
times >"$logs/times" # WHY a file: in a pipe these would be another shell's
read -r user system <<<"$(tail -n 1 "$logs/times")"
echo "processor time of builds and tests: user $user, system $system"
echo "$passed passed, $failed failed$([ "$skipped" -gt 0 ] && echo ", $skipped skipped")"
[ "$failed" -eq 0 ]
