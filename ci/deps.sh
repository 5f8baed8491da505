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
# Only a host's folder knows its machine; the Makefile chooses the folder. Tests may know. A host may be named as a guest is.
machine='x86|amd64|aarch64|arm64|__riscv|gregs|REG_R[A-Z]|zydis|capstone|[^a-z0-9_][re](ax|bx|cx|dx|sp|bp|si|di)[^a-z0-9_]|[^a-z]xmm[0-9]'
for d in emulator/host/*/; do
    d=$(basename "$d")
    [ "$d" = '*' ] || [ -d "emulator/guest/$d" ] || machine+="|[^a-z0-9_]$d[^a-z0-9_]"
done
named=$(find emulator -name '*.[ch]' -o -name '*.inc' | grep -vE '^emulator/(host|guest/[^/]*|tests)/' | sort |
    xargs -r grep -niE "$machine" /dev/null | sed 's/^\([^:]*:[0-9]*:\)/\1 /') || true
if [ -n "$named" ]; then
    echo "$named"
    echo "emulator: a host's machine is named outside of emulator/host/; what is asked of it belongs into host/host.h"
    status=1
fi
exit $status
