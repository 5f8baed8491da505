#!/bin/sh
# Regenerates reports/tests/sample-run.json (synthetic) and reports/tests/golden after a wanted change. Review the diff.
# tests: by-hand
set -eu
cd "$(dirname "$0")/../.."
out=build/rel/reports/tests
mkdir -p "$out"
gcc -std=gnu11 -D_GNU_SOURCE -O1 -Wall -Wextra -o "$out/sample_gen" reports/tests/sample_gen.c -ljansson -lm
"$out/sample_gen" > reports/tests/sample-run.json.tmp
mv reports/tests/sample-run.json.tmp reports/tests/sample-run.json
make --no-print-directory "$out/test_report_golden"
GOLDEN_UPDATE=1 "$out/test_report_golden"
git --no-pager diff --stat -- reports/tests
