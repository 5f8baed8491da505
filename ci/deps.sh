#!/usr/bin/env bash
# Who includes whom: every #include under emulator/ and the harness against ci/deps.allow. ci/deps.sh [ROOT]
# Prints file:line of each violation; exit status 1 if there is one.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$here/..}"
folders=()
for f in emulator bench profiles reports ci; do
    [ -d "$f" ] && folders+=("$f")
done
status=0
find "${folders[@]}" -name '*.[ch]' -print0 | sort -z | xargs -0 -r awk -f "$here/deps.awk" "$here/deps.allow" || status=1

# The host offers mechanism that knows no policy.
if [ -d emulator/host ] && grep -rniE --include='*.[ch]' '(^|[^a-z])(tlb|chain)' emulator/host; then
    echo "emulator/host: the words TLB and chain name policy, which lives in mem/ and jit/"
    status=1
fi
exit $status
