#!/usr/bin/env bash
# Oracle: the plant, in the real translator: faults that are compiled into a copy of this checkout are caught by the gate
# with the right exit code, metric and switch; what is built again without one is let through.
# tests: slow
[[ ${REL_AS:-rel} != asan ]] || { echo "skipped: the address sanitizer takes more memory than a sample may have"; exit 77; }
set -euo pipefail
cd "$(dirname "$0")/../.."
nightjar=${NIGHTJAR:-build/rel/nightjar}
[[ -e build/workloads/rv64/dhrystone-test.elf ]] || { echo "no build/workloads/rv64: run workloads/build.sh rv64"; exit 1; }
log=$(mktemp) linked=$(mktemp -d)
trap 'rm -rf "$log" "$linked"' EXIT
# In a folder of links, as BUILD=DIR makes it: the faults are not planted into what the links lead to.
mkdir "$linked/ci" && cp -as "$PWD/ci/tools" "$linked/ci" && cp -as "$PWD/emulator" "$PWD/Makefile" "$linked" && ln -s "$PWD/build" "$linked/build"
sums() { find emulator -name '*.c' -print0 | sort -z | xargs -0 sha256sum; }
before=$(sums)
"$nightjar" selftest --small --source "$linked" >"$log" 2>&1 || { cat "$log"; exit 1; }
grep -q '^6 of 6 as they should be$' "$log" || { cat "$log"; exit 1; }
[[ $(sums) == "$before" ]] || { echo "the checkout was changed"; exit 1; }
code=0
"$nightjar" selftest --only no-such-fault >"$log" 2>&1 || code=$?
[[ $code == 64 ]] && grep -q 'there is no such fault' "$log" || { cat "$log"; exit 1; }
code=0
"$nightjar" selftest --source /nowhere --only pass >"$log" 2>&1 || code=$?
[[ $code == 74 ]] && grep -q '/nowhere' "$log" || { cat "$log"; exit 1; }
echo "selftest: ok"
