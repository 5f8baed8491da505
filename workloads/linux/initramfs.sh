#!/usr/bin/env bash
# Writes an initramfs: workloads/linux/initramfs.sh OUT.cpio [PROGRAM=NAME...]
#
# It holds build/linux/busybox, workloads/linux/init and each PROGRAM as /bin/NAME. Format "newc" of the kernel's
# Documentation/driver-api/early-userspace/buffer-format.rst, uncompressed. The same inputs give the same bytes:
# inode numbers count up, owner and time are 0, the order is the one below. Device nodes need no root here.
set -euo pipefail
(($# >= 1)) || { sed -n '2p' "$0" | cut -c3- >&2; exit 64; }
out=$1
shift
here=$(dirname "$0")
inode=0

pad() { head -c $(((4 - $1 % 4) % 4)) /dev/zero; }

# entry NAME MODE [FILE [MAJOR MINOR]]: one member; FILE is its data.
entry() {
    local name=$1 mode=$2 file=${3:-/dev/null} major=${4:-0} minor=${5:-0} size
    size=$(stat -L -c %s "$file")
    inode=$((inode + 1))
    printf '070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X' \
        $inode $((mode)) 0 0 1 0 "$size" 0 0 "$major" "$minor" $((${#name} + 1)) 0
    printf '%s\0' "$name"
    pad $((110 + ${#name} + 1))
    cat "$file"
    pad "$size"
}

archive() {
    local folder pair
    for folder in bin dev proc sys tmp; do entry $folder 040755; done
    entry dev/console 020600 /dev/null 5 1
    entry init 0100755 "$here/init"
    entry bin/busybox 0100755 build/linux/busybox
    for pair in "$@"; do entry "bin/${pair##*=}" 0100755 "${pair%=*}"; done
    inode=-1
    entry 'TRAILER!!!' 0
}

archive "$@" > "$out.new"
mv "$out.new" "$out"
