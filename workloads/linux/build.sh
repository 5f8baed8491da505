#!/usr/bin/env bash
# Writes the initramfs of every workload that boots Linux, in every size, where it is out of date: workloads/linux/build.sh
#
# Says what it skips, and does nothing else, when fetch.sh has not run. The programs of a workload (manifest, boot.programs)
# are those that workloads/build.sh makes for rv64-linux.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [[ ! -e build/linux/FETCHED ]]; then
    echo "  SKIPPED  linux-boot, linux-coremark: \`make linux\` fetches Debian's kernel (110 MiB)"
    exit 0
fi
exec 9> build/linux/.lock
flock 9
for manifest in workloads/*/manifest.json; do
    jq -e .boot "$manifest" > /dev/null || continue
    mapfile -t programs < <(jq -r '.boot.programs[]' "$manifest")
    while read -r size; do
        [[ $size == full ]] && size= || size=-$size
        out=$(jq -r --arg size "$size" '.boot.initrd | gsub("\\{size\\}"; $size)' "$manifest")
        inputs=(build/linux/busybox workloads/linux/init workloads/linux/initramfs.sh)
        pairs=()
        for program in "${programs[@]}"; do
            inputs+=("build/workloads/rv64-linux/$program$size.elf")
            pairs+=("build/workloads/rv64-linux/$program$size.elf=$program")
        done
        [[ -e $out && -z $(find "${inputs[@]}" -newer "$out" -print -quit) ]] && continue
        workloads/linux/initramfs.sh "$out" "${pairs[@]}"
        echo "  INITRD $out"
    done < <(jq -r '.sizes | keys[]' "$manifest")
done
