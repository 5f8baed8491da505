#!/usr/bin/env bash
# Oracle: the run without a fault (ci/faults.sh). System calls and allocations of emu fail: a sample of them, and every mprotect(),
# by which the host once took the translator's proofs away, and a program the rights of its segments. All of them: ci/faults.sh.
cd "$(dirname "$0")/../../.." || exit 1
[[ ${REL_AS:-rel} != cov ]] || { echo "skipped: a build that counts its lines would lose them to the faults"; exit 77; }
[[ ${REL_AS:-rel} != asan ]] || { echo "skipped: the address sanitizer maps memory of its own and does not survive that one fails"; exit 77; }
ci/faults.sh -c mprotect bare user && ci/faults.sh -s 6 bare interp user family
