#!/usr/bin/env bash
# Oracle: a small tree of tests planted here whose outcomes are known: the runner must report each, and its last line and
# exit status must follow from them; of its planted Makefile, which goals were asked for.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
root=$(mktemp -d)
trap 'rm -rf "${root%/a path}"' EXIT
failed=0

script() { # FILE LINE...
    mkdir -p "$root/$(dirname "$1")"
    { echo '#!/usr/bin/env bash'; printf '%s\n' "${@:2}"; } >"$root/$1"
    chmod +x "$root/$1"
}
expect() { # PATTERN
    grep -qE -- "$1" "$root/out" && return
    echo "not in the output: $1"
    failed=1
}
run() { # EXPECTED STATUS [REGEX [HIDE]]
    local status=0
    NIGHTJAR_MODES="rel asan" NIGHTJAR_TESTS=${2-.} NIGHTJAR_HIDE=${3-} NIGHTJAR_JOBS=${JOBS-2} "$root/ci/test.sh" >"$root/out" 2>&1 || status=$?
    [ "$status" -eq "$1" ] || { echo "exit status $status, expected $1"; failed=1; }
}

last_line() { # TEXT
    [ "$(tail -n 1 "$root/out")" = "$1" ] && return
    echo "last line: $(tail -n 1 "$root/out"), expected $1"
    failed=1
}
makefile() { # COMMAND
    printf '%%:\n\t@echo "$(MODE) $@" >>made\n\t@%s\n' "$1" >"$root/Makefile"
}
made() { # GOALS, each with its mode
    [ "$(sort "$root/made" | paste -sd ,)" = "$1" ] || { echo "made $(sort "$root/made" | paste -sd ,), expected $1"; failed=1; }
    rm -f "$root/made"
}

export LC_ALL=C
root=$root/a\ path
mkdir -p "$root/ci"
cp "$here/test.sh" "$root/ci/"
makefile true
printf '# a comment\nci/tests/skips.test.sh no .* here\n' >"$root/ci/skips.allow"
script ci/tests/good.test.sh 'exit 0'
script ci/tests/skips.test.sh 'echo "skipped: no moon here"; exit 77'
script bench/tests/plain.sh '[ "$MODE" = rel ] && [ "${EMU##*/}" = emu ]'
script bench/tests/lib.sh 'exit 1' # not a test
script reports/tests/two.test.sh '# tests: rel asan alone' 'exit 0'
run 0
expect '^passed +[0-9]+\.[0-9]{3} s +rel +ci/tests/good\.test\.sh$'
expect '^skipped .* ci/tests/skips\.test\.sh$'
expect '^passed .* asan +reports/tests/two\.test\.sh$'
expect '^skipped rel/ci\.tests\.skips\.test\.sh\.log: no moon here$'
last_line "4 passed, 0 failed, 1 skipped"
made "asan all,asan build/gen/hide,asan test-bin,rel all,rel build/gen/hide,rel test-bin"

# What may be skipped is there to be skipped.
while read -r path _; do [ -e "$here/../$path" ] || { echo "ci/skips.allow has $path, which is gone"; failed=1; }; done < <(grep -vE '^(#|$)' "$here/skips.allow")

# Two runners of one folder: the second waits, so that each has all its logs. `wait` sees the second say so before it ends.
script ci/tests/wait.test.sh 'mkdir running || exit 1' 'until [ -e go ] || [ $((tries += 1)) -gt 1000 ]; do sleep 0.1; done' 'rmdir running'
runner() { NIGHTJAR_MODES=rel NIGHTJAR_TESTS=wait NIGHTJAR_HIDE='' "$root/ci/test.sh" >"$1" 2>&1; }
runner "$root/out.first" & first=$!
until [ -d "$root/running" ] || ! kill -0 $first 2>/dev/null; do sleep 0.1; done
runner "$root/out" & second=$!
until grep -q 'another run of the tests' "$root/out" || ! kill -0 $second 2>/dev/null; do sleep 0.1; done
touch "$root/go"
wait $first || { echo "the first of two runners failed"; failed=1; }
wait $second || { echo "the second of two runners failed"; failed=1; }
[ "$(tail -n 1 "$root/out.first")" = "1 passed, 0 failed" ] || { echo "the first runner lost its logs"; failed=1; }
last_line "1 passed, 0 failed"
rm -f "$root/made" "$root/ci/tests/wait.test.sh"

# Slow ones first.
script ci/tests/zlast.test.sh '# tests: rel slow' 'exit 0'
JOBS=1 run 0 'zlast|good|plain'
[ "$(sed -n 's/^passed.* //p' "$root/out" | paste -sd ,)" = ci/tests/zlast.test.sh,bench/tests/plain.sh,ci/tests/good.test.sh ] ||
    { echo "order: $(grep passed "$root/out")"; failed=1; }
rm "$root/ci/tests/zlast.test.sh" "$root/made"

# Another reason than the one that is allowed, and a test that may not be skipped at all.
script ci/tests/skips.test.sh 'echo "no moon here, no sun"; exit 77'
script reports/tests/late.test.sh 'echo no moon here; exit 77'
run 1
expect '^FAILED .* ci/tests/skips\.test\.sh$'
expect '^FAILED .* reports/tests/late\.test\.sh$'
expect '^it was skipped: ci/skips\.allow has no line that allows it$'
last_line "4 passed, 2 failed"
rm "$root/ci/tests/skips.test.sh" "$root/reports/tests/late.test.sh" "$root/made"

# An object whose source is gone goes, others stay.
mkdir -p "$root/build/rel/obj/x" "$root/x"
touch "$root/x/here.c" "$root/x/there.S" "$root"/build/rel/obj/x/{here,there,gone}.{o,d}
run 0 ci/tests/good
[ "$(cd "$root/build/rel/obj/x" && echo *)" = "here.d here.o there.d there.o" ] || { echo "objects: $(ls "$root/build/rel/obj/x")"; failed=1; }
rm -r "$root/made" "$root/x" "$root/build/rel/obj"

# A part of the tests: only what it needs is built, in the modes in which there is something to test.
run 0 ci/tests/good
last_line "1 passed, 0 failed"
made "rel build/gen/hide,rel emu,rel nightjar"
script emulator/tests/diff/words.test.sh '# tests: asan' '[ -e build/workloads ] || exit 0' 'maker=build/${MODE}/emulator/tests/diff/test_streams'
run 0 words
made "asan build/asan/emulator/tests/diff/test_streams,asan build/gen/hide,asan emu,asan workloads"
rm "$root/emulator/tests/diff/words.test.sh"
run 1 no/such/test
expect "^no test matches 'no/such/test' in the modes rel asan$"

# Something hidden: the test runs in the program that hides it.
mkdir -p "$root/build/gen"
printf '#!/bin/sh\necho "hides $1"\nshift\nexec "$@"\n' >"$root/build/gen/hide" && chmod +x "$root/build/gen/hide"
script ci/tests/fails.test.sh 'exit 1'
run 1 ci/tests/fails papi,perf
expect '^hides papi,perf$'
rm "$root/ci/tests/fails.test.sh"

script emulator/tests/guest/bad.test.sh 'echo the reason' 'exit 3'
mkdir -p "$root/emulator/tests/unit" && echo '// never built' >"$root/emulator/tests/unit/test_lost.c"
run 1
expect '^FAILED .* emulator/tests/guest/bad\.test\.sh$'
expect '^the reason$'
expect '^FAILED .* rel +emulator/tests/unit/test_lost\.c$'
expect '^FAILED .* asan +emulator/tests/unit/test_lost\.c$'
last_line "4 passed, 3 failed"

makefile 'echo "x.c:1: error: planted"; false'
run 1
expect 'error: planted'
exit $failed
