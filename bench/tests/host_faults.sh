#!/usr/bin/env bash
# Oracle: the command without a fault (ci/faults.sh). System calls and allocations of nightjar fail: a sample of them.
cd "$(dirname "$0")/../.." || exit 1
[[ ${REL_AS:-rel} != cov ]] || { echo "skipped: a build that counts its lines would lose them to the faults"; exit 77; }
[[ ${REL_AS:-rel} != asan ]] || { echo "skipped: the address sanitizer maps memory of its own and does not survive that one fails"; exit 77; }
# The index of a history is read through SQLite, whose errors come after the rows that there were.
ci/faults.sh -s 8 -c fcntl,pread64 site && ci/faults.sh -s 4 night report merge compare history site gate
