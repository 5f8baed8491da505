#!/usr/bin/env bash
# fuzz_shrink.sh LOG...: makes what failed in a log of ci/fuzz.sh small, and a regression test of it. `make fuzz-shrink LOG=FILE`
#
#   streams, rx, units, passes   items or instructions are left out           emulator/tests/{diff/streams,guest/rx_streams,opt/units}/
#   own                          lines of the C program are left out          emulator/tests/diff/programs/once/
#   changes, guided-NAME         libFuzzer's -minimize_crash                  the target's corpus, a line
# Others are repeated by the command that the log's failure names. Nothing is committed; it says which file is new. Exit status: 0 it
# is there, 1 it does not fail any more, 64 usage.
set -uo pipefail
cd "$(dirname "$0")/.."
(($#)) || { sed -n '2p' "$0" >&2; exit 64; }
logs=build/fuzz-logs
emu=${EMU:-$PWD/build/rel/emu}

# shrink_lines FILE COMMAND...: leaves lines out of FILE as long as COMMAND FILE succeeds.
shrink_lines() {
    local file=$1 tried size n at again=1
    shift
    tried=${file%.c}.tried.c
    n=$(wc -l <"$file")
    for ((size = n / 2; size >= 1; )); do
        again=0
        for ((at = 1; at <= n; )); do
            sed "${at},$((at + size - 1))d" "$file" >"$tried"
            if "$@" "$tried"; then
                mv "$tried" "$file" && n=$(wc -l <"$file") && again=1
            else
                at=$((at + (size > 3 ? size : 1)))
            fi
        done
        if ((size > 1)); then size=$((size > 4 ? size / 2 : size - 1)); elif ((!again)); then break; fi
    done
    rm -f "$tried"
}

# keep OUTPUT RESULT: a case that a test printed
keep() {
    mkdir -p "${2%/*}"
    mv "$1" "$2" && grep -hE 'are left' "$2" && echo "$2 is new: a test reads it"
}

# by_test BINARY RESULT ARGUMENT...: a test that shrinks by itself
by_test() {
    local binary=$1 result=$2
    shift 2
    "$binary" "$@" >"$logs/case" || { cat "$logs/case"; return 1; }
    keep "$logs/case" "$result"
}

# The first seed of a log's round at which a test of units fails: it may have died without a word.
first_bad() { # BINARY SEED
    local s
    for ((s = $2; s < $2 + 2000; s++)); do NJ_SEED=$s NJ_UNITS=1 "$1" >/dev/null 2>&1 || { echo "$s"; return; }; done
    return 1
}

differs() { # LEVEL KIND OPTION... FILE
    local file=${!#}
    CHECKED=1 emulator/tests/diff/random_c.test.sh --one "$file" "${@:1:$#-1}" >/dev/null 2>&1
    [[ $? == 1 ]]
}

own() { # LOG: "FAIL FILE, LEVEL, KIND, emu OPTIONS: code ..."; KEEP has the file
    local level kind options name
    read -r name level kind options < <(sed -nE 's/^FAIL ([^ ]*), (-O[^ ,]*), ([a-z]*), emu ([^:]*): code.*/\1 \2 \3 \4/p' "$1" | head -n 1)
    name=${name##*/}
    [[ -f $logs/$name ]] || { echo "$1: names no program that was kept"; return 1; }
    mkdir -p emulator/tests/diff/programs/once
    cp "$logs/$name" "$logs/small.c"
    # shellcheck disable=SC2086
    differs "$level" "$kind" $options "$logs/small.c" || { echo "$logs/$name does not fail any more"; return 1; }
    # shellcheck disable=SC2086
    shrink_lines "$logs/small.c" differs "$level" "$kind" $options
    mv "$logs/small.c" "emulator/tests/diff/programs/once/$name"
    echo "$(wc -l <"emulator/tests/diff/programs/once/$name") of $(wc -l <"$logs/$name") lines are left"
    echo "emulator/tests/diff/programs/once/$name is new: emulator/tests/diff/random_c.test.sh reads it"
}

input() { # NAME FILE
    local name=$1 file=$2 room=emulator tests=emulator/tests/fuzz small=$PWD/$logs/small
    [[ -n $file && -f $file ]] || { echo "the log names no input"; return 1; }
    "build/rel/$tests/test_corpus" --list | grep -qx "$name" || room=ci tests=ci/tests/fuzz
    make --no-print-directory -s MODE=fuzz build/fuzz/$room/guided || return 1
    cp "$file" "$small"
    TARGET=$name timeout 1000 build/fuzz/$room/guided -minimize_crash=1 -max_total_time="${SECONDS_MAX:-60}" -exact_artifact_path="$small" "$file" >"$logs/minimize" 2>&1
    TARGET=$name build/fuzz/$room/guided "$small" >/dev/null 2>&1 && { echo "$file does not fail any more under libFuzzer"; return 1; }
    mkdir -p "$tests/corpus"
    build/rel/emulator/tests/fuzz/test_corpus --lines "$small" >>"$tests/corpus/$name.txt"
    echo "$(stat -c %s "$small") of $(stat -c %s "$file") bytes are left"
    echo "$tests/corpus/$name.txt has a new line: ${tests%/fuzz}/.../test_corpus reads it"
}

status=0
make --no-print-directory -s build/rel/emu build/rel/emulator/tests/fuzz/test_corpus || exit 1
for log in "$@"; do
    IFS=. read -r target mode seed _ <<<"${log##*/}"
    [[ -f $log && -n ${seed:-} ]] || { echo "fuzz_shrink.sh: $log is no log of ci/fuzz.sh" >&2; exit 64; }
    out=build/$mode/emulator/tests
    case $target in
    streams)
        n=$(grep -oE 'test_streams --seed=[0-9]+' "$log" | head -n 1 | grep -oE '[0-9]+$')
        by_test "$out/diff/test_streams" "emulator/tests/diff/streams/seed-${n:-none}.txt" "--seed=${n:-$seed}" --shrink ${PLANT:+--plant} ;;
    rx)
        n=$(grep -oE '^seed [0-9]+' "$log" | head -n 1 | grep -oE '[0-9]+')
        by_test "$out/guest/test_rx_streams" "emulator/tests/guest/rx_streams/seed-${n:-none}.txt" --shrink "${n:-$seed}" ${PLANT:+plant} ;;
    units | passes)
        binary=$out/emit/test_units
        [[ $target == units ]] || binary=$out/opt/test_opt_random
        n=$(grep -oE 'seed [0-9]+' "$log" | head -n 1 | grep -oE '[0-9]+') || n=$(first_bad "$binary" "$seed") || n=$seed
        by_test "$binary" "emulator/tests/opt/units/$target-$n.txt" --shrink "$n" ;;
    own) own "$log" ;;
    changes)
        read -r file name < <(sed -nE 's/.*the input is ([^:]*): --file ([a-z]*) .*/\1 \2/p' "$log" | head -n 1)
        input "${name:-none}" "${file:-}" ;;
    guided-*) input "${target#guided-}" "$(sed -nE 's/.*Test unit written to (.*)/\1/p' "$log" | head -n 1)" ;;
    *) echo "fuzz_shrink.sh: what target '$target' finds cannot be made smaller; its log has the command that repeats it" >&2 && false ;;
    esac || status=1
done
exit $status
