#!/usr/bin/env bash
# tsan.sh: programs with several threads under an emu that is built with the thread sanitizer (MODE=tsan).
#
# Each thread of a program is a thread of the host, and they take turns on one hart. The sanitizer sees how emu's own code hands the
# hart on, and what it does beside it: calls of the host, signals, limits, the end. It does not see generated code and the
# program's memory, and does not know a child that shares memory (vfork): kernel.test.sh vforking is not run. A report ends emu
# with 66, which no test expects. Exit status: 0, or 1 if a test failed.
set -uo pipefail
cd "$(dirname "$0")/.."
unset MAKEFLAGS MFLAGS MAKELEVEL
make --no-print-directory -s MODE=tsan build/tsan/emu || exit 1
logs=$PWD/build/tsan/logs
rm -rf "$logs" && mkdir -p "$logs"
export EMU=$PWD/build/tsan/emu MODE=tsan TSAN_OPTIONS="exitcode=66 die_after_fork=0 log_path=$logs/report"
tests=emulator/tests/user status=0
$tests/user.test.sh threads process || status=1
$tests/kernel.test.sh waiting signalling sharing || status=1
$tests/limits.test.sh || status=1
grep -h '^SUMMARY' "$logs"/report.* 2>/dev/null | sort | uniq -c
((status == 0)) && echo "threads: no race"
exit $status
