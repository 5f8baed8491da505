#!/usr/bin/env bash
# Oracle: a small tree of tests planted here whose outcomes are known: the runner must report each, and its last line and
# exit status must follow from them.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
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
run() { # EXPECTED STATUS
    local status=0
    NIGHTJAR_MODES="rel asan" NIGHTJAR_TESTS=. NIGHTJAR_JOBS=2 "$root/ci/test.sh" >"$root/out" 2>&1 || status=$?
    [ "$status" -eq "$1" ] || { echo "exit status $status, expected $1"; failed=1; }
}

mkdir -p "$root/ci"
cp "$here/test.sh" "$root/ci/"
printf 'all test-bin workloads:\n\t@true\n' >"$root/Makefile"
script ci/tests/good.test.sh 'exit 0'
script ci/tests/skips.test.sh 'exit 77'
script bench/tests/plain.sh '[ "$MODE" = rel ] && [ "${EMU##*/}" = emu ]'
script bench/tests/lib.sh 'exit 1' # not a test
script reports/tests/two.test.sh '# tests: rel asan alone' 'exit 0'
run 0
expect '^passed +[0-9]+\.[0-9]{3} s +rel +ci/tests/good\.test\.sh$'
expect '^skipped .* ci/tests/skips\.test\.sh$'
expect '^passed .* asan +reports/tests/two\.test\.sh$'
[ "$(tail -n 1 "$root/out")" = "4 passed, 0 failed, 1 skipped" ] || { echo "last line: $(tail -n 1 "$root/out")"; failed=1; }

rm "$root/ci/tests/skips.test.sh"
script emulator/tests/guest/bad.test.sh 'echo the reason' 'exit 3'
mkdir -p "$root/emulator/tests/unit" && echo '// never built' >"$root/emulator/tests/unit/test_lost.c"
run 1
expect '^FAILED .* emulator/tests/guest/bad\.test\.sh$'
expect '^the reason$'
expect '^FAILED .* rel +emulator/tests/unit/test_lost\.c$'
expect '^FAILED .* asan +emulator/tests/unit/test_lost\.c$'
[ "$(tail -n 1 "$root/out")" = "4 passed, 3 failed" ] || { echo "last line: $(tail -n 1 "$root/out")"; failed=1; }

printf 'all test-bin workloads:\n\t@echo "x.c:1: error: planted"; false\n' >"$root/Makefile"
run 1
expect 'error: planted'
exit $failed
