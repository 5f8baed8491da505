#!/usr/bin/env bash
# as.sh MODE [REGEX]: the tests that run in release builds, also those which no other mode has, on programs built as MODE (asan,
# ubsan, dbg, hostile, cov). In a folder of its own, build/as-MODE; only tests whose path matches. Exit status: that of the tests.
set -euo pipefail
cd "$(dirname "$0")/.."
unset MAKEFLAGS MFLAGS MAKELEVEL
mode=${1:?usage: as.sh MODE [REGEX]}
export REL_AS=$mode NIGHTJAR_MODES=rel
# A report of a sanitizer ends the program with a code that no test expects, and nothing that a test would read is printed beside it.
# Memory that the host refuses is NULL, as without a sanitizer (ci/faults.sh).
export UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=detect_leaks=${LEAKS:-0}:allocator_may_return_null=1
make --no-print-directory BUILD="build/as-$mode" T="${2:-.}" test
