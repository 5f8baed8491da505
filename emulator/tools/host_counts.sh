#!/usr/bin/env bash
# Host instructions per guest instruction, exact, for each host that was built: emulator/tools/host_counts.sh [SIZE [WORKLOAD...]]
#
# SIZE: test, quick (default) or full. Other hosts than this machine run under QEMU: the counts are those of the processor, times
# would not be, and none is taken. Columns: this machine's host, then for each other one all of it, and with a code cache of
# 1 MiB, where jumps between units are shorter. Needs `make workloads` and `make HOST=NAME`.
set -uo pipefail
cd "$(dirname "$0")/../.."
size=${1:-quick}
shift
workloads=("$@")
((${#workloads[@]})) || workloads=(rv64/dhrystone rv64/coremark rv64/nbody rv64/spectral rv64/mandelbrot rx/dhrystone rx/coremark rx/mandelbrot rx/matrix)
declare -A qemu=([rv64]=qemu-riscv64 [a64]=qemu-aarch64)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ratio() { # ratio ELF COMMAND...
    local elf=$1
    shift
    "$@" --profile="$work/profile" "$elf" > "$work/out" 2>&1 < /dev/null || { echo "failed"; return; }
    jq -r '.totals | .host_instructions / .guest_instructions | . * 1000 | round / 1000' "$work/profile"
}

hosts=()
for host in "${!qemu[@]}"; do [[ -x build/$host/emu ]] && hosts+=("$host"); done
printf '%-24s %8s' "$size" here
for host in "${hosts[@]}"; do printf ' %8s %12s' "$host" "$host, 1 MiB"; done
echo
for workload in "${workloads[@]}"; do
    elf=build/workloads/$workload-$size.elf
    [[ $size == full ]] && elf=build/workloads/$workload.elf
    [[ -e $elf ]] || continue
    printf '%-24s %8s' "$workload" "$(ratio "$elf" build/rel/emu)"
    for host in "${hosts[@]}"; do
        printf ' %8s %12s' "$(ratio "$elf" "${qemu[$host]}" "build/$host/emu")" \
            "$(ratio "$elf" "${qemu[$host]}" "build/$host/emu" --code-cache=1M)"
    done
    echo
done
