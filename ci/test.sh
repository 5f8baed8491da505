#!/usr/bin/env bash
# Builds and runs every test; the last line is 'N passed, N failed[, N skipped]'; exit status 1 if one failed.
#
# A test is emulator/tests/*/test_*.c, {bench,profiles,reports,ci}/tests/test_*.c (built by the Makefile) or a script
# *.test.sh beside them (in the tests/ folders of the harness and of workloads, any executable *.sh but lib*.sh). Status 77
# means skipped. Words in the first 15 lines say how to run it:
#   tests: rel asan    only in these modes (a program's default is all, a script's is rel)
#   tests: alone       not beside others: it measures time
#   tests: by-hand     not here: it installs or rewrites something
# Scripts get MODE, EMU and NIGHTJAR. Logs: build/test-logs/MODE/. Environment:
#   NIGHTJAR_MODES     modes to test, default "rel asan"; ubsan and hostile are the others
#   NIGHTJAR_JOBS      tests at a time, default the number of processors
#   NIGHTJAR_TESTS     extended regular expression: only tests whose path matches
set -uo pipefail
cd "$(dirname "$0")/.."
unset MAKEFLAGS MFLAGS MAKELEVEL # of the make that called us

modes=${NIGHTJAR_MODES:-rel asan}
jobs=${NIGHTJAR_JOBS:-$(nproc)}
only=${NIGHTJAR_TESTS:-.}
logs=build/test-logs
TEST_SECONDS=280
export TEST_SECONDS

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
        MODE=$mode EMU=$PWD/build/$mode/emu NIGHTJAR=$PWD/build/$mode/nightjar \
            timeout -k 5 "$TEST_SECONDS" "$command" >"$log" 2>&1 </dev/null || status=$?
        [ "$status" -eq 124 ] && echo "stopped after $TEST_SECONDS seconds" >>"$log"
    else
        echo "$command was not built or cannot be executed; see $logs/$mode/build.log" >"$log"
        status=127
    fi
    case $status in 0) verdict=passed ;; 77) verdict=skipped ;; *) verdict=FAILED ;; esac
    echo "$verdict" >"${log%.log}.status"
    local ms=$(($(now_ms) - began))
    printf '%-7s %3d.%03d s  %-7s %s\n' "$verdict" $((ms / 1000)) $((ms % 1000)) "$mode" "$source"
}

# Prints the tests of a mode whose words say `alone` ($2 = yes) or do not.
tests_of() {
    local mode=$1 alone=$2 source words want
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
        echo "$source"
    done
}

# What can be built is built, whatever else cannot: a test that is missing then fails by name.
build() {
    local mode=$1 log=$logs/$1/build.log goals=(all test-bin)
    [ "$mode" = rel ] && [ -x workloads/build.sh ] && goals+=(workloads)
    make -k -j "$jobs" MODE="$mode" "${goals[@]}" >"$log" 2>&1 && return
    echo "FAILED  build MODE=$mode, from $log:"
    grep -E 'error|Error|undefined|\*\*\*' "$log" | head -n 20
    echo FAILED >"$logs/$mode/build.status"
}

export -f run_test now_ms
export logs
rm -rf "$logs"
for mode in $modes; do
    mkdir -p "$logs/$mode"
    began=$(now_ms)
    build "$mode"
    echo "built MODE=$mode in $((($(now_ms) - began) / 1000)) s"
    tests_of "$mode" no | xargs -r -P "$jobs" -I{} bash -c 'run_test "$@"' _ "$mode" {}
    tests_of "$mode" yes | xargs -r -P 1 -I{} bash -c 'run_test "$@"' _ "$mode" {}
done

count() { grep -rlx --include='*.status' "$1" "$logs" | wc -l; }
for status in $(grep -rlx --include='*.status' FAILED "$logs" | sort); do
    printf '\n==== %s\n' "${status%.status}.log"
    tail -n 30 "${status%.status}.log"
done
failed=$(count FAILED) skipped=$(count skipped)
echo
echo "$(count passed) passed, $failed failed$([ "$skipped" -gt 0 ] && echo ", $skipped skipped")"
[ "$failed" -eq 0 ]
